#include "lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace leasehold::fsm {

namespace {

using Names = std::set<std::string>;

// What is held in a state before its own resources: its network's and those of the states around it.
Names held_outside(const Network& network, StateIndex index) {
  Names names;
  for (const ResourceRequirement& requirement : network.resources) names.insert(requirement.name);
  for (StateIndex at = network.states[index].parent; at != none; at = network.states[at].parent)
    for (const ResourceRequirement& requirement : network.states[at].resources)
      names.insert(requirement.name);
  return names;
}

Names held_in(const Network& network, StateIndex index) {
  Names names = held_outside(network, index);
  for (const ResourceRequirement& requirement : network.states[index].resources)
    names.insert(requirement.name);
  return names;
}

// `second` is acquired somewhere while `first` is held.
struct Order {
  std::map<std::pair<std::string, std::string>, Position> places;

  void add(const Names& held, const std::vector<ResourceRequirement>& wanted, Position where) {
    for (const ResourceRequirement& requirement : wanted) {
      if (held.contains(requirement.name)) continue;  // already there: nothing is waited for
      for (const std::string& name : held) places.emplace(std::pair(name, requirement.name), where);
    }
  }
};

// Entering `target` from `source`: what both need stays held while the rest is acquired.
void add_hand_over(const Network& network, StateIndex source, StateIndex target, Position where,
                   Order& order) {
  const Names before = held_in(network, source), after = held_in(network, target);
  Names kept;
  std::set_intersection(before.begin(), before.end(), after.begin(), after.end(),
                        std::inserter(kept, kept.end()));
  order.add(kept, network.states[target].resources, where);
}

Order acquisition_order(const Definition& definition) {
  Order order;
  for (const Network& network : definition.networks) {
    for (StateIndex i = 1; i < network.states.size(); ++i) {
      const State& state = network.states[i];
      const Names held = held_in(network, i);
      order.add(held_outside(network, i), state.resources, state.position);
      for (const Arc& arc : state.arcs) {
        order.add(held, arc.resources, arc.position);
        for (const StateIndex target : arc.targets) add_hand_over(network, i, target, arc.position, order);
        if (!arc.push || arc.push->network == none) continue;
        const Network& pushed = definition.networks[arc.push->network];
        Names outer;  // the caller's own stay held while the other network runs
        for (const ResourceRequirement& requirement : network.resources) outer.insert(requirement.name);
        order.add(outer, pushed.resources, arc.position);
        for (const State& inner : pushed.states) order.add(outer, inner.resources, inner.position);
      }
    }
  }
  return order;
}

std::size_t demand(const Network& network, StateIndex index, const std::string& resource) {
  const State& state = network.states[index];
  for (const ResourceRequirement& requirement : state.resources)
    if (requirement.name == resource) return 1;
  std::size_t sum = 0, most = 0;
  for (const StateIndex child : state.children) {
    const std::size_t inside = demand(network, child, resource);
    sum += inside;
    most = std::max(most, inside);
  }
  return state.type == StateType::parallel ? sum : most;
}

}  // namespace

Findings acquires_longer_than_states(const Network& network) {
  Findings findings;
  for (const State& state : network.states)
    for (const ResourceRequirement& requirement : state.resources)
      if (state.timeout && requirement.timeout && *requirement.timeout > *state.timeout)
        findings.push_back({state.position, errc::config_value,
                            fmt::format("the state '{}' may wait {} for '{}' but ends after {}", state.name,
                                        format_duration(*requirement.timeout), requirement.name,
                                        format_duration(*state.timeout)),
                            "lower the timeout of the resource, or raise that of the state"});
  return findings;
}

Findings lock_order_cycles(const Definition& definition, const Facts& facts) {
  Order order = acquisition_order(definition);
  std::erase_if(order.places, [&facts](const auto& entry) {
    const auto waits = [&facts](const std::string& name) {
      const auto found = facts.find(name);
      return found == facts.end() || found->second.exclusive;
    };
    return !waits(entry.first.first) || !waits(entry.first.second);
  });
  constexpr std::size_t most = 10'000;  // more resources than that in one another are no machine to lint
  if (order.places.size() > most) return {};
  // From where to where one gets, with the first step of the way.
  std::map<std::pair<std::string, std::string>, std::string> ways;
  for (const auto& [pair, where] : order.places) ways.emplace(pair, pair.second);
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [pair, where] : order.places) {
      std::vector<std::string> further;
      for (const auto& [way, step] : ways)
        if (way.first == pair.second) further.push_back(way.second);
      for (const std::string& end : further)
        changed = ways.emplace(std::pair(pair.first, end), pair.second).second || changed;
    }
  }
  Findings findings;
  Names told;
  for (const auto& [pair, where] : order.places) {
    if (!ways.contains({pair.second, pair.first}) || told.contains(pair.first) || told.contains(pair.second))
      continue;
    std::string message;
    std::string at = pair.first, next = pair.second;
    for (;;) {
      told.insert(at);
      message += fmt::format("{}'{}' is acquired while '{}' is held (line {})", message.empty() ? "" : ", ",
                             next, at, order.places.at({at, next}).line);
      at = next;
      if (at == pair.first || told.contains(at)) break;
      next = ways.at({at, pair.first});
    }
    findings.push_back({where, errc::acquire_deadlock,
                        fmt::format("executions can wait for each other: {}", message),
                        "acquire them together, in one state or in the network"});
  }
  return findings;
}

Findings pools_too_small(const Network& network, const Facts& facts) {
  Findings findings;
  for (const auto& [name, known] : facts) {
    if (!known.exclusive || known.pool_size == 0) continue;
    const bool held = std::any_of(network.resources.begin(), network.resources.end(),
                                  [&n = name](const ResourceRequirement& r) { return r.name == n; });
    const std::size_t wanted = held ? 1 : demand(network, root, name);
    if (wanted > known.pool_size)
      findings.push_back(
          {network.position, errc::acquire_deadlock,
           fmt::format("one execution of the network '{}' holds {} of '{}' at once, but its pool has {}",
                       network.name, wanted, name, known.pool_size),
           fmt::format("raise pool: {{max_size: {}}}, or hold it in the state around", wanted)});
  }
  return findings;
}

}  // namespace leasehold::fsm
