#include "lint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace leasehold::fsm {

namespace {

using Marks = std::vector<bool>;

// What may become active when `state` does: what it leads to, what is around it and what is in it. Rather too
// much than too little: a warning must be right.
std::vector<StateIndex> successors(const Network& network, StateIndex index) {
  const State& state = network.states[index];
  std::vector<StateIndex> next = state.initial;
  if (state.parent != none) next.push_back(state.parent);
  if (state.type == StateType::parallel)
    next.insert(next.end(), state.children.begin(), state.children.end());
  for (const Arc& arc : state.arcs) {
    next.insert(next.end(), arc.targets.begin(), arc.targets.end());
    if (arc.push && arc.push->return_state != none) next.push_back(arc.push->return_state);
  }
  for (const Catch& caught : state.catches)
    if (caught.target != none) next.push_back(caught.target);
  return next;
}

Marks reachable(const Network& network) {
  Marks marked(network.states.size());
  std::vector<StateIndex> open = {root};
  for (const Catch& caught : network.on_error)
    if (caught.target != none) open.push_back(caught.target);
  while (!open.empty()) {
    const StateIndex state = open.back();
    open.pop_back();
    if (marked[state]) continue;
    marked[state] = true;
    for (const StateIndex next : successors(network, state)) open.push_back(next);
  }
  return marked;
}

bool is_inside(const Network& network, StateIndex state, StateIndex around) noexcept {
  for (StateIndex at = network.states[state].parent; at != none; at = network.states[at].parent)
    if (at == around) return true;
  return false;
}

bool leads_on(const Arc& arc) noexcept {
  return !arc.targets.empty() || arc.push.has_value();
}
bool eventless(const Arc& arc) noexcept {
  return arc.events.empty() && !arc.after;
}
bool unconditional(const Arc& arc) noexcept {
  return !arc.condition || arc.condition->text == "true";
}
bool holds_whenever(const Arc& first, const Arc& later) noexcept {
  return unconditional(first) || (later.condition && first.condition->text == later.condition->text);
}

// Whether an arc that waits for `pattern` takes every event that one that waits for `other` does.
bool covers(std::string_view pattern, std::string_view other) noexcept {
  for (std::string_view* text : {&pattern, &other}) {
    if (text->ends_with(".*")) text->remove_suffix(2);
    if (text->ends_with('.')) text->remove_suffix(1);
  }
  return pattern == "*" || pattern == other ||
         (other.starts_with(pattern) && other.size() > pattern.size() && other[pattern.size()] == '.');
}

bool covers(const Arc& first, const Arc& later) {
  if (first.after || !holds_whenever(first, later)) return false;
  if (eventless(first)) return eventless(later) || leads_on(first);
  return !later.events.empty() &&
         std::all_of(later.events.begin(), later.events.end(), [&](const std::string& event) {
           return std::any_of(first.events.begin(), first.events.end(),
                              [&](const std::string& pattern) { return covers(pattern, event); });
         });
}

// The state that `index` stands for once entered: itself, or the one inside it that is entered by default.
StateIndex innermost(const Network& network, StateIndex index) {
  while (network.states[index].type == StateType::normal && network.states[index].initial.size() == 1 &&
         !network.states[index].children.empty())
    index = network.states[index].initial[0];
  return index;
}

// Where the state goes at once, whatever the data, by an arc of its own or else of one around it: none if
// that depends.
StateIndex forced_next(const Network& network, StateIndex index) {
  if (!network.states[index].children.empty()) return none;
  for (StateIndex at = index; at != root; at = network.states[at].parent) {
    const State& state = network.states[at];
    if (state.type == StateType::parallel || state.type == StateType::history) return none;
    const auto arc = std::find_if(state.arcs.begin(), state.arcs.end(), eventless);
    if (arc == state.arcs.end()) continue;
    if (!unconditional(*arc) || arc->push || arc->targets.size() != 1) return none;
    return innermost(network, arc->targets[0]);
  }
  return none;
}

Findings in_each_network(const Definition& definition, Findings (*find)(const Network&, const Definition&)) {
  Findings all;
  for (const Network& network : definition.networks)
    for (Finding& finding : find(network, definition)) all.push_back(std::move(finding));
  return all;
}

Findings unreachable_in(const Network& network, const Definition&) {
  Findings findings;
  const Marks marked = reachable(network);
  for (StateIndex i = 1; i < network.states.size(); ++i)
    if (!marked[i] && !network.states[i].run_on_failure &&
        (network.states[i].parent == root || marked[network.states[i].parent]))
      findings.push_back({network.states[i].position, errc::fsm_target,
                          fmt::format("nothing leads to the state '{}'", network.states[i].name),
                          "add an arc to it, or remove it"});
  return findings;
}

Findings without_end_in(const Network& network, const Definition& definition) {
  const std::size_t count = network.states.size();
  const auto ends = [&](StateIndex i) {
    return network.states[i].type == StateType::final && network.states[i].parent == root;
  };
  Marks good(count);
  bool any = false;
  for (StateIndex i = 1; i < count; ++i) any = (good[i] = ends(i)) || any;
  if (!any) {
    if (definition.event_driven) return {};  // it may be meant to run for ever
    return {{network.position, errc::fsm_target,
             fmt::format("the network '{}' has no final state", network.name),
             "add one: {name: done, type: final}"}};
  }
  std::vector<std::vector<StateIndex>> from(count);  // whose way may go on in this state
  for (StateIndex i = 1; i < count; ++i) {
    const State& state = network.states[i];
    if (state.parent != root) from[state.parent].push_back(i);
    for (const StateIndex child : state.children) from[child].push_back(i);
    for (const Arc& arc : state.arcs) {
      for (const StateIndex target : arc.targets) from[target].push_back(i);
      if (arc.push && arc.push->return_state != none) from[arc.push->return_state].push_back(i);
    }
  }
  std::vector<StateIndex> open;
  for (StateIndex i = 1; i < count; ++i)
    if (good[i]) open.push_back(i);
  while (!open.empty()) {
    const StateIndex at = open.back();
    open.pop_back();
    for (const StateIndex before : from[at]) {
      if (good[before]) continue;
      good[before] = true;
      open.push_back(before);
    }
  }
  std::vector<std::string> names;
  std::optional<Position> first;
  const Marks marked = reachable(network);
  for (StateIndex i = 1; i < count; ++i) {
    const State& state = network.states[i];
    if (!marked[i] || good[i] || state.type == StateType::history || state.type == StateType::final) continue;
    if (!first) first = state.position;
    names.push_back(fmt::format("'{}'", state.name));
  }
  if (names.empty()) return {};
  const std::string last = std::exchange(names.back(), {});
  names.pop_back();
  return {{*first, errc::fsm_target,
           names.empty() ? fmt::format("no path leads from the state {} to a final state", last)
                         : fmt::format("no path leads from the states {} and {} to a final state",
                                       fmt::join(names, ", "), last),
           "add an arc that does"}};
}

bool waits_for_errors(const Arc& arc) {
  return std::any_of(arc.events.begin(), arc.events.end(), [](const std::string& event) {
    return covers(event, "error") || covers("error", event);
  });
}

// Whether every innermost state inside that may be active has an arc, of its own or of a state around it
// inside this one, that is always taken before this arc.
bool shadowed_inside(const Network& network, StateIndex index, const Arc& arc, const Marks& marked) {
  if (waits_for_errors(arc)) return false;  // one may strike in the state itself
  bool any = false;
  for (StateIndex leaf = index + 1; leaf < network.states.size(); ++leaf) {
    if (!is_inside(network, leaf, index)) break;  // document order
    const State& state = network.states[leaf];
    if (!marked[leaf] || state.type == StateType::history || !state.children.empty()) continue;
    any = true;
    bool hidden = false;
    for (StateIndex at = leaf; at != index && !hidden; at = network.states[at].parent)
      hidden = std::any_of(network.states[at].arcs.begin(), network.states[at].arcs.end(),
                           [&](const Arc& inner) { return covers(inner, arc); });
    if (!hidden) return false;
  }
  return any;
}

Findings shadowed_in(const Network& network, const Definition&) {
  Findings findings;
  const Marks marked = reachable(network);
  for (StateIndex index = 1; index < network.states.size(); ++index)
    for (const Arc& arc : network.states[index].arcs)
      if (shadowed_inside(network, index, arc, marked))
        findings.push_back(
            {arc.position, errc::fsm_invalid,
             fmt::format("this arc is never taken: every state inside '{}' has one that always is",
                         network.states[index].name),
             "give one of those a condition, or remove this one"});
  constexpr std::size_t most = 1000;  // arcs of one state: each is compared with each
  for (const State& state : network.states)
    for (std::size_t later = 1; later < std::min(most, state.arcs.size()); ++later)
      for (std::size_t first = 0; first < later; ++first) {
        if (!covers(state.arcs[first], state.arcs[later])) continue;
        findings.push_back({state.arcs[later].position, errc::fsm_invalid,
                            fmt::format("this arc is never taken: the one in line {} always is",
                                        state.arcs[first].position.line),
                            "give that one a condition, or put this one before it"});
        break;
      }
  return findings;
}

Findings endless_in(const Network& network, const Definition&) {
  Findings findings;
  Marks seen(network.states.size());
  for (StateIndex start = 1; start < network.states.size(); ++start) {
    std::vector<StateIndex> path;
    StateIndex at = start;
    while (at != none && !seen[at]) {
      seen[at] = true;
      path.push_back(at);
      at = forced_next(network, at);
    }
    const auto loop = std::find(path.begin(), path.end(), at);
    if (at == none || loop == path.end()) continue;
    std::string names;
    for (auto state = loop; state != path.end(); ++state) names += network.states[*state].name + " -> ";
    findings.push_back(
        {network.states[*loop].position, errc::fsm_max_transitions,
         fmt::format("the states lead to each other without end: {}{}", names, network.states[at].name),
         "give one of the arcs a condition or an event"});
  }
  return findings;
}

}  // namespace

