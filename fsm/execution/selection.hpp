#pragma once

// Which arcs are taken: SCXML's selectTransitions and removeConflictingTransitions, as pure functions.

#include "execution/chart.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace leasehold::fsm {

// "order" and "order.*" cover "order" and "order.received"; "*" covers everything. An error that became an
// event is called "error." and its code; SCXML's "error.execution" covers each of these, its
// "error.communication" those of connections, breakers and time that ran out on them.
bool event_matches(std::string_view descriptor, std::string_view event);
bool event_matches(const std::vector<std::string>& descriptors, std::string_view event);

// The condition as a message shows it.
std::string_view text_of(const Condition& condition) noexcept;

struct Selected {
  const Arc* arc = nullptr;
  std::size_t index = 0;  // of the arc in its state
};

// For each atomic state in document order the first enabled arc of it or of its nearest ancestor that has
// one; each arc once. `enabled(arc, index)` says whether an arc may be taken; what it throws goes through.
template <class Enabled>
void select_arcs(const Network& network, const StateSet& configuration, const Enabled& enabled,
                 std::vector<Selected>& selected) {
  selected.clear();
  for (const StateIndex atomic : configuration) {
    if (!is_atomic(network, atomic)) continue;
    bool found = false;
    for (StateIndex at = atomic; at != none && !found; at = network.states[at].parent) {
      const auto& arcs = network.states[at].arcs;
      for (std::size_t i = 0; i < arcs.size() && !found; ++i) {
        bool known = false;
        for (const Selected& other : selected) known = known || other.arc == &arcs[i];
        found = known || enabled(arcs[i], i);
        if (found && !known) selected.push_back({&arcs[i], i});
      }
    }
  }
}

// Of arcs that leave the same state the one whose source is inner wins, else the first in document order. One
// network is pushed at a time, and not from a state that another arc leaves.
void remove_conflicts(const Network& network, const StateSet& configuration, const History& history,
                      std::vector<Selected>& selected);

}  // namespace leasehold::fsm
