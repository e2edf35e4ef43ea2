#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace leasehold::detail {

// A name in three words, to compare and to hash at once. Of one longer than `longest` it leaves out the
// middle: then it is good for a hash only.
struct Name {
  static constexpr std::size_t longest = 16;

  std::uint64_t head = 0;  // its first 8 bytes
  std::uint64_t tail = 0;  // its last 8
  std::size_t length = 0;

  static Name of(std::string_view text) noexcept {
    Name name{0, 0, text.size()};
    if (text.size() >= sizeof name.head) {
      std::memcpy(&name.head, text.data(), sizeof name.head);
      std::memcpy(&name.tail, text.data() + text.size() - sizeof name.tail, sizeof name.tail);
    } else {
      for (const char byte : text) name.head = (name.head << 8) | static_cast<unsigned char>(byte);
    }
    return name;
  }

  // Its high bits are the good ones.
  std::uint64_t hash() const noexcept { return (head ^ (tail << 7) ^ length) * 0x9e3779b97f4a7c15; }

  friend bool operator==(const Name&, const Name&) = default;
};

}  // namespace leasehold::detail
