#pragma once

// Expectations: whether they make sense for a machine, and whether they hold.

#include "testing/scenario.hpp"

#include <string>
#include <vector>

namespace leasehold::fsm {

// What an expectation is held against.
struct Observed {
  const TestBench& bench;
  Snapshot now;
  RunResult result;
  bool finished = false;
};

// Reports what no machine of this kind can fulfil: unknown states, resources and operations, values of the
// wrong type, jq that does not compile.
void verify(const Expectation& expectation, const TestBench& bench, Diagnostics& diagnostics);

// What differs, in words with both sides; none: it holds.
std::vector<std::string> mismatches(const Expectation& expectation, const Observed& observed);

// Where `actual` lacks what is expected: members of mappings may be more, everything else must be equal.
// "at /order/amount: expected 3, got 5".
std::vector<std::string> missing_data(const nlohmann::json& expected, const nlohmann::json& actual,
                                      const std::string& pointer = "");

}  // namespace leasehold::fsm
