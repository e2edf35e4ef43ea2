#pragma once

// Of what characters jq makes its words.

namespace leasehold::fsm::jq {

inline bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
inline bool starts_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
inline bool in_word(char c) noexcept {
  return starts_word(c) || is_digit(c);
}

}  // namespace leasehold::fsm::jq
