#pragma once

// Arcs, those of a state and those in the list of their network.

#include "loading.hpp"

namespace leasehold::fsm {

// Adds the arc to its source; nullopt `source` reads it from the key `from`.
void read_arc(Loading& loading, const Draft& draft, const yaml::Node& node, std::optional<StateIndex> source);

}  // namespace leasehold::fsm
