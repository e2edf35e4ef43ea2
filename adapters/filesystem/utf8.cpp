#include "utf8.hpp"

#include <boost/locale/utf.hpp>

#include <cstdint>
#include <cstring>

namespace leasehold::detail {

std::optional<std::size_t> find_invalid_utf8(std::string_view bytes) noexcept {
  namespace utf = boost::locale::utf;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end) {
    // Most text is ASCII: eight at a time.
    constexpr std::uint64_t high_bits = 0x8080808080808080;
    for (std::uint64_t block; end - at >= 8; at += 8) {
      std::memcpy(&block, at, sizeof block);
      if (block & high_bits) break;
    }
    if (at == end) break;
    const char* const start = at;
    const utf::code_point point = utf::utf_traits<char>::decode(at, end);
    if (point == utf::illegal || point == utf::incomplete)
      return static_cast<std::size_t>(start - bytes.data());
  }
  return std::nullopt;
}

}  // namespace leasehold::detail
