#include "execution/jump.hpp"

#include "execution/table.hpp"

#include <algorithm>

namespace leasehold::fsm {

namespace {

constexpr std::size_t jumps_per_state = 64;

// Whether nothing happens by itself while the state is active.
bool is_quiet(const State& state) {
  return state.type == StateType::normal && state.invariant.empty() && !state.timeout;
}

// Whether what happens when it is entered is to have its leases and to run its functions, and nothing but the
// end of the leases when it is left.
bool is_light(const Network& network, const StateFacts& facts, StateIndex index) {
  const State& state = network.states[index];
  return is_quiet(state) && !facts.checked && !facts.timed && !state.retry && state.catches.empty() &&
         state.initial_actions.empty() && state.on_exit.empty() &&
         std::none_of(state.children.begin(), state.children.end(),
                      [&](StateIndex child) { return network.states[child].type == StateType::history; });
}

// Of a route from the leaf to where nothing happens by itself.
JumpKind kind_of(const NetworkFacts& facts, const Route& route, StateIndex leaf) {
  const Network& network = *facts.network;
  const Arc& arc = *route.arc;
  const auto light = [&](StateIndex state) { return is_light(network, facts.states[state], state); };
  bool returns = false;  // a lease
  for (StateIndex left = leaf; route.domain != none && left != route.domain;
       left = network.states[left].parent) {
    if (!light(left)) return JumpKind::full;
    returns = returns || !network.states[left].resources.empty();
  }
  const StateSet& entries = route.entries.states;
  if (!arc.resources.empty() || !calls_only(arc.actions) || route.hands_over ||
      !std::all_of(entries.begin(), entries.end(), light) ||
      (returns && !arc.actions.empty()))  // which may use it
    return JumpKind::full;
  const bool enters = !std::all_of(entries.begin(), entries.end(),
                                   [&](StateIndex state) { return facts.states[state].inert; });
  if (returns || enters) return JumpKind::light;
  return JumpKind::plain;
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
    if (!state.otherwise.empty() || (at != root && !is_quiet(facts.network->states[at]))) return false;
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
      Jump& jump = jumps.emplace_back(Jump{.event = event, .route = route, .source = at});
      jump.source_name = facts.network->states[at].name;
      if (!route->arc->condition) return;  // later ones are not asked
      jump.conditional = true;
      if (const auto* guard = std::get_if<GuardFunction>(&route->arc->condition->test))
        jump.guard = &guard->function;
    }
}

// The jumps of the state where the route ends, if nothing happens there by itself.
const Jump* destination(const NetworkFacts& facts, const Route& route, StateIndex leaf) {
  if (!route.fixed) return nullptr;
  const StateSet& entries = route.entries.states;
  const StateFacts& target = facts.states[entries.empty() ? leaf : entries.back()];
  return target.jumps.empty() ? nullptr : target.jumps.data();
}

}  // namespace

bool calls_only(const Steps& steps) {
  return std::all_of(steps.begin(), steps.end(),
                     [](const Step& step) { return std::holds_alternative<CallFunction>(step.what); });
}

void list_jumps(NetworkFacts& facts) {
  const Network& network = *facts.network;
  if (facts.has_regions) return;
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
      if (!jump.to) continue;
      jump.kind = kind_of(facts, *jump.route, leaf);
      const bool moves = jump.route->domain != none;
      jump.kept = depth_of(network, moves ? jump.route->domain : leaf);
      jump.entries = jump.route->entries.states.data();
      jump.active = jump.kept + static_cast<std::uint32_t>(jump.route->entries.states.size());
      jump.level = jump.active == depth_of(network, leaf);
      jump.swaps = jump.level && jump.active == jump.kept + 1;
      jump.first = facts.first;
      if (jump.active > jump.kept) {
        jump.entry = *jump.entries;
        jump.facts = &facts.states[jump.entry];
      }
      jump.inert = jump.swaps && jump.facts->inert;
      jump.acts = !jump.route->arc->actions.empty();
      const bool mute = !jump.conditional && !jump.acts;
      if (jump.kind == JumpKind::light && jump.swaps && mute) jump.kind = JumpKind::visit;
      if (jump.kind != JumpKind::plain || !jump.level || jump.active == jump.kept) continue;
      if (mute) jump.kind = JumpKind::mere;
    }
}

}  // namespace leasehold::fsm
