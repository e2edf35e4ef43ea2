#include "generate/flat.hpp"

#include "execution/selection.hpp"

#include <algorithm>
#include <set>

namespace leasehold::fsm {

namespace {

class Flattening {
 public:
  explicit Flattening(const Network& network) : network_(network) {}

  FlatChart run() {
    name_events();
    find_handlers();
    EntrySet initial;
    add_completion(network_, {}, {}, initial);
    chart_.start = initial.states;
    reach(initial.states.back());
    for (const Handler& handler : chart_.handlers) reach(handler.passage.target);
    while (!waiting_.empty()) {
      const StateIndex leaf = *waiting_.begin();
      waiting_.erase(waiting_.begin());
      add_rows(leaf);
    }
    for (const StateIndex leaf : reached_)
      for (StateIndex at = leaf; at != root; at = network_.states[at].parent) insert(chart_.states, at);
    for (Handler& handler : chart_.handlers)
      std::erase_if(handler.passage.left, [&](StateIndex state) { return !contains(chart_.states, state); });
    return std::move(chart_);
  }

 private:
  void name_events() {
    std::set<std::string> names;
    for (const State& state : network_.states)
      for (const Arc& arc : state.arcs)
        for (std::string name : arc.events) {
          if (name.ends_with(".*")) name.resize(name.size() - 2);
          while (name.ends_with('.')) name.pop_back();
          names.insert(name);
        }
    chart_.events.assign(names.begin(), names.end());
  }

  // Inner before outer; of one state in their order; the network's last.
  void find_handlers() {
    for (StateIndex by = static_cast<StateIndex>(network_.states.size()); by-- > 1;) {
      std::vector<StateIndex> origins = {by};
      for (StateIndex state = by + 1; state < network_.states.size(); ++state)
        if (is_descendant(network_, state, by)) origins.push_back(state);
      for (const Catch& handler : network_.states[by].catches)
        add_handler(by, handler, origins, common_ancestor(network_, by, {handler.target}));
    }
    for (const Catch& handler : network_.on_error) add_handler(root, handler, {}, root);
  }

  void add_handler(StateIndex by, const Catch& handler, std::vector<StateIndex> origins, StateIndex domain) {
    Handler added{by, &handler, domain, std::move(origins), {}};
    // What stands may be less than what is around the source: all below the domain is left if it stands.
    for (StateIndex state = static_cast<StateIndex>(network_.states.size()); state-- > 1;)
      if (is_compound(network_, state) && state != domain && !is_descendant(network_, domain, state))
        added.passage.left.push_back(state);
    enter(added.passage, {handler.target}, root);
    chart_.handlers.push_back(std::move(added));
  }

  void enter(Passage& passage, const std::vector<StateIndex>& targets, StateIndex domain) const {
    EntrySet entries;
    add_entry_set(network_, targets, domain, {}, entries);
    passage.entered = entries.states;
    passage.target = passage.entered.back();
    passage.entered.pop_back();
  }

  void reach(StateIndex leaf) {
    if (contains(reached_, leaf)) return;
    insert(reached_, leaf);
    waiting_.insert(leaf);
  }

  void add_rows(StateIndex leaf) {
    StateSet configuration;
    for (StateIndex at = leaf; at != root; at = network_.states[at].parent) insert(configuration, at);
    const bool ends = network_.states[leaf].type == StateType::final && network_.states[leaf].parent == root;
    for (StateIndex at = leaf; at != none && !ends; at = network_.states[at].parent)
      for (const Arc& arc : network_.states[at].arcs) {
        const Passage passage = passage_of(arc, configuration);
        if (passage.target != none) reach(passage.target);
        if (arc.events.empty()) chart_.rows.push_back({leaf, "", &arc, passage});
        for (const std::string& event : chart_.events)
          if (!arc.events.empty() && event_matches(arc.events, event))
            chart_.rows.push_back({leaf, event, &arc, passage});
      }
  }

  Passage passage_of(const Arc& arc, const StateSet& configuration) const {
    Passage passage;
    if (arc.targets.empty()) return passage;
    const StateIndex domain = domain_of(network_, arc, {});
    StateSet exits;
    add_exit_set(network_, configuration, domain, exits);
    passage.left.assign(exits.rbegin() + 1, exits.rend());
    enter(passage, arc.targets, domain);
    return passage;
  }

  const Network& network_;
  FlatChart chart_;
  StateSet reached_;
  std::set<StateIndex> waiting_;
};

}  // namespace

FlatChart flatten(const Network& network) {
  return Flattening(network).run();
}

}  // namespace leasehold::fsm
