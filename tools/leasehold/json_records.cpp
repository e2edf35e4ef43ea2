// Records from one JSON document: an object is one record, an array holds many.

#include "byte_input.hpp"
#include "records.hpp"

#include <leasehold/json.hpp>

#include <fmt/format.h>

namespace leasehold::tool {

namespace {

class JsonRecords final : public RecordReader {
 public:
  explicit JsonRecords(nlohmann::json::array_t records) : records_(std::move(records)) {}

  std::optional<Record> next(const std::stop_token& stop) override {
    if (next_ == records_.size() || stop.stop_requested()) return std::nullopt;
    nlohmann::json& data = records_[next_];
    return Record{.number = ++next_, .line = 0, .data = std::move(data)};
  }
  std::optional<std::size_t> total() const override { return records_.size(); }

 private:
  nlohmann::json::array_t records_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<RecordReader> open_json_records(const std::string& path, const std::string& pointer) {
  constexpr std::size_t largest = std::size_t{256} << 20;
  ByteInput input(path);
  nlohmann::json document;
  try {
    document = parse_json(input.read_all(largest), input.name());
    if (!pointer.empty()) document = nlohmann::json(document.at(nlohmann::json::json_pointer(pointer)));
  } catch (const Error& error) {
    throw Failure(ExitStatus::usage, error.what());
  } catch (const nlohmann::json::exception&) {
    throw Failure(ExitStatus::usage, fmt::format("'{}' holds nothing at the JSON pointer '{}' of --records",
                                                 input.name(), pointer));
  }
  if (document.is_object()) document = nlohmann::json::array({std::move(document)});
  if (!document.is_array())
    throw Failure(ExitStatus::usage,
                  fmt::format("'{}' holds a {}; an object or an array of objects is needed", input.name(),
                              document.type_name()));
  for (std::size_t i = 0; i < document.size(); ++i)
    if (!document[i].is_object())
      throw Failure(ExitStatus::usage, fmt::format("record {} of '{}' is a {}; an object is needed", i + 1,
                                                   input.name(), document[i].type_name()));
  return std::make_unique<JsonRecords>(std::move(document.get_ref<nlohmann::json::array_t&>()));
}

}  // namespace leasehold::tool
