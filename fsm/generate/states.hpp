#pragma once

// The states of a generated machine in its header.

#include "generate/functions.hpp"
#include "generate/symbols.hpp"

#include <string>
#include <vector>

namespace leasehold::fsm {

// The member resources(); "" if it requires none.
std::string write_requirements(const std::vector<ResourceRequirement>& requirements);

// The msm::Limit of what did not end within that time.
std::string write_limit(Duration time, std::string_view of);

// The class of one that can be reached.
std::string write_state(const Definition& definition, const FlatChart& chart, StateIndex state,
                        const Symbols& symbols, FunctionWriter& functions);

}  // namespace leasehold::fsm
