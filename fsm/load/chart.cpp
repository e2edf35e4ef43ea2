#include "chart.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

class Chart {
 public:
  Chart(Loading& loading, const Draft& draft)
      : draft_(draft), network_(draft.network(loading)), diagnostics_(loading.diagnostics) {}

  void check() {
    for (StateIndex i = 1; i < network_.states.size(); ++i) {
      switch (state(i).type) {
        case StateType::final:
          check_final(i);
          break;
        case StateType::history:
          check_history(i);
          break;
        case StateType::parallel:
          check_parallel(i);
          break;
        case StateType::normal:
          break;
      }
      refuse_misplaced_keys(i);
    }
    for (StateIndex i = 0; i < network_.states.size(); ++i) settle_initial(i);
    for (StateIndex i = 1; i < network_.states.size(); ++i)
      if (state(i).type == StateType::history) settle_default(i);
    for (StateIndex i = 0; i < network_.states.size(); ++i) {
      check_together(state(i).initial, state(i).position);
      for (const Arc& arc : state(i).arcs) check_together(arc.targets, arc.position);
    }
  }

 private:
  State& state(StateIndex index) { return network_.states[index]; }
  const Mapping& mapping(StateIndex index) const { return draft_.states[index]; }

  static bool says_something(const yaml::Node* value) {
    return value && !(value->is(yaml::Node::Kind::sequence) && value->items.empty());
  }

  void refuse_misplaced_keys(StateIndex index) {
    const auto refuse = [&](const char* key, const std::string& why) {
      if (says_something(mapping(index).find(key)))
        diagnostics_.error(errc::fsm_invalid, mapping(index).key_position(key),
                           fmt::format("'{}' {}", key, why), "remove it");
    };
    for (const OnlyIn& only : only_in)
      if (state(index).type != only.type) refuse(only.key, fmt::format("is for {}", only.states));
    for (const NeverIn& never : never_in)
      if (state(index).type == never.type) refuse(never.key, fmt::format("cannot be in {}", never.state));
  }

  bool inside(StateIndex index, StateIndex ancestor) {
    for (StateIndex at = state(index).parent; at != none; at = state(at).parent)
      if (at == ancestor) return true;
    return false;
  }

  void check_final(StateIndex index) {
    if (state(index).done_data && state(index).parent == root)
      diagnostics_.error(
          errc::fsm_invalid, mapping(index).key_position("data"),
          fmt::format("the final state '{}' ends its network, which raises no event", state(index).name),
          "write transform: {jq: ...}, which makes the data of the result");
    if (!state(index).arcs.empty())
      diagnostics_.error(errc::fsm_invalid, state(index).arcs.front().position,
                         fmt::format("the final state '{}' has an arc", state(index).name),
                         "remove the arc, or the type: final");
    if (state(state(index).parent).type == StateType::parallel)
      diagnostics_.error(
          errc::fsm_invalid, state(index).position,
          fmt::format("'{}' cannot be a final state: its parent is parallel", state(index).name),
          "put it inside a state of the parallel one");
  }

  void check_history(StateIndex index) {
    State& history = state(index);
    if (history.parent == root)
      diagnostics_.error(errc::fsm_invalid, history.position,
                         fmt::format("the history '{}' is in no state", history.name),
                         "put it inside the state whose history it is");
    if (history.arcs.size() == 1 && history.initial.empty()) history.initial = history.arcs.front().targets;
    if (!history.arcs.empty() && (history.arcs.size() > 1 || !history.arcs[0].events.empty() ||
                                  history.arcs[0].after || history.arcs[0].condition || history.arcs[0].push))
      diagnostics_.error(
          errc::fsm_invalid, history.arcs.back().position,
          fmt::format("the history '{}' has one arc at most, without event or condition", history.name),
          "write initial: the state to enter when there is no history yet");
    if (!history.arcs.empty()) {
      if (!history.arcs[0].resources.empty())
        diagnostics_.error(errc::fsm_invalid, history.arcs[0].position,
                           fmt::format("the arc of the history '{}' has resources of its own", history.name),
                           "declare them in the state around it");
      history.initial_actions = std::move(history.arcs[0].actions);
    }
    history.arcs.clear();
  }

  void check_parallel(StateIndex index) {
    const auto& children = state(index).children;
    if (std::none_of(children.begin(), children.end(),
                     [this](StateIndex child) { return state(child).type != StateType::history; }))
      diagnostics_.error(errc::fsm_invalid, state(index).position,
                         fmt::format("the parallel state '{}' has no states", state(index).name),
                         "add them under states");
  }

