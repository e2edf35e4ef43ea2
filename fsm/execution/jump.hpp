#pragma once

// Jumps: transitions that come down to a guard, some C++ functions and a change of names, because nothing in
// the states that are left or entered has to be done, held, timed or remembered. They are taken without the
// general algorithm, of which they are the simplest case.

#include "execution/chart.hpp"

#include <cstdint>
#include <limits>
#include <memory>

namespace leasehold::fsm {

struct Route;
struct NetworkFacts;

struct Jump {
  std::uint32_t event = std::numeric_limits<std::uint32_t>::max();  // its class; this one ends the list
  std::uint32_t kept = 0;                                           // how many of the active states stay
  const Guard* guard = nullptr;                                     // null: none
  const Jump* to = nullptr;  // the jumps of the state that is then active; null: the general way
  const Route* route = nullptr;
  const StateIndex* entries = nullptr;  // the route's
  std::uint32_t active = 0;             // how many states are active then
  std::uint32_t first = 0;              // the number of the network's root
};

// Lists the jumps of every state from which they are all that any event can do, ascending by event and in
// the order in which arcs are asked. Machines with regions have none.
void list_jumps(NetworkFacts& network);

}  // namespace leasehold::fsm
