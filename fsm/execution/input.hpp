#pragma once

// What a machine takes as input: a JSON object, of the machine's own schema if it has one.

#include "model.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace leasehold::fsm {

// Null counts as an empty object. Throws Error (fsm_input) naming every place that does not fit, and no
// value.
void check_input(std::string_view machine, const Schema* schema, nlohmann::json& input);
inline void check_input(const Definition& definition, nlohmann::json& input) {
  check_input(definition.name, definition.input_schema.get(), input);
}

}  // namespace leasehold::fsm
