#pragma once

// Functions and actions: a registered name, {call:}, {jq:}, {raise:}, {send:}, {cancel:}.

#include "loading.hpp"

namespace leasehold::fsm {

// A list of them, or one. What is refused is reported and left out.
Steps read_steps(Loading& loading, const yaml::Node* node, const ResourceScope& scope);

}  // namespace leasehold::fsm
