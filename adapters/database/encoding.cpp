#include "encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace leasehold::database {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_sextets() {
  std::array<std::int8_t, 256> sextets{};
  sextets.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    sextets[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return sextets;
}
constexpr auto sextets = make_sextets();

constexpr bool is_continuation(unsigned char c) {
  return (c & 0xC0U) == 0x80U;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? alphabet[group >> (18U - 6U * k) & 0x3FU] : '=';
  }
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t digits = i + 4 == text.size() ? 4 - padding : 4;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int sextet = k < digits ? sextets[static_cast<unsigned char>(text[i + k])] : 0;
      if (sextet < 0) return std::nullopt;
      group = group << 6U | static_cast<std::uint32_t>(sextet);
    }
    // Bits beyond the last byte must be zero, or two texts would mean the same bytes.
    if (digits < 4 && (group & ((1U << (8U * (4 - digits))) - 1U)) != 0) return std::nullopt;
    for (std::size_t k = 0; k + 1 < digits; ++k) bytes += static_cast<char>(group >> (16U - 8U * k) & 0xFFU);
  }
  return bytes;
}

bool is_utf8(std::string_view text) noexcept {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  while (p != end) {
    const unsigned char c = *p;
    std::ptrdiff_t length = 1;
    if (c < 0x80) {
      ++p;
      continue;
    }
    if (c >= 0xC2 && c <= 0xDF) {
      length = 2;
    } else if (c >= 0xE0 && c <= 0xEF) {
      length = 3;
    } else if (c >= 0xF0 && c <= 0xF4) {
      length = 4;
    } else {
      return false;
    }
    if (end - p < length || !std::all_of(p + 1, p + length, is_continuation)) return false;
    if ((c == 0xE0 && p[1] < 0xA0) || (c == 0xED && p[1] > 0x9F) || (c == 0xF0 && p[1] < 0x90) ||
        (c == 0xF4 && p[1] > 0x8F))
      return false;
    p += length;
  }
  return true;
}

std::string sql_excerpt(std::string_view sql) {
  constexpr std::size_t most = 80;
  std::string line;
  bool space = false;
  for (const char c : sql) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F) {
      space = !line.empty();
      continue;
    }
    if (line.size() >= most) {
      if (is_continuation(byte)) {  // in the middle of a character: drop its beginning too
        while (is_continuation(static_cast<unsigned char>(line.back()))) line.pop_back();
        line.pop_back();
      }
      return line + "...";
    }
    if (space) line += ' ';
    space = false;
    line += c;
  }
  return line;
}

}  // namespace leasehold::database
