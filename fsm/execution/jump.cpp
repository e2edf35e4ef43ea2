#include "execution/jump.hpp"

#include "execution/table.hpp"

#include <algorithm>

namespace leasehold::fsm {

namespace {

constexpr std::size_t jumps_per_state = 64;

// Whether nothing happens when the state is entered and left, and while it is active.
bool is_plain(const Network& network, StateIndex index) {
  const State& state = network.states[index];
  return state.type == StateType::normal && state.resources.empty() && state.validate.empty() &&
         state.pre.empty() && state.post.empty() && state.invariant.empty() && state.on_entry.empty() &&
         state.transform.empty() && state.on_exit.empty() && !state.timeout &&
         std::none_of(state.arcs.begin(), state.arcs.end(), [](const Arc& arc) { return bool(arc.after); }) &&
         std::none_of(state.children.begin(), state.children.end(),
                      [&](StateIndex child) { return network.states[child].type == StateType::history; });
}

bool is_plain(const Route& route) {
  const Arc& arc = *route.arc;
  return route.fixed && arc.resources.empty() &&
         (!arc.condition || std::holds_alternative<GuardFunction>(arc.condition->test)) &&
         std::all_of(arc.actions.begin(), arc.actions.end(),
                     [](const Step& step) { return std::holds_alternative<CallFunction>(step.what); });
}

std::uint32_t depth_of(const Network& network, StateIndex state) {
  std::uint32_t depth = 0;
  for (; state != root; state = network.states[state].parent) ++depth;
  return depth;
}

// The classes of events that the state or one around it names; false if that does not say what may happen.
bool collect_events(const NetworkFacts& facts, StateIndex leaf, std::vector<std::uint32_t>& events) {
  for (StateIndex at = leaf; at != none; at = facts.network->states[at].parent) {
    const StateFacts& state = facts.states[at];
    if (!state.otherwise.empty() || (at != root && !is_plain(*facts.network, at))) return false;
    for (const StateFacts::Choices& choice : state.choices) {
      if (choice.event == eventless) return false;
      events.push_back(choice.event);
    }
  }
  std::sort(events.begin(), events.end());
  events.erase(std::unique(events.begin(), events.end()), events.end());
  return events.size() <= jumps_per_state;  // else let it be searched for
}

// What an event of the class may do in the state, in the order in which it is asked.
void add_jumps(const NetworkFacts& facts, StateIndex leaf, std::uint32_t event, std::vector<Jump>& jumps) {
  for (StateIndex at = leaf; at != none; at = facts.network->states[at].parent)
    for (const Route* route : facts.states[at].routes_of(event)) {
      Jump& jump = jumps.emplace_back(Jump{.event = event, .route = route});
      if (!is_plain(*route) || !route->arc->condition) return;  // later ones are not asked
      jump.guard = &std::get<GuardFunction>(route->arc->condition->test).function;
    }
}

// Where the jump ends, if that is all it takes to get there.
const Jump* destination(const NetworkFacts& facts, const Route& route, StateIndex leaf) {
  if (!is_plain(route)) return nullptr;
  const StateSet& entries = route.entries.states;
  for (const StateIndex state : entries)
    if (!is_plain(*facts.network, state)) return nullptr;
  const StateFacts& target = facts.states[entries.empty() ? leaf : entries.back()];
  return target.jumps.empty() ? nullptr : target.jumps.data();
}

}  // namespace

void list_jumps(NetworkFacts& facts) {
  const Network& network = *facts.network;
  for (const State& state : network.states)
    if (state.type == StateType::parallel) return;
  for (StateIndex leaf = root + 1; leaf < network.states.size(); ++leaf) {
    std::vector<std::uint32_t> events;
    if (!facts.states[leaf].atomic || !collect_events(facts, leaf, events)) continue;
    for (const std::uint32_t event : events) add_jumps(facts, leaf, event, facts.states[leaf].jumps);
    facts.states[leaf].jumps.emplace_back();
  }
  for (StateIndex leaf = root + 1; leaf < network.states.size(); ++leaf)
    for (Jump& jump : facts.states[leaf].jumps) {
      if (!jump.route) continue;
      jump.to = destination(facts, *jump.route, leaf);
      const bool moves = jump.route->domain != none;
      jump.kept = depth_of(network, moves ? jump.route->domain : leaf);
      jump.entries = jump.route->entries.states.data();
      jump.active = jump.kept + static_cast<std::uint32_t>(jump.route->entries.states.size());
      jump.first = facts.first;
    }
}

}  // namespace leasehold::fsm
