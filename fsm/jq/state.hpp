#pragma once

// One libjq interpreter with one compiled program.
//
// Threads: one at a time.

extern "C" {
#include <jq.h>
}

#include <memory>
#include <string>
#include <vector>

namespace leasehold::fsm::jq {

struct Teardown {
  void operator()(jq_state* state) const noexcept { jq_teardown(&state); }
};
using StatePtr = std::unique_ptr<jq_state, Teardown>;

// Null if the program does not compile; libjq's words are added to `complaints`. Costs some 20 ms whatever
// the program is, since libjq reads its own library each time.
StatePtr compile_state(const std::string& program, std::vector<std::string>& complaints);

}  // namespace leasehold::fsm::jq
