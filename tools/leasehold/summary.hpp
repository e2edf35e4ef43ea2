#pragma once

// What a run of a machine over records came to, for people and for programs.

#include <leasehold/error.hpp>
#include <leasehold/metrics.hpp>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace leasehold::tool {

// What became of one record.
struct Outcome {
  bool success = false;
  std::optional<errc> code = std::nullopt;
  std::string error = {};        // "db.constraint: ..."
  std::string final_state = {};  // where it ended
  std::string line = {};         // the result as one JSON line, without its end
  bool cancelled = false;        // it was ended by an interruption, not by itself
};

// Failures of one kind, with the first of them.
struct FailureGroup {
  std::size_t count = 0;
  std::size_t record = 0;
  std::string message = {};
};

struct Summary {
  std::string machine = {};
  std::size_t succeeded = 0;
  std::size_t failed = 0;
  std::size_t cancelled = 0;
  std::optional<std::size_t> total = std::nullopt;  // records in the input, if it was counted
  bool interrupted = false;
  Duration elapsed = {};
  std::map<std::string, FailureGroup> failures = {};  // by code, or by the state it ended in

  void add(std::size_t record, const Outcome& outcome);
  std::size_t done() const noexcept { return succeeded + failed; }
  std::size_t not_started() const noexcept;  // 0 if the total is unknown
};

// Several lines: runs, failures by code, then the table of the resources.
std::string to_text(const Summary& summary, const std::map<std::string, ResourceMetrics>& resources);
nlohmann::json to_json(const Summary& summary, const std::map<std::string, ResourceMetrics>& resources);

// "interrupted: 120 of 249 records done, 3 running were cancelled, 126 not started"
std::string interruption_text(const Summary& summary);

}  // namespace leasehold::tool
