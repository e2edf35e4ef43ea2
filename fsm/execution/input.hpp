#pragma once

// What a machine takes as input: a JSON object, of the machine's own schema if it has one.

#include "model.hpp"

#include <nlohmann/json.hpp>

namespace leasehold::fsm {

// Null counts as an empty object. Throws Error (fsm_input) naming every place that does not fit, and no
// value.
void check_input(const Definition& definition, nlohmann::json& input);

}  // namespace leasehold::fsm
