#pragma once

// The records that a machine runs on, read one by one so that memory does not grow with their number.
//
// A file is looked through before its first record is given out, so that what is wrong with it as a whole is
// known before anything runs: a .json document or a .csv that is malformed, a .jsonl that is not UTF-8. A bad
// line of a .jsonl is a record with an error; the others go on.

#include "command_line.hpp"

#include <leasehold/error.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>

namespace leasehold::tool {

struct Record {
  std::size_t number = 0;  // from 1
  std::size_t line = 0;    // of the input, from 1; 0: it has none
  nlohmann::json data;
  std::optional<Error> error = std::nullopt;  // why there is no data
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;

  // The next one; none at the end or once stopped. Throws Failure (usage) if the input cannot be read on.
  virtual std::optional<Record> next(const std::stop_token& stop) = 0;

  // How many there are, if that is known before they are read.
  virtual std::optional<std::size_t> total() const = 0;
};

// "": the one record {}. "-": standard input, JSON lines unless `format` says otherwise. `pointer` (RFC 6901)
// is where the records lie in a JSON document. Throws Failure (usage).
std::unique_ptr<RecordReader> open_records(const std::string& path, InputFormat format,
                                           const std::string& pointer = "");

std::unique_ptr<RecordReader> open_json_records(const std::string& path, const std::string& pointer);
std::unique_ptr<RecordReader> open_json_lines(const std::string& path);
std::unique_ptr<RecordReader> open_csv_records(const std::string& path);

}  // namespace leasehold::tool
