#pragma once

// The states of a network: first their names and nesting, so that anything may refer to any of them, then
// what is in them.

#include "loading.hpp"

#include <utility>

namespace leasehold::fsm {

inline constexpr std::pair<std::string_view, StateType> state_types[] = {
    {"normal", StateType::normal},
    {"parallel", StateType::parallel},
    {"final", StateType::final},
    {"history", StateType::history},
};

// Adds the states listed at `node`, and those inside them, below `parent`.
void outline_states(Loading& loading, Draft& draft, const yaml::Node& node, StateIndex parent);

// Reads everything of every state but the names; the network's arcs follow with `network_arcs`.
void read_states(Loading& loading, const Draft& draft, const yaml::Node* network_arcs);

}  // namespace leasehold::fsm
