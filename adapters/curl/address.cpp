#include "curl/address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace leasehold::curl {

namespace {

struct Block {
  std::uint32_t network;
  unsigned prefix;
};

constexpr std::array private_blocks = {Block{0x00000000, 8},  Block{0x0A000000, 8},  Block{0x64400000, 10},
                                       Block{0x7F000000, 8},  Block{0xA9FE0000, 16}, Block{0xAC100000, 12},
                                       Block{0xC0000000, 24}, Block{0xC0A80000, 16}, Block{0xC6120000, 15},
                                       Block{0xE0000000, 3}};

bool is_private_v4(std::uint32_t address) noexcept {
  return std::any_of(private_blocks.begin(), private_blocks.end(), [address](const Block& block) {
    return (address >> (32 - block.prefix)) == (block.network >> (32 - block.prefix));
  });
}

bool is_private_v6(const in6_addr& address) noexcept {
  const std::uint8_t* const b = address.s6_addr;
  const auto last_four = [b] {
    return static_cast<std::uint32_t>(b[12]) << 24 | static_cast<std::uint32_t>(b[13]) << 16 |
           static_cast<std::uint32_t>(b[14]) << 8 | b[15];
  };
  if (IN6_IS_ADDR_V4MAPPED(&address)) return is_private_v4(last_four());
  constexpr std::array<std::uint8_t, 12> nat64 = {0, 0x64, 0xff, 0x9b};
  if (std::memcmp(b, nat64.data(), nat64.size()) == 0) return is_private_v4(last_four());
  return (b[0] & 0xE0) != 0x20;  // only 2000::/3 is global unicast
}

}  // namespace

bool is_private_address(const sockaddr& address) noexcept {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    return is_private_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    return is_private_v6(v6.sin6_addr);
  }
  return true;
}

}  // namespace leasehold::curl