  // The child that says is_start, if any does.
  StateIndex flagged_start(StateIndex index) {
    StateIndex start = none;
    for (const StateIndex child : state(index).children) {
      bool flag = false;
      mapping(child).read("is_start", flag);
      if (mapping(child).has("is_start"))
        diagnostics_.note(mapping(child).key_position("is_start"), "'is_start' is an older key",
                          !flag ? std::string("leave it out")
                          : index == root
                              ? fmt::format("write initial: {} in the network", state(child).name)
                              : fmt::format("write initial: {} in the state around it", state(child).name));
      if (!flag) continue;
      if (start != none)
        diagnostics_.error(errc::fsm_invalid, mapping(child).key_position("is_start"),
                           fmt::format("'{}' is a start already", state(start).name), "keep one of them");
      start = child;
    }
    return start;
  }

  void settle_initial(StateIndex index) {
    State& parent = state(index);
    if (parent.type == StateType::history) return;
    const StateIndex start = flagged_start(index);
    if (parent.type != StateType::normal) return;
    const bool given = mapping(index).has("initial");
    for (const StateIndex initial : parent.initial)
      if (!inside(initial, index))
        diagnostics_.error(
            errc::fsm_target, mapping(index).find("initial")->position,
            fmt::format("the initial state '{}' is not inside '{}'", state(initial).name, parent.name),
            "name a state inside it");
    if (parent.children.empty()) {
      if (given && index != root)
        diagnostics_.error(errc::fsm_invalid, mapping(index).key_position("initial"),
                           fmt::format("the state '{}' has no states inside", parent.name), "remove initial");
      return;
    }
    if (start != none && given && (parent.initial.size() != 1 || parent.initial[0] != start))
      diagnostics_.error(errc::fsm_invalid, mapping(start).key_position("is_start"),
                         fmt::format("is_start of '{}' contradicts initial", state(start).name),
                         "remove is_start");
    if (given) return;
    if (start != none) {
      parent.initial = {start};
    } else {  // as SCXML: the first in document order
      for (const StateIndex child : parent.children) {
        if (state(child).type == StateType::history) continue;
        parent.initial = {child};
        break;
      }
    }
  }

  // What a history stands for when there is nothing to remember: as given, else what its parent starts with.
  void settle_default(StateIndex index) {
    State& history = state(index);
    const State& parent = state(history.parent);
    for (const StateIndex target : history.initial) {
      if (history.parent != root && !inside(target, history.parent))
        diagnostics_.error(errc::fsm_target, history.position,
                           fmt::format("the history '{}' starts with '{}', which is not inside '{}'",
                                       history.name, state(target).name, parent.name),
                           "name a state inside it");
      if (state(target).type == StateType::history)
        diagnostics_.error(
            errc::fsm_target, history.position,
            fmt::format("the history '{}' starts with the history '{}'", history.name, state(target).name),
            "name a state that can be entered");
    }
    if (!history.initial.empty()) return;
    history.initial = parent.initial;
    const bool usable =
        !history.initial.empty() &&
        std::none_of(history.initial.begin(), history.initial.end(),
                     [this](StateIndex start) { return state(start).type == StateType::history; });
    if (usable) {  // as if the parent were entered by default
      if (history.initial_actions.empty()) history.initial_actions = parent.initial_actions;
      return;
    }
    history.initial.clear();
    for (const StateIndex child : parent.children)
      if (state(child).type != StateType::history &&
          (parent.type == StateType::parallel || history.initial.empty()))
        history.initial.push_back(child);
  }

  // Several states can be active together only in different regions.
  void check_together(const std::vector<StateIndex>& targets, Position position) {
    for (std::size_t i = 1; i < targets.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (together(targets[j], targets[i])) continue;
        diagnostics_.error(errc::fsm_target, position,
                           fmt::format("'{}' and '{}' cannot be entered together", state(targets[j]).name,
                                       state(targets[i]).name),
                           "name states of different regions of a parallel state");
        return;
      }
    }
  }

  bool together(StateIndex one, StateIndex other) {
    if (one == other || inside(one, other) || inside(other, one)) return false;
    StateIndex common = state(one).parent;
    while (common != root && !inside(other, common)) common = state(common).parent;
    const auto all_of_it =
        [&](StateIndex target) {  // the history of the parallel state is all of its regions
          return state(target).type == StateType::history && state(target).parent == common;
        };
    return state(common).type == StateType::parallel && !all_of_it(one) && !all_of_it(other);
  }

  const Draft& draft_;
  Network& network_;
  Diagnostics& diagnostics_;
};

}  // namespace

void check_chart(Loading& loading, const Draft& draft) {
  Chart(loading, draft).check();
}

}  // namespace leasehold::fsm