Findings unreachable_states(const Definition& definition, const Facts&) {
  return in_each_network(definition, unreachable_in);
}

Findings states_without_end(const Definition& definition, const Facts&) {
  return in_each_network(definition, without_end_in);
}

Findings shadowed_arcs(const Definition& definition, const Facts&) {
  return in_each_network(definition, shadowed_in);
}

Findings endless_cycles(const Definition& definition, const Facts&) {
  return in_each_network(definition, endless_in);
}

Findings unreachable_networks(const Definition& definition, const Facts&) {
  Marks used(definition.networks.size());
  std::vector<NetworkIndex> open = {definition.main};
  while (!open.empty()) {
    const NetworkIndex at = open.back();
    open.pop_back();
    if (used[at]) continue;
    used[at] = true;
    for (const State& state : definition.networks[at].states)
      for (const Arc& arc : state.arcs)
        if (arc.push && arc.push->network != none) open.push_back(arc.push->network);
  }
  Findings findings;
  for (NetworkIndex i = 0; i < used.size(); ++i)
    if (!used[i])
      findings.push_back({definition.networks[i].position, errc::fsm_target,
                          fmt::format("nothing runs the network '{}'", definition.networks[i].name),
                          fmt::format("push to it with target_network, or choose it with main: {}",
                                      definition.networks[i].name)});
  return findings;
}

Findings unused_policies(const Definition& definition, const Facts&) {
  Findings findings;
  for (const UnusedPolicy& policy : definition.unused_policies)
    findings.push_back({policy.position, errc::fsm_invalid,
                        fmt::format("the {} '{}' is used by nobody", policy.what, policy.name),
                        "refer to it in a state, or remove it"});
  return findings;
}

}  // namespace leasehold::fsm
