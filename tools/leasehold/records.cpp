#include "records.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace leasehold::tool {

namespace {

class OneEmptyRecord final : public RecordReader {
 public:
  std::optional<Record> next(const std::stop_token& stop) override {
    if (given_ || stop.stop_requested()) return std::nullopt;
    given_ = true;
    return Record{.number = 1, .line = 0, .data = nlohmann::json::object()};
  }
  std::optional<std::size_t> total() const override { return 1; }

 private:
  bool given_ = false;
};

InputFormat format_of(const std::string& path) {
  if (path == "-") return InputFormat::jsonl;
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".json") return InputFormat::json;
  if (extension == ".jsonl" || extension == ".ndjson") return InputFormat::jsonl;
  if (extension == ".csv") return InputFormat::csv;
  throw Failure(
      ExitStatus::usage,
      fmt::format("the name of '{}' does not say what it holds; add --input-format json, jsonl or csv",
                  path));
}

}  // namespace

std::unique_ptr<RecordReader> open_records(const std::string& path, InputFormat format,
                                           const std::string& pointer) {
  if (path.empty()) return std::make_unique<OneEmptyRecord>();
  if (format == InputFormat::by_name) format = format_of(path);
  if (!pointer.empty() && format != InputFormat::json)
    throw Failure(ExitStatus::usage, "--records points into a JSON document; the input is none");
  switch (format) {
    case InputFormat::json:
      return open_json_records(path, pointer);
    case InputFormat::csv:
      return open_csv_records(path);
    default:
      return open_json_lines(path);
  }
}

}  // namespace leasehold::tool
