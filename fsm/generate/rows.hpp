#pragma once

// The transition table of a generated machine.

#include "generate/symbols.hpp"

#include <string>

namespace leasehold::fsm {

// The members FaultWays and transition_table of its definition.
std::string write_rows(const Network& network, const FlatChart& chart, const Symbols& symbols);

}  // namespace leasehold::fsm
