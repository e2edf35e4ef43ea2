#include "execution/chart.hpp"

#include <algorithm>

namespace leasehold::fsm {

namespace {

bool is_parallel(const Network& network, StateIndex state) noexcept {
  return network.states[state].type == StateType::parallel;
}

bool has_descendant(const Network& network, const StateSet& set, StateIndex of) {
  return std::any_of(set.begin(), set.end(),
                     [&](StateIndex state) { return is_descendant(network, state, of); });
}

const StateSet* find_remembered(const History& history, StateIndex state) noexcept {
  for (const Remembered& remembered : history)
    if (remembered.history == state) return &remembered.states;
  return nullptr;
}

// The default of a compound state, or what a history state stands for.
std::vector<StateIndex> default_targets(const Network& network, StateIndex state) {
  const State& from = network.states[state];
  if (!from.initial.empty()) return from.initial;
  for (const StateIndex child : from.children)
    if (!is_history(network, child)) return {child};
  return {};
}

// The entry set, grown as SCXML's addDescendantStatesToEnter and addAncestorStatesToEnter do.
class Entering {
 public:
  Entering(const Network& network, const History& history, StateIndex domain, EntrySet& entries)
      : network_(network), history_(history), domain_(domain), entries_(entries) {}

  void with_descendants(StateIndex state) {
    if (is_history(network_, state)) {
      const StateIndex parent = network_.states[state].parent;
      const StateSet* remembered = find_remembered(history_, state);
      if (!remembered) insert(entries_.defaults, state);
      with_ancestors(remembered ? *remembered : default_targets(network_, state), parent);
      return;
    }
    insert(entries_.states, state);
    if (is_parallel(network_, state)) {
      missing_regions(state);
    } else if (is_compound(network_, state)) {
      insert(entries_.defaults, state);
      with_ancestors(default_targets(network_, state), state);
    }
  }

  // Every target with its descendants, and the ancestors of each below `outermost` and the domain.
  void with_ancestors(const std::vector<StateIndex>& targets, StateIndex outermost) {
    for (const StateIndex target : targets) with_descendants(target);
    for (const StateIndex target : targets) {
      // A history state itself is never entered; its parent is.
      for (StateIndex at = network_.states[target].parent;
           at != outermost && is_descendant(network_, at, domain_); at = network_.states[at].parent) {
        insert(entries_.states, at);
        if (is_parallel(network_, at)) missing_regions(at);
      }
    }
  }

  void missing_regions(StateIndex parallel) {
    for (const StateIndex child : network_.states[parallel].children)
      if (!is_history(network_, child) && !contains(entries_.states, child) &&
          !has_descendant(network_, entries_.states, child))
        with_descendants(child);
  }

