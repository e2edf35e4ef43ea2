#pragma once

// Jumps: what an event may do in a state, found when the machine is made, where that depends on nothing but
// the conditions of arcs. The general algorithm then need not search for it; and of most of them it is known
// that they come down to ending leases, some functions and a change of names.

#include "execution/chart.hpp"

#include <cstdint>
#include <limits>
#include <string_view>

namespace leasehold::fsm {

struct Route;
struct StateFacts;
struct NetworkFacts;

enum class JumpKind : std::uint8_t {
  mere,   // a change of names, as many as before: nothing is asked, run or held
  plain,  // of any number of names, after a condition or some C++ functions of the arc
  visit,  // light, but of one name, and without what is asked or run on the way
  light,  // and leases end or states have entries, nothing of which is handed over, timed or remembered
  full,   // a microstep
};

struct Jump {
  std::uint32_t event = std::numeric_limits<std::uint32_t>::max();  // its class; this one ends the list
  JumpKind kind = JumpKind::full;
  bool conditional = false;
  bool level = false;            // as many states are active after it as before
  bool swaps = false;            // and one takes the place of one
  const Guard* guard = nullptr;  // what its condition is; null: something else, if it has one
  const Jump* to = nullptr;  // the jumps of the state that is then active; null: everything may happen then
  const Route* route = nullptr;
  StateIndex source = none;  // of the arc
  std::string_view source_name = {};

  // Unless it is full.
  bool acts = false;                    // the arc has actions
  bool inert = false;                   // swaps, and the entry has nothing to do
  const StateIndex* entries = nullptr;  // the route's
  StateIndex entry = none;              // the first of them
  const StateFacts* facts = nullptr;    // of that
  std::uint32_t kept = 0;               // how many of the active states stay
  std::uint32_t active = 0;             // how many states are active then
  std::uint32_t first = 0;              // the number of the network's root
};

// Whether all that these do is to call C++ functions.
bool calls_only(const Steps& steps);

// Lists the jumps of every state for which they are all that an event can do, ascending by event and in the
// order in which arcs are asked. Machines with regions have none.
void list_jumps(NetworkFacts& network);

}  // namespace leasehold::fsm
