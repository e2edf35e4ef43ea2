#include <leasehold/error.hpp>

#include "csv_format.hpp"

#include <fmt/format.h>

namespace leasehold {

namespace detail {

void check_csv_format(const CsvFormat& format) {
  const auto refuse = [](std::string what) { throw_error(errc::config_value, std::move(what)); };
  const auto usable = [](char c) { return (c >= ' ' && c < 0x7F) || c == '\t'; };
  if (!usable(format.delimiter)) refuse("the CSV delimiter must be a printable ASCII character or a tab");
  if (format.quote && !usable(*format.quote))
    refuse("the CSV quote must be a printable ASCII character or a tab");
  if (format.quote == format.delimiter) refuse("the CSV delimiter and quote must differ");
  if (format.max_row_size == 0) refuse("the largest CSV row must have a size above 0");
}

}  // namespace detail

CsvWriter::CsvWriter(ByteSink sink, CsvFormat format) : sink_(std::move(sink)), format_(format) {
  detail::check_csv_format(format_);
}

void CsvWriter::write_row(std::span<const std::string> row) {
  const std::size_t number = rows_ + 1;
  if (row.empty()) throw_error(errc::file_format, fmt::format("row {} has no fields", number));
  if (rows_ > 0 && row.size() != width_)
    throw_error(errc::file_format,
                fmt::format("row {} has {} fields, the first has {}", number, row.size(), width_));
  const char specials[] = {format_.delimiter, '\n', '\r', format_.quote.value_or('\n')};
  line_.clear();
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) line_ += format_.delimiter;
    // A lone empty field would look like a blank line, a byte order mark at the start like one.
    const bool quoted =
        row[i].find_first_of(std::string_view(specials, sizeof specials)) != std::string::npos ||
        (row.size() == 1 && row[i].empty()) || (rows_ == 0 && i == 0 && row[i].starts_with("\xEF\xBB\xBF"));
    if (!quoted) {
      line_ += row[i];
      continue;
    }
    if (!format_.quote)
      throw_error(errc::file_format,
                  fmt::format("field {} of row {} cannot be written without quotes", i + 1, number),
                  {.hint = "choose a quote or another delimiter"});
    line_ += *format_.quote;
    for (const char c : row[i]) {
      if (c == format_.quote) line_ += c;
      line_ += c;
    }
    line_ += *format_.quote;
  }
  line_ += format_.crlf ? "\r\n" : "\n";
  sink_(line_);
  width_ = row.size();
  ++rows_;
}

}  // namespace leasehold
