#pragma once

// Source: the text of one document, its lines, and places in it.
//
// Threads: immutable.

#include "position.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::fsm {

class Source {
 public:
  // `name` is the file's, for messages. A byte order mark is dropped.
  Source(std::string name, std::string text);

  const std::string& name() const noexcept { return name_; }
  const std::string& text() const noexcept { return text_; }

  Position position(std::size_t offset) const noexcept;                         // of a byte
  Position position(std::size_t line, std::size_t byte_column) const noexcept;  // both from 0

  // The text of a line (from 1) fit for a terminal: no tabs, control characters or broken UTF-8. "" if there
  // is no such line or it is too long to show.
  std::string line(unsigned line) const;

 private:
  std::size_t characters_before(std::size_t offset) const noexcept;

  std::string name_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
  std::vector<std::size_t>
      characters_;  // before every 64th byte: a column costs the same however long a line
};

// What keeps a text from being YAML before any parser looks at it.
struct BadByte {
  std::size_t offset = 0;
  std::string message;
};
std::optional<BadByte> find_bad_byte(std::string_view text);

}  // namespace leasehold::fsm
