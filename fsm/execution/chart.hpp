#pragma once

// The chart as SCXML's appendix D sees it: which states a transition leaves and enters, and whether a
// configuration is legal. Pure functions of the model.
//
// A configuration is a StateSet: the active states in document order, which is also the order of entry. The
// root is always active and never in it.

#include "model.hpp"

#include <vector>

namespace leasehold::fsm {

using StateSet = std::vector<StateIndex>;  // ascending, each once

bool contains(const StateSet& set, StateIndex state) noexcept;
void insert(StateSet& set, StateIndex state);
void erase(StateSet& set, StateIndex state) noexcept;

// What was active in the parent of a history state when it was last left.
struct Remembered {
  StateIndex history = none;
  StateSet states;
};
using History = std::vector<Remembered>;

inline bool is_history(const Network& network, StateIndex state) noexcept {
  return network.states[state].type == StateType::history;
}
bool is_descendant(const Network& network, StateIndex state, StateIndex of) noexcept;  // proper
bool is_atomic(const Network& network, StateIndex state) noexcept;    // nothing active inside
bool is_compound(const Network& network, StateIndex state) noexcept;  // one of its children is

// The states an arc leads to, history resolved; empty for a targetless arc.
StateSet effective_targets(const Network& network, const Arc& arc, const History& history);

// The state that is neither left nor entered, below which the arc acts (getTransitionDomain); none for a
// targetless arc.
StateIndex domain_of(const Network& network, const Arc& arc, const History& history);

// The innermost compound proper ancestor of `source` (or the root) that all targets are below (findLCCA).
StateIndex common_ancestor(const Network& network, StateIndex source, const std::vector<StateIndex>& targets);

// Adds what is active below the domain.
void add_exit_set(const Network& network, const StateSet& configuration, StateIndex domain, StateSet& exits);

// What a microstep enters, and what does so by default: states around that were no target's ancestor, and
// histories among the targets that had nothing to remember.
struct EntrySet {
  StateSet states;
  StateSet defaults;
};

// Adds the targets with their ancestors below the domain and what entering these enters by default. Nothing
// outside the domain is added, even if a target is the history of a state around it.
void add_entry_set(const Network& network, const std::vector<StateIndex>& targets, StateIndex domain,
                   const History& history, EntrySet& entries);

// Adds what has to be entered by default so that configuration + entries is legal: missing regions of
// parallel states, missing children of compound ones, the network's initial states.
void add_completion(const Network& network, const StateSet& configuration, const History& history,
                    EntrySet& entries);

// Whether what is inside an active state is active as it should be: not while states are left or entered.
bool is_whole(const Network& network, const StateSet& configuration, StateIndex state);

// What the history states below the states to be left must remember (before anything is left).
void remember(const Network& network, const StateSet& configuration, const StateSet& exits, History& history);

// Whether a final child of the compound state is active, or all regions of the parallel one are finished.
bool is_in_final_state(const Network& network, const StateSet& configuration, StateIndex state);

// Exactly one child of each active compound state and all of each active parallel one, nothing else.
bool is_legal(const Network& network, const StateSet& configuration);

}  // namespace leasehold::fsm
