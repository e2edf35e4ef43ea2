#pragma once

// Coverage: which states and arcs of a machine were reached, read from the trace of a run.

#include "model.hpp"

#include <leasehold/fsm/testing.hpp>

namespace leasehold::fsm {

Coverage nothing_reached(const Machine& machine, std::string file);

// `result` must have its trace.
void count(const RunResult& result, const Machine& machine, Coverage& coverage);

// "order.received [.amount > 10] -> waiting".
std::string text_of(const Arc& arc, const Network& network, const Definition& definition);

}  // namespace leasehold::fsm
