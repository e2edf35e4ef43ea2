// The order in which the ways through a machine acquire resources, and whether two ways contradict.

#include "lint.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

using Names = std::set<std::string>;
constexpr std::size_t most_pairs = 10'000;   // more resources than that in one another are no machine to lint
constexpr std::size_t most_contexts = 1000;  // ways in which networks are pushed

void add(Names& names, const std::vector<ResourceRequirement>& requirements) {
  for (const ResourceRequirement& requirement : requirements) names.insert(requirement.name);
}

class Order {
 public:
  explicit Order(const Facts& facts) : facts_(facts) {}

  // `wanted` is acquired while `held` is held.
  void add(const Names& held, const std::vector<ResourceRequirement>& wanted, Position where) {
    for (const ResourceRequirement& requirement : wanted) {
      if (held.contains(requirement.name)) continue;  // already there: nothing is waited for
      if (!is_waited_for(requirement.name)) continue;
      for (const std::string& name : held)
        if (is_waited_for(name)) places_.emplace(std::pair(name, requirement.name), where);
    }
  }

  using Pair = std::pair<std::string, std::string>;  // held, acquired
  const std::map<Pair, Position>& places() const noexcept { return places_; }

 private:
  bool is_waited_for(const std::string& name) const {
    const auto found = facts_.find(name);
    return found == facts_.end() || found->second.exclusive;
  }

  const Facts& facts_;
  std::map<Pair, Position> places_;
};

// One network, pushed by others that hold `outer`.
class Walk {
 public:
  Walk(const Network& network, const Names& outer, Order& order)
      : network_(network), outer_(outer), order_(order) {}

  // What is held in a state before its own resources: its network's and those of the states around it.
  Names held_outside(StateIndex index) const {
    Names names = outer_;
    add(names, network_.resources);
    for (StateIndex at = network_.states[index].parent; at != none; at = network_.states[at].parent)
      add(names, network_.states[at].resources);
    return names;
  }
  Names held_in(StateIndex index) const {
    Names names = held_outside(index);
    add(names, network_.states[index].resources);
    return names;
  }

  void visit(StateIndex index) {
    const State& state = network_.states[index];
    order_.add(held_outside(index), state.resources, state.position);
    const Names held = held_in(index);
    for (const Arc& arc : state.arcs) {
      if (!arc.actions.empty()) order_.add(held, arc.resources, arc.position);
      for (const StateIndex target : arc.targets) hand_over(index, target, arc.position);
      if (arc.push && arc.push->return_state != none) hand_over(index, arc.push->return_state, arc.position);
    }
  }

 private:
  // What the states that are left and those that are entered both need stays held while the rest is acquired.
  void hand_over(StateIndex source, StateIndex target, Position where) {
    std::vector<StateIndex> entered = {target};
    for (std::size_t i = 0; i < entered.size() && i < network_.states.size(); ++i) {
      const State& state = network_.states[entered[i]];
      const auto& inside = state.type == StateType::parallel ? state.children : state.initial;
      entered.insert(entered.end(), inside.begin(), inside.end());
    }
    for (StateIndex at = network_.states[target].parent; at != root && at != none;
         at = network_.states[at].parent)
      if (!around(at, source)) entered.push_back(at);
    Names wanted, kept;
    for (const StateIndex state : entered) add(wanted, network_.states[state].resources);
    const Names before = held_in(source);
    std::set_intersection(before.begin(), before.end(), wanted.begin(), wanted.end(),
                          std::inserter(kept, kept.end()));
    for (const StateIndex state : entered) order_.add(kept, network_.states[state].resources, where);
  }

  bool around(StateIndex outer, StateIndex inner) const {
    for (StateIndex at = inner; at != none; at = network_.states[at].parent)
      if (at == outer) return true;
    return false;
  }

  const Network& network_;
  const Names& outer_;
  Order& order_;
};

Order acquisition_order(const Definition& definition, const Facts& facts) {
  Order order(facts);
  std::set<std::pair<NetworkIndex, Names>> seen;
  std::vector<std::pair<NetworkIndex, Names>> open = {{definition.main, Names()}};  // others are pushed
  while (!open.empty() && seen.size() < most_contexts) {
    const auto context = seen.insert(std::move(open.back()));
    open.pop_back();
    if (!context.second) continue;
    const auto& [index, outer] = *context.first;
    const Network& network = definition.networks[index];
    order.add(outer, network.resources, network.position);
    Walk walk(network, outer, order);
    for (StateIndex i = 1; i < network.states.size(); ++i) {
      walk.visit(i);
      for (const Arc& arc : network.states[i].arcs)
        if (arc.push && arc.push->network != none) open.emplace_back(arc.push->network, walk.held_in(i));
    }
  }
  return order;
}

}  // namespace

Findings lock_order_cycles(const Definition& definition, const Facts& facts) {
  const Order order = acquisition_order(definition, facts);
  const std::map<Order::Pair, Position>& places = order.places();
  if (places.size() > most_pairs) return {};
  // From where to where one gets, with the first step of the way.
  std::map<Order::Pair, std::string> ways;
  for (const auto& [pair, where] : places) ways.emplace(pair, pair.second);
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [pair, where] : places) {
      std::vector<std::string> further;
      for (const auto& [way, step] : ways)
        if (way.first == pair.second) further.push_back(way.second);
      for (const std::string& end : further)
        changed = ways.emplace(std::pair(pair.first, end), pair.second).second || changed;
    }
  }
  Findings findings;
  Names told;
  for (const auto& [pair, where] : places) {
    if (!ways.contains({pair.second, pair.first}) || told.contains(pair.first) || told.contains(pair.second))
      continue;
    std::string message;
    std::string at = pair.first, next = pair.second;
    for (;;) {
      told.insert(at);
      message += fmt::format("{}'{}' is acquired while '{}' is held (line {})", message.empty() ? "" : ", ",
                             next, at, places.at({at, next}).line);
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

}  // namespace leasehold::fsm
