#pragma once

// LineReader: text line by line, in bounded memory.

#include "byte_input.hpp"

#include <optional>
#include <string>

namespace leasehold::tool {

class LineReader {
 public:
  static constexpr std::size_t longest = std::size_t{16} << 20;  // bytes of a line that is kept

  struct Line {
    std::size_t number = 0;  // from 1
    std::string text = {};   // without LF or CRLF; of a line that is too long, its beginning
    bool too_long = false;

    bool is_blank() const noexcept { return text.find_first_not_of(" \t") == std::string::npos; }
  };

  explicit LineReader(ByteInput& input) : input_(&input) {}

  // None at the end. Throws as ByteInput::read.
  std::optional<Line> next(const std::stop_token& stop = {});

 private:
  ByteInput* input_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t number_ = 0;
  bool ended_ = false;
};

}  // namespace leasehold::tool
