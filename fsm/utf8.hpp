#pragma once

namespace leasehold::fsm {

// Whether a byte of UTF-8 goes on with a character that began before it.
inline bool continues_character(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace leasehold::fsm
