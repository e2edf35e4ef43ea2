#pragma once

// Which arcs are taken: SCXML's selectTransitions and removeConflictingTransitions, as pure functions.

#include "execution/table.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <string_view>
#include <vector>

namespace leasehold::fsm {

// The name that a descriptor covers with whatever is below it: "order" of "order.*".
std::string_view event_stem(std::string_view descriptor) noexcept;

// "order" and "order.*" cover "order" and "order.received"; "*" covers everything. An error that became an
// event is called "error." and its code; SCXML's "error.execution" covers each of these, its
// "error.communication" those of connections, breakers and time that ran out on them.
bool event_matches(std::string_view descriptor, std::string_view event);
bool event_matches(const std::vector<std::string>& descriptors, std::string_view event);

struct Selected {
  const Arc* arc = nullptr;
  std::size_t index = 0;         // of the arc in its state
  const Route* route = nullptr;  // what is known of it beforehand
};

using Selection = boost::container::small_vector<Selected, 1>;  // parallel regions select more

// For each atomic state in document order the first enabled arc of it or of its nearest ancestor that has
// one, of those that an event of the class may take; each arc once. `enabled(route)` says whether an arc may
// be taken; what it throws goes through.
template <class Enabled>
void select_arcs(const NetworkFacts& network, const StateSet& configuration, EventClass event,
                 const Enabled& enabled, Selection& selected) {
  selected.clear();
  const auto known = [&](const Route* route) {
    return std::any_of(selected.begin(), selected.end(),
                       [route](const Selected& other) { return other.route == route; });
  };
  const auto select = [&](StateIndex atomic) {
    for (StateIndex at = atomic; at != none; at = network.network->states[at].parent)
      for (const Route* route : network.states[at].routes_of(event)) {
        if (known(route)) return;
        if (!enabled(*route)) continue;
        selected.push_back({route->arc, route->index, route});
        return;
      }
  };
  for (const StateIndex state : configuration)
    if (network.states[state].atomic) select(state);
}

// Of arcs that leave the same state the one whose source is inner wins, else the first in document order. One
// network is pushed at a time, and not from a state that another arc leaves.
void remove_conflicts(const Network& network, const StateSet& configuration, const History& history,
                      Selection& selected);

}  // namespace leasehold::fsm
