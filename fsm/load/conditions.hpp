#pragma once

// Conditions: a registered guard or jq as text, {jq:}, {in:}, {not:}, {all:}, {any:}.

#include "loading.hpp"

namespace leasehold::fsm {

std::optional<Condition> read_condition(Loading& loading, const Draft& draft, const yaml::Node& node);

// A list of them, or one. What is refused is reported and left out.
std::vector<Condition> read_conditions(Loading& loading, const Draft& draft, const yaml::Node* node);

}  // namespace leasehold::fsm
