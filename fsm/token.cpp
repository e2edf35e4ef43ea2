#include "token.hpp"

#include "utf8.hpp"

#include <algorithm>

namespace leasehold::fsm {

namespace {

unsigned characters(std::string_view text) noexcept {
  return static_cast<unsigned>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

std::size_t byte_of(std::string_view line, unsigned column) noexcept {
  std::size_t at = 0;
  for (unsigned seen = 1; at < line.size() && seen < column; ++seen) do
      ++at;
    while (at < line.size() && continues_character(line[at]));
  return at;
}

// After the quote that closes the one at `at`.
std::size_t end_of_quoted(std::string_view line, std::size_t at) noexcept {
  const char quote = line[at];
  for (std::size_t i = at + 1; i < line.size(); ++i) {
    if (quote == '"' && line[i] == '\\') {
      ++i;
    } else if (line[i] == quote) {
      if (quote == '"' || i + 1 >= line.size() || line[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return line.size();
}

bool opens(char c) noexcept {
  return c == '[' || c == '{';
}
bool closes(char c) noexcept {
  return c == ']' || c == '}';
}
// Whether a scalar, quoted or not, may begin here.
bool begins(std::string_view line, std::size_t at) noexcept {
  return at == 0 || line[at - 1] == ' ' || line[at - 1] == ',' || opens(line[at - 1]);
}
bool ends_word(std::string_view line, std::size_t at) noexcept {
  return at >= line.size() || line[at] == ' ';
}

// Brackets that are open before `at`, as far as the line tells.
int depth_before(std::string_view line, std::size_t at) noexcept {
  int depth = 0;
  for (std::size_t i = 0; i < at;) {
    if ((line[i] == '"' || line[i] == '\'') && begins(line, i)) {
      i = end_of_quoted(line, i);
      continue;
    }
    if (opens(line[i])) ++depth;
    if (closes(line[i])) --depth;
    ++i;
  }
  return depth;
}

std::size_t end_of_brackets(std::string_view line, std::size_t at) noexcept {
  int depth = 0;
  while (at < line.size()) {
    if ((line[at] == '"' || line[at] == '\'') && begins(line, at)) {
      at = end_of_quoted(line, at);
      continue;
    }
    if (opens(line[at])) ++depth;
    if (closes(line[at]) && --depth == 0) return at + 1;
    ++at;
  }
  return line.size();
}

std::size_t end_of_plain(std::string_view line, std::size_t at, bool in_brackets) noexcept {
  std::size_t end = at;
  for (; end < line.size(); ++end) {
    const char c = line[end];
    if (c == ':' && (ends_word(line, end + 1) || (in_brackets && closes(line[end + 1])))) break;
    if (c == '#' && end > at && line[end - 1] == ' ') break;
    if (in_brackets && (c == ',' || opens(c) || closes(c))) break;
  }
  return end;
}

}  // namespace

unsigned token_end(std::string_view line, unsigned column) noexcept {
  const std::size_t at = byte_of(line, column);
  if (column == 0 || at >= line.size()) return 0;
  std::size_t end = line[at] == '"' || line[at] == '\'' ? end_of_quoted(line, at)
                    : opens(line[at])                   ? end_of_brackets(line, at)
                                                        : end_of_plain(line, at, depth_before(line, at) > 0);
  while (end > at + 1 && line[end - 1] == ' ') --end;
  return column + std::max(characters(line.substr(at, end - at)), 1U);
}

}  // namespace leasehold::fsm
