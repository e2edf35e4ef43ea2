#include <leasehold/adapters/csv.hpp>
#include <leasehold/error.hpp>

#include "csv_format.hpp"
#include "errors.hpp"
#include "utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace leasehold {

namespace {
constexpr std::size_t buffer_size = 64 << 10;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
}  // namespace

CsvReader::CsvReader(ByteSource source, std::string name, CsvFormat format)
    : source_(std::move(source)), name_(std::move(name)), format_(format), buffer_(buffer_size) {
  detail::check_csv_format(format_);
}

bool CsvReader::read_row(std::vector<std::string>& row) {
  fields_ = 0;
  row_size_ = 0;
  const bool found = parse_row(row);
  row.resize(fields_);
  if (!found) return false;
  check_row(row);
  if (!width_) width_ = fields_;
  return true;
}

std::vector<std::string> CsvReader::read_header() {
  std::vector<std::string> names;
  if (!read_row(names)) refuse(1, "there is no header row", "write one or read it without a header");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) refuse(row_line_, fmt::format("column {} of the header has no name", i + 1));
    if (!seen.insert(names[i]).second)
      refuse(row_line_, fmt::format("the header has '{}' twice", detail::shown_path(names[i])));
  }
  return names;
}

bool CsvReader::parse_row(std::vector<std::string>& row) {
  enum class At { field_start, plain, quoted, quote_in_quoted } at = At::field_start;
  std::string* field = nullptr;
  std::size_t quote_line = 0;
  row_line_ = line_;
  for (;;) {
    if (next_ == filled_ && !fill()) {
      if (at == At::quoted) refuse(quote_line, "the quoted field that begins here does not end");
      if (at == At::field_start && fields_ == 0) return false;
      if (at == At::field_start) begin_field(row);
      return true;
    }
    const char c = buffer_[next_];
    const bool is_quote = c == format_.quote;
    if (at == At::quoted) {
      const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(next_);
      const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(filled_);
      const auto stop = std::find(begin, end, *format_.quote);
      line_ += static_cast<std::size_t>(std::count(begin, stop, '\n'));
      append(*field, static_cast<std::size_t>(stop - buffer_.begin()));
      if (stop != end) {
        ++next_;
        at = At::quote_in_quoted;
      }
    } else if (at == At::quote_in_quoted && is_quote) {
      append(*field, next_ + 1);
      at = At::quoted;
    } else if (c == format_.delimiter) {
      if (at == At::field_start) begin_field(row);
      ++next_;
      at = At::field_start;
    } else if (take_line_end()) {
      if (at == At::field_start && fields_ == 0) {  // a blank line, or the LF of a CRLF
        row_line_ = line_;
        continue;
      }
      if (at == At::field_start) begin_field(row);
      return true;
    } else if (at == At::quote_in_quoted) {
      refuse(line_, fmt::format("field {} goes on behind its closing quote", fields_),
             "double the quotes within it");
    } else if (is_quote && at == At::plain) {
      refuse(line_, fmt::format("there is a quote within field {}, which is not quoted", fields_),
             "quote the whole field, or read it with an empty quote if quotes are ordinary characters");
    } else if (is_quote) {
      field = &begin_field(row);
      quote_line = line_;
      ++next_;
      at = At::quoted;
    } else {
      if (at == At::field_start) field = &begin_field(row);
      at = At::plain;
      std::size_t end = next_ + 1;
      while (end < filled_ && buffer_[end] != format_.delimiter && buffer_[end] != '\n' &&
             buffer_[end] != '\r' && buffer_[end] != format_.quote)
        ++end;
      append(*field, end);
    }
  }
}

bool CsvReader::fill() {
  if (ended_) return false;
  const bool first = filled_ == 0;
  next_ = filled_ = 0;
  // The first time, enough to see a byte order mark.
  do {
    const std::size_t got = source_(buffer_.data() + filled_, buffer_.size() - filled_);
    ended_ = got == 0;
    filled_ += got;
  } while (!ended_ && first && filled_ < byte_order_mark.size());
  if (first && std::string_view(buffer_.data(), filled_).starts_with(byte_order_mark))
    next_ = byte_order_mark.size();
  return next_ < filled_ || (!ended_ && fill());
}

std::string& CsvReader::begin_field(std::vector<std::string>& row) {
  ++row_size_;
  if (fields_ == row.size()) row.emplace_back();
  std::string& field = row[fields_++];
  field.clear();
  return field;
}

void CsvReader::append(std::string& field, std::size_t end) {
  row_size_ += end - next_;
  if (row_size_ > format_.max_row_size)
    refuse(row_line_, fmt::format("the row is larger than {} bytes", format_.max_row_size),
           "look for a quote without its partner");
  field.append(buffer_.data() + next_, end - next_);
  next_ = end;
}

// LF, CR, and a LF behind a CR each end a line; the last counts for nothing.
bool CsvReader::take_line_end() {
  const char c = buffer_[next_];
  if (c != '\n' && c != '\r') {
    after_cr_ = false;
    return false;
  }
  if (c == '\r' || !after_cr_) ++line_;
  after_cr_ = c == '\r';
  ++next_;
  return true;
}

void CsvReader::check_row(const std::vector<std::string>& row) const {
  if (width_ && fields_ != *width_)
    refuse(row_line_, fmt::format("the row has {} fields, the first has {}", fields_, *width_));
  for (std::size_t i = 0; i < row.size(); ++i)
    if (detail::find_invalid_utf8(row[i]))
      refuse(row_line_, fmt::format("field {} is not UTF-8 text", i + 1), "convert the file to UTF-8");
}

void CsvReader::refuse(std::size_t line, const std::string& what, std::string hint) const {
  throw_error(errc::file_format, fmt::format("{}:{}: {}", name_, line, what), {.hint = std::move(hint)});
}

}  // namespace leasehold
