#include "source.hpp"

#include "utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

constexpr std::size_t stride = 64;
constexpr std::size_t longest_shown = 4096;

// Bytes of the character that starts at `at`; 0 if it is no valid UTF-8.
std::size_t character_length(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xC2 && first < 0xE0 ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!continues_character(text[at + i])) return 0;
  if (first == 0xE0 && byte(1) < 0xA0) return 0;  // longer than needed
  if (first == 0xED && byte(1) > 0x9F) return 0;  // surrogate
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;  // beyond Unicode
  return length;
}

bool is_control(std::string_view character) noexcept {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return character.size() == 2 && first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

}  // namespace

Source::Source(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.erase(0, 3);
  line_starts_.push_back(0);
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (i % stride == 0) characters_.push_back(characters);
    if (!continues_character(text_[i])) ++characters;
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
  if (text_.size() % stride == 0) characters_.push_back(characters);
}

std::size_t Source::characters_before(std::size_t offset) const noexcept {
  offset = std::min(offset, text_.size());
  const std::size_t block = offset / stride;
  const auto from = text_.begin() + static_cast<std::ptrdiff_t>(block * stride);
  const auto to = text_.begin() + static_cast<std::ptrdiff_t>(offset);
  return characters_[block] +
         static_cast<std::size_t>(std::count_if(from, to, [](char c) { return !continues_character(c); }));
}

Position Source::position(std::size_t offset) const noexcept {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::size_t>(after - line_starts_.begin()) - 1;
  return position(line, offset - line_starts_[line]);
}

Position Source::position(std::size_t line, std::size_t byte_column) const noexcept {
  line = std::min(line, line_starts_.size() - 1);
  const std::size_t start = line_starts_[line];
  return {static_cast<unsigned>(line + 1),
          static_cast<unsigned>(characters_before(start + byte_column) - characters_before(start) + 1)};
}

std::string Source::line(unsigned number) const {
  if (number == 0 || number > line_starts_.size()) return "";
  const std::size_t start = line_starts_[number - 1];
  const std::size_t end = std::min(text_.find('\n', start), text_.size());
  if (end - start > longest_shown) return "";
  const std::string_view raw = std::string_view(text_).substr(start, end - start);
  std::string shown;
  for (std::size_t i = 0; i < raw.size();) {
    const std::size_t length = character_length(raw, i);
    if (length == 0) {
      if (!continues_character(raw[i])) shown += '?';  // what follows a broken character counts as no column
      ++i;
      continue;
    }
    const std::string_view character = raw.substr(i, length);
    if (character == "\t") {
      shown += ' ';
    } else if (is_control(character)) {
      shown += '?';
    } else {
      shown += character;
    }
    i += length;
  }
  if (shown.ends_with('?') && raw.ends_with('\r')) shown.pop_back();
  return shown;
}

std::optional<BadByte> find_bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    if (length == 0)
      return BadByte{i, fmt::format("the file is not UTF-8: byte 0x{:02X} at offset {}",
                                    static_cast<unsigned char>(text[i]), i)};
    const std::string_view character = text.substr(i, length);
    if (is_control(character) && character != "\t" && character != "\n" && character != "\r" &&
        character != "\xC2\x85")
      return BadByte{i, fmt::format("a control character (0x{:02X}) stands at offset {}",
                                    static_cast<unsigned char>(character.back()), i)};
    i += length;
  }
  return std::nullopt;
}

}  // namespace leasehold::fsm
