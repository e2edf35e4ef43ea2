#include "generate/flat.hpp"

#include "execution/selection.hpp"

#include <algorithm>
#include <set>

namespace leasehold::fsm {

namespace {

// By its name alone.
bool covers_name(std::string_view descriptor, std::string_view event) {
  const std::string_view stem = event_stem(descriptor);
  return descriptor == "*" ||
         (event.starts_with(stem) && (event.size() == stem.size() || event[stem.size()] == '.'));
}
bool covers_name(const Arc& arc, std::string_view event) {
  return std::any_of(arc.events.begin(), arc.events.end(),
                     [&](const std::string& descriptor) { return covers_name(descriptor, event); });
}

// Whether it names errors by what they are, not by their names.
bool names_kind_of_error(const Arc& arc) {
  return std::any_of(arc.events.begin(), arc.events.end(), [](const std::string& descriptor) {
    const std::string_view stem = event_stem(descriptor);
    return stem == "error.execution" || stem == "error.communication";
  });
}

class Flattening {
 public:
  explicit Flattening(const Network& network) : network_(network) {}

  FlatChart run() {
    name_events();
    find_handlers();
    EntrySet initial;
    add_completion(network_, {}, {}, initial);
    enter(chart_.start, initial);
    reach(chart_.start.target);
    for (const Handler& handler : chart_.handlers) reach(handler.passage.target);
    while (!waiting_.empty()) {
      const StateIndex leaf = *waiting_.begin();
      waiting_.erase(waiting_.begin());
      add_rows(leaf);
    }
    for (const StateIndex leaf : reached_)
      for (StateIndex at = leaf; at != root; at = network_.states[at].parent) insert(chart_.states, at);
    find_error_arcs();
    for (const StateIndex state : chart_.states)
      for (const Arc& arc : network_.states[state].arcs)
        if (arc.after) chart_.delayed.push_back(&arc);
    for (StateIndex state = root + 1; state < network_.states.size(); ++state)
      if (network_.states[state].run_on_failure && !contains(chart_.states, state))
        insert(chart_.apart, state);
    for (const StateIndex state : chart_.apart) insert(chart_.states, state);
    for (Handler& handler : chart_.handlers) forget_unreached(handler.passage);
    return std::move(chart_);
  }

 private:
  void name_events() {
    std::set<std::string> names;
    for (const State& state : network_.states)
      for (const Arc& arc : state.arcs)
        for (const std::string& name : arc.events)
          if (name != "*") names.emplace(event_stem(name));
    chart_.events.assign(names.begin(), names.end());
  }

  // Inner before outer; of one state in their order; the network's last.
  void find_handlers() {
    for (StateIndex by = static_cast<StateIndex>(network_.states.size()); by-- > 1;) {
      for (const Catch& handler : network_.states[by].catches)
        add_handler(by, handler, all_in(by), common_ancestor(network_, by, {handler.target}));
    }
    for (const Catch& handler : network_.on_error) add_handler(root, handler, {}, root);
  }

  void add_handler(StateIndex by, const Catch& handler, std::vector<StateIndex> origins, StateIndex domain) {
    chart_.handlers.push_back(
        {by, &handler, domain, std::move(origins), passage_of_fault(domain, {handler.target})});
  }

  void find_error_arcs() {
    for (StateIndex by = static_cast<StateIndex>(network_.states.size()); by-- > 1;)
      for (const Arc& arc : network_.states[by].arcs) {
        if (!takes_errors(arc) || !contains(chart_.states, by)) continue;
        ErrorArc added{&arc, all_in(by), {}, {}};
        if (!arc.targets.empty()) {
          const StateIndex outside = common_ancestor(network_, by, arc.targets);
          const StateIndex domain = domain_of(network_, arc, {});
          added.passage = passage_of_fault(outside, arc.targets);
          if (domain != outside) added.within = passage_of_fault(domain, arc.targets);
        }
        chart_.error_arcs.push_back(std::move(added));
      }
    for (ErrorArc& arc : chart_.error_arcs) {
      forget_unreached(arc.passage);
      if (arc.within) forget_unreached(*arc.within);
    }
  }

  std::vector<StateIndex> all_in(StateIndex outer) const {
    std::vector<StateIndex> states = {outer};
    for (StateIndex state = outer + 1; state < network_.states.size(); ++state)
      if (is_descendant(network_, state, outer)) states.push_back(state);
    return states;
  }

  // What stands may be less than what is around the source: all below the domain is left if it stands.
  Passage passage_of_fault(StateIndex domain, const std::vector<StateIndex>& targets) const {
    Passage passage;
    for (StateIndex state = static_cast<StateIndex>(network_.states.size()); state-- > 1;)
      if (is_compound(network_, state) && state != domain && !is_descendant(network_, domain, state))
        passage.left.push_back(state);
    enter(passage, targets, root);
    return passage;
  }

  void forget_unreached(Passage& passage) const {
    std::erase_if(passage.left, [&](StateIndex state) { return !contains(chart_.states, state); });
  }

  void enter(Passage& passage, const std::vector<StateIndex>& targets, StateIndex domain) const {
    EntrySet entries;
    add_entry_set(network_, targets, domain, {}, entries);
    enter(passage, entries);
  }
  void enter(Passage& passage, const EntrySet& entries) const {
    passage.entered = entries.states;
    passage.target = passage.entered.back();
    passage.entered.pop_back();
    for (const StateIndex state : entries.defaults)
      if (!network_.states[state].initial_actions.empty()) passage.defaults.push_back(state);
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
        for (const std::string& event : chart_.events) add_row(leaf, event, arc, passage);
        add_row(leaf, "*", arc, passage);
      }
  }

  // An event stands for all below it that have no row of their own, "*" for those without any.
  void add_row(StateIndex leaf, const std::string& event, const Arc& arc, const Passage& passage) {
    const bool by_name = covers_name(arc, event);
    const bool tells_of_error = event == "*" || covers_name("error", event);
    if (by_name || (tells_of_error && names_kind_of_error(arc)))
      chart_.rows.push_back({leaf, event, &arc, passage, !by_name});
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

bool takes_errors(const Arc& arc) {
  return std::any_of(arc.events.begin(), arc.events.end(), [](const std::string& descriptor) {
    return descriptor == "*" || covers_name("error", event_stem(descriptor));
  });
}

FlatChart flatten(const Network& network) {
  return Flattening(network).run();
}

}  // namespace leasehold::fsm