 private:
  const Network& network_;
  const History& history_;
  const StateIndex domain_;
  EntrySet& entries_;
};

}  // namespace

bool contains(const StateSet& set, StateIndex state) noexcept {
  return std::binary_search(set.begin(), set.end(), state);
}

void insert(StateSet& set, StateIndex state) {
  if (set.empty() || set.back() < state) return set.push_back(state);
  const auto at = std::lower_bound(set.begin(), set.end(), state);
  if (at == set.end() || *at != state) set.insert(at, state);
}

void erase(StateSet& set, StateIndex state) noexcept {
  if (!set.empty() && set.back() == state) return set.pop_back();
  const auto at = std::lower_bound(set.begin(), set.end(), state);
  if (at != set.end() && *at == state) set.erase(at);
}

bool is_descendant(const Network& network, StateIndex state, StateIndex of) noexcept {
  for (StateIndex at = network.states[state].parent; at != none; at = network.states[at].parent)
    if (at == of) return true;
  return false;
}

bool is_atomic(const Network& network, StateIndex state) noexcept {
  return !is_parallel(network, state) && !is_compound(network, state) && !is_history(network, state);
}

bool is_compound(const Network& network, StateIndex state) noexcept {
  const State& at = network.states[state];
  return at.type == StateType::normal &&
         std::any_of(at.children.begin(), at.children.end(),
                     [&](StateIndex child) { return !is_history(network, child); });
}

StateSet effective_targets(const Network& network, const Arc& arc, const History& history) {
  StateSet targets;
  const auto add = [&](const auto& self, const std::vector<StateIndex>& states) -> void {
    for (const StateIndex state : states) {
      if (!is_history(network, state)) {
        insert(targets, state);
      } else if (const StateSet* remembered = find_remembered(history, state)) {
        for (const StateIndex inside : *remembered) insert(targets, inside);
      } else {
        self(self, default_targets(network, state));
      }
    }
  };
  add(add, arc.targets);
  return targets;
}

StateIndex common_ancestor(const Network& network, StateIndex source,
                           const std::vector<StateIndex>& targets) {
  for (StateIndex at = network.states[source].parent; at != none && at != root;
       at = network.states[at].parent)
    if (is_compound(network, at) && std::all_of(targets.begin(), targets.end(), [&](StateIndex target) {
          return is_descendant(network, target, at);
        }))
      return at;
  return root;
}

StateIndex domain_of(const Network& network, const Arc& arc, const History& history) {
  if (arc.targets.empty()) return none;
  // Among the root's children every transition acts below the root.
  if (arc.source != root && network.states[arc.source].parent == root && !arc.internal) return root;
  const StateSet targets = effective_targets(network, arc, history);
  if (arc.internal && is_compound(network, arc.source) &&
      std::all_of(targets.begin(), targets.end(),
                  [&](StateIndex target) { return is_descendant(network, target, arc.source); }))
    return arc.source;
  return common_ancestor(network, arc.source, targets);
}

void add_exit_set(const Network& network, const StateSet& configuration, StateIndex domain, StateSet& exits) {
  if (domain == none) return;
  for (const StateIndex state : configuration)
    if (is_descendant(network, state, domain)) insert(exits, state);
}

void add_entry_set(const Network& network, const std::vector<StateIndex>& targets, StateIndex domain,
                   const History& history, EntrySet& entries) {
  Entering(network, history, domain, entries).with_ancestors(targets, domain);
}

void add_completion(const Network& network, const StateSet& configuration, const History& history,
                    EntrySet& entries) {
  EntrySet all{configuration, std::move(entries.defaults)};
  for (const StateIndex state : entries.states) insert(all.states, state);
  Entering entering(network, history, root, all);
  // Indices ascend with depth, so that what is added here is itself completed when its turn comes.
  for (StateIndex state = root; state < network.states.size(); ++state) {
    if (state != root && !contains(all.states, state)) continue;
    if (is_parallel(network, state)) {
      entering.missing_regions(state);
    } else if ((state == root || is_compound(network, state)) &&
               !has_descendant(network, all.states, state)) {
      if (state != root) insert(all.defaults, state);
      entering.with_ancestors(default_targets(network, state), state);
    }
  }
  entries.defaults = std::move(all.defaults);
  for (const StateIndex state : all.states)
    if (!contains(configuration, state)) insert(entries.states, state);
}

bool is_whole(const Network& network, const StateSet& configuration, StateIndex state) {
  std::size_t active = 0;
  std::size_t all = 0;
  for (const StateIndex child : network.states[state].children) {
    if (is_history(network, child)) continue;
    ++all;
    if (!contains(configuration, child)) continue;
    ++active;
    if (!is_whole(network, configuration, child)) return false;
  }
  return is_parallel(network, state) ? active == all : all == 0 || active == 1;
}

void remember(const Network& network, const StateSet& configuration, const StateSet& exits,
              History& history) {
  for (const StateIndex left : exits) {
    for (const StateIndex child : network.states[left].children) {
      if (!is_history(network, child)) continue;
      StateSet states;
      for (const StateIndex state : configuration) {
        const bool inside = network.states[child].deep
                                ? is_atomic(network, state) && is_descendant(network, state, left)
                                : network.states[state].parent == left;
        if (inside) insert(states, state);
      }
      const auto known = std::find_if(history.begin(), history.end(), [&](const Remembered& remembered) {
        return remembered.history == child;
      });
      if (known != history.end())
        known->states = std::move(states);
      else
        history.push_back({child, std::move(states)});
    }
  }
}

bool is_in_final_state(const Network& network, const StateSet& configuration, StateIndex state) {
  const State& at = network.states[state];
  if (is_parallel(network, state))
    return std::all_of(at.children.begin(), at.children.end(), [&](StateIndex child) {
      return is_history(network, child) || is_in_final_state(network, configuration, child);
    });
  return std::any_of(at.children.begin(), at.children.end(), [&](StateIndex child) {
    return network.states[child].type == StateType::final && contains(configuration, child);
  });
}

bool is_legal(const Network& network, const StateSet& configuration) {
  const auto active = [&](StateIndex state) { return state == root || contains(configuration, state); };
  for (const StateIndex state : configuration)
    if (state == root || is_history(network, state) || !active(network.states[state].parent)) return false;
  for (StateIndex state = root; state < network.states.size(); ++state) {
    if (!active(state)) continue;
    const auto& children = network.states[state].children;
    const auto count = std::count_if(children.begin(), children.end(), active);
    const auto regions = std::count_if(children.begin(), children.end(),
                                       [&](StateIndex child) { return !is_history(network, child); });
    if (is_parallel(network, state) ? count != regions : regions > 0 && count != 1) return false;
  }
  return true;
}

}  // namespace leasehold::fsm
