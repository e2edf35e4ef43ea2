#include "testing/situation.hpp"

#include <algorithm>

namespace leasehold::fsm {

namespace {

constexpr std::size_t most_waiting = 32;  // events: more are a loop

void keep(Level& level, const History& history) {
  level.history.clear();
  for (const Remembered& one : history) level.history.emplace_back(one.history, one.states);
  std::sort(level.history.begin(), level.history.end());
}

// A final state that is a child of the root ends the network.
StateIndex end_of(const Network& network, const Level& level) {
  for (const StateIndex state : level.configuration)
    if (network.states[state].parent == root && network.states[state].type == StateType::final) return state;
  return none;
}

std::string text_of(const Template& id) {
  return id.constant() && id.source().is_string() ? id.source().get<std::string>() : std::string();
}

void add(std::vector<std::string>& waiting, std::string event) {
  if (waiting.size() < most_waiting) waiting.push_back(std::move(event));
}

}  // namespace

History history_of(const Level& level) {
  History history;
  for (const auto& [state, states] : level.history) history.push_back({state, states});
  return history;
}

Situation Simulation::start() const {
  Situation situation;
  enter_network(situation, {.network = definition_.main});
  come_back(situation);
  return situation;
}

void Simulation::run(Situation& situation, const Steps& steps) const {
  for (const Step& step : steps) {
    if (const auto* raise = std::get_if<Raise>(&step.what)) {
      add(situation.raised, raise->event);
    } else if (const auto* send = std::get_if<Send>(&step.what)) {
      if (send->computed_after) continue;
      if (send->after == Duration::zero())
        add(situation.sent, send->event);
      else if (situation.pending.size() < most_waiting)
        situation.pending.push_back(
            {Pending::Kind::event, send->after, 0, none, 0, send->event, text_of(send->id)});
    } else if (const auto* cancel = std::get_if<Cancel>(&step.what)) {
      std::erase_if(situation.pending, [id = text_of(cancel->id)](const Pending& pending) {
        return pending.kind == Pending::Kind::event && !id.empty() && pending.id == id;
      });
    }
  }
}

void Simulation::leave(Situation& situation, StateIndex state) const {
  const std::size_t depth = situation.stack.size() - 1;
  run(situation, network(situation.stack.back()).states[state].on_exit);
  std::erase_if(situation.pending, [&](const Pending& pending) {
    return pending.kind != Pending::Kind::event && pending.level == depth && pending.state == state;
  });
  Level& level = situation.stack.back();
  erase(level.configuration, state);
  if (level.resume == state) level.resume = none, level.resume_from = 0;
}

void Simulation::enter(Situation& situation, const EntrySet& entries) const {
  const Network& chart = network(situation.stack.back());
  const std::size_t depth = situation.stack.size() - 1;
  for (const StateIndex index : entries.states) {
    const State& state = chart.states[index];
    insert(situation.stack.back().configuration, index);
    run(situation, state.on_entry);
    run(situation, state.transform);
    if (state.timeout) situation.pending.push_back({Pending::Kind::timeout, *state.timeout, depth, index});
    for (std::size_t i = 0; i < state.arcs.size(); ++i)
      if (state.arcs[i].after)
        situation.pending.push_back({Pending::Kind::arc, *state.arcs[i].after, depth, index, i});
    if (state.type == StateType::final && state.parent != root) {
      add(situation.raised, std::string(done_state) + chart.states[state.parent].name);
      for (StateIndex outer = chart.states[state.parent].parent;
           outer != root && chart.states[outer].type == StateType::parallel &&
           is_in_final_state(chart, situation.stack.back().configuration, outer);
           outer = chart.states[outer].parent)
        add(situation.raised, std::string(done_state) + chart.states[outer].name);
    }
    for (const StateIndex by_default : entries.defaults) {
      const State& its = chart.states[by_default];
      if (by_default == index || (its.type == StateType::history && its.parent == index))
        run(situation, its.initial_actions);
    }
  }
}

void Simulation::enter_network(Situation& situation, Level level) const {
  EntrySet entries;
  add_completion(network(level), {}, {}, entries);
  situation.stack.push_back(std::move(level));
  enter(situation, entries);
}

// Leaves what is below the domains, acts, and enters the targets.
void Simulation::go(Situation& situation,
                    const std::vector<std::pair<StateIndex, std::vector<StateIndex>>>& ways,
                    const std::vector<const Arc*>& acting) const {
  const Network& chart = network(situation.stack.back());
  History history = history_of(situation.stack.back());
  StateSet exits;
  for (const auto& [domain, targets] : ways)
    add_exit_set(chart, situation.stack.back().configuration, domain, exits);
  remember(chart, situation.stack.back().configuration, exits, history);
  keep(situation.stack.back(), history);
  for (auto state = exits.rbegin(); state != exits.rend(); ++state) leave(situation, *state);
  for (const Arc* const arc : acting) run(situation, arc->actions);
  EntrySet entries;
  for (const auto& [domain, targets] : ways)
    if (!targets.empty()) add_entry_set(chart, targets, domain, history, entries);
  enter(situation, entries);
}

void Simulation::microstep(Situation& situation, const Selection& arcs) const {
  const Level& level = situation.stack.back();
  std::vector<std::pair<StateIndex, std::vector<StateIndex>>> ways;
  std::vector<const Arc*> acting;
  const Selected* pushing = nullptr;
  for (const Selected& selected : arcs) {
    if (selected.arc->push) {
      pushing = &selected;
      continue;
    }
    acting.push_back(selected.arc);
    if (!selected.arc->targets.empty())
      ways.emplace_back(domain_of(network(level), *selected.arc, history_of(level)), selected.arc->targets);
  }
  go(situation, ways, acting);
  if (pushing) {
    run(situation, pushing->arc->actions);
    enter_network(situation, {.network = pushing->arc->push->network,
                              .pushed_from = pushing->arc->source,
                              .pushed_arc = pushing->index});
  }
  come_back(situation);
}

// Networks that have ended come back, as far as they do; an empty stack is the end.
void Simulation::come_back(Situation& situation) const {
  while (!situation.stack.empty()) {
    const Level inner = situation.stack.back();
    const StateIndex last = end_of(network(inner), inner);
    if (last == none) return;
    if (situation.stack.size() == 1) {
      situation = {{}, network(inner).states[last].name};
      return;
    }
    for (auto state = inner.configuration.rbegin(); state != inner.configuration.rend(); ++state)
      leave(situation, *state);
    situation.stack.pop_back();
    Level& level = situation.stack.back();
    const Arc& arc = network(level).states[inner.pushed_from].arcs[inner.pushed_arc];
    std::vector<StateIndex> targets = arc.targets;
    if (arc.push->return_state != none) targets = {arc.push->return_state};
    if (targets.empty()) {
      level.resume = inner.pushed_from;
      level.resume_from = inner.pushed_arc + 1;
    } else {
      go(situation, {{common_ancestor(network(level), arc.source, targets), targets}}, {});
    }
  }
}

std::vector<std::string> Simulation::innermost(const Situation& situation) const {
  std::vector<std::string> names;
  for (const Level& level : situation.stack)
    for (const StateIndex state : level.configuration)
      if (is_atomic(network(level), state))
        names.push_back(network(level).name + "." + network(level).states[state].name);
  return names;
}

std::string event_for(const std::string& descriptor) {
  if (descriptor == "*") return "anything";
  return descriptor.ends_with(".*") ? descriptor.substr(0, descriptor.size() - 2) : descriptor;
}

}  // namespace leasehold::fsm
