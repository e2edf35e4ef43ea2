#pragma once

// What tests of machines came to, for people and for build servers.

#include <leasehold/fsm/testing.hpp>

#include <string>
#include <vector>

namespace leasehold::tool {

// A line for each scenario, what failed below it with its place, and a sum.
std::string to_text(const fsm::TestReport& report, bool colour);

// A table for each machine: how much was reached, then what was not.
std::string coverage_text(const std::vector<fsm::Coverage>& coverage);

// JUnit's XML, a test suite a file.
std::string to_junit(const fsm::TestReport& report);

}  // namespace leasehold::tool
