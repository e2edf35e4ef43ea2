// Records from CSV: a header, then a record of texts a row.

#include "byte_input.hpp"
#include "records.hpp"

#include <leasehold/adapters/csv.hpp>

namespace leasehold::tool {

namespace {

class CsvRecords final : public RecordReader {
 public:
  explicit CsvRecords(const std::string& path) : input_(path) {
    start();
    if (!input_.rewindable()) return;
    total_ = 0;
    while (read_row()) ++*total_;
    input_.rewind();
    start();
  }

  std::optional<Record> next(const std::stop_token& stop) override {
    stop_ = stop;
    try {
      if (stop.stop_requested() || !read_row()) return std::nullopt;
    } catch (const ByteInput::Stopped&) {
      return std::nullopt;
    }
    Record record{.number = ++number_, .line = reader_->line(), .data = nlohmann::json::object()};
    for (std::size_t i = 0; i < header_.size(); ++i) record.data[header_[i]] = std::move(row_[i]);
    return record;
  }
  std::optional<std::size_t> total() const override { return total_; }

 private:
  void start() {
    reader_.emplace([this](char* buffer, std::size_t size) { return input_.read(buffer, size, stop_); },
                    input_.name());
    try {
      header_ = reader_->read_header();
    } catch (const Error& error) {
      throw Failure(ExitStatus::usage, error.what());
    }
  }

  bool read_row() {
    try {
      return reader_->read_row(row_);
    } catch (const Error& error) {
      throw Failure(ExitStatus::usage, error.what());
    }
  }

  ByteInput input_;
  std::stop_token stop_;  // of the call of next() under way
  std::optional<CsvReader> reader_;
  std::vector<std::string> header_;
  std::vector<std::string> row_;
  std::optional<std::size_t> total_;
  std::size_t number_ = 0;
};

}  // namespace

std::unique_ptr<RecordReader> open_csv_records(const std::string& path) {
  return std::make_unique<CsvRecords>(path);
}

}  // namespace leasehold::tool
