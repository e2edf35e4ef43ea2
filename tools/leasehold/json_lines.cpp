// Records from JSON lines: an object a line; blank lines count as lines but are no records.

#include "line_reader.hpp"
#include "records.hpp"

#include <leasehold/json.hpp>

#include <fmt/format.h>

#include <boost/locale/utf.hpp>

namespace leasehold::tool {

namespace {

bool is_utf8(const std::string& text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end)
    if (!boost::locale::utf::is_valid_codepoint(boost::locale::utf::utf_traits<char>::decode(at, end)))
      return false;
  return true;
}

std::string article(std::string_view noun) {
  const bool vowel = noun.find_first_of("aeiou") == 0;
  return fmt::format("{} {}", vowel ? "an" : "a", noun);
}

class JsonLines final : public RecordReader {
 public:
  explicit JsonLines(const std::string& path) : input_(path), lines_(input_) {
    if (!input_.rewindable()) return;
    total_ = 0;
    while (const std::optional<LineReader::Line> line = lines_.next()) {
      if (!line->too_long && !is_utf8(line->text))
        throw Failure(ExitStatus::usage,
                      fmt::format("{}:{}: the text is not UTF-8; convert it, by iconv for one", input_.name(),
                                  line->number));
      if (!line->is_blank()) ++*total_;
    }
    input_.rewind();
    lines_ = LineReader(input_);
  }

  std::optional<Record> next(const std::stop_token& stop) override {
    try {
      std::optional<LineReader::Line> line;
      do line = lines_.next(stop);
      while (line && line->is_blank());
      if (!line || stop.stop_requested()) return std::nullopt;
      return record_of(*line);
    } catch (const ByteInput::Stopped&) {
      return std::nullopt;
    }
  }
  std::optional<std::size_t> total() const override { return total_; }

 private:
  Record record_of(const LineReader::Line& line) {
    Record record{.number = ++number_, .line = line.number, .data = {}};
    const std::string where = fmt::format("{}:{}", input_.name(), line.number);
    if (line.too_long) {
      record.error.emplace(errc::config_too_large, fmt::format("{}: the line is longer than {} MiB", where,
                                                               LineReader::longest >> 20));
      return record;
    }
    try {
      record.data = parse_json(line.text, input_.name(), {.first_line = line.number});
      if (!record.data.is_object())
        record.error.emplace(errc::fsm_input, fmt::format("{}: a record must be an object, not {}", where,
                                                          article(record.data.type_name())));
    } catch (const Error& error) {
      record.error = error;
    }
    return record;
  }

  ByteInput input_;
  LineReader lines_;
  std::optional<std::size_t> total_;
  std::size_t number_ = 0;
};

}  // namespace

std::unique_ptr<RecordReader> open_json_lines(const std::string& path) {
  return std::make_unique<JsonLines>(path);
}

}  // namespace leasehold::tool
