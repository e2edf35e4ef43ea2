#pragma once

// CSV as RFC 4180 has it, row by row: fields in quotes may hold delimiters, quotes (doubled) and line ends.
// Lines end in LF, CRLF or CR; a byte order mark and blank lines are skipped. Memory is bounded by the
// largest row.
//
// Threads: a reader or writer is used by one thread at a time. Blocks: as its source or sink does.

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold {

struct CsvFormat {
  char delimiter = ',';
  std::optional<char> quote = '"';      // none: quotes are ordinary characters
  bool crlf = false;                    // end written lines in CRLF instead of LF
  std::size_t max_row_size = 16 << 20;  // bytes; a larger row is refused
};

// Puts up to `size` bytes into `buffer` and returns how many; 0 at the end.
using ByteSource = std::function<std::size_t(char* buffer, std::size_t size)>;
using ByteSink = std::function<void(std::string_view bytes)>;

class CsvReader {
 public:
  // `name` stands before the line in messages. Throws config_value if the format contradicts itself.
  CsvReader(ByteSource source, std::string name, CsvFormat format = {});

  // The next row; false at the end, with `row` empty. Throws file_format, with the line, if its number of
  // fields is not that of the rows before, it is not UTF-8, or its quotes are not in order.
  bool read_row(std::vector<std::string>& row);

  // The first row as names, each once and none empty. Throws file_format otherwise, or if there is none.
  std::vector<std::string> read_header();

  std::size_t line() const noexcept { return row_line_; }  // on which the last row begins, from 1

 private:
  bool fill();
  bool parse_row(std::vector<std::string>& row);
  std::string& begin_field(std::vector<std::string>& row);
  void append(std::string& field, std::size_t end);
  bool take_line_end();
  void check_row(const std::vector<std::string>& row) const;
  [[noreturn]] void refuse(std::size_t line, const std::string& what, std::string hint = {}) const;

  ByteSource source_;
  std::string name_;
  CsvFormat format_;
  std::vector<char> buffer_;
  std::size_t next_ = 0;    // in buffer_
  std::size_t filled_ = 0;  // of buffer_
  bool ended_ = false;
  bool after_cr_ = false;  // a LF that comes next belongs to the CR before
  std::size_t line_ = 1;
  std::size_t row_line_ = 0;
  std::size_t fields_ = 0;    // of the row being read
  std::size_t row_size_ = 0;  // its bytes so far
  std::optional<std::size_t> width_;
};

class CsvWriter {
 public:
  explicit CsvWriter(ByteSink sink, CsvFormat format = {});

  // Throws file_format if the row has another number of fields than the first or cannot be written without
  // quotes.
  void write_row(std::span<const std::string> row);

  std::size_t rows() const noexcept { return rows_; }

 private:
  ByteSink sink_;
  CsvFormat format_;
  std::size_t rows_ = 0;
  std::size_t width_ = 0;
  std::string line_;
};

}  // namespace leasehold
