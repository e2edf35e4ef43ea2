#include "reference.hpp"

#include <algorithm>

namespace leasehold::fsm::test {

namespace {

using Kind = Chart::State::Kind;

bool matches(const std::string& descriptor, const std::string& event) {
  if (descriptor == "*") return true;
  std::string tokens = descriptor;
  if (tokens.ends_with(".*")) tokens.resize(tokens.size() - 2);
  return event == tokens || event.starts_with(tokens + ".");
}

template <class Range, class Predicate>
bool some(const Range& range, const Predicate& predicate) {
  return std::any_of(range.begin(), range.end(), predicate);
}

}  // namespace

bool Reference::is_descendant(int inner, int outer) const {
  while (inner > 0)
    if ((inner = state(inner).parent) == outer) return true;
  return false;
}

std::vector<int> Reference::children(int index) const {
  std::vector<int> real;
  for (const int child : state(index).children)
    if (state(child).kind != Kind::history) real.push_back(child);
  return real;
}

std::vector<const Chart::Arc*> Reference::arcs_of(int index) const {
  std::vector<const Chart::Arc*> arcs;
  for (const Chart::Arc& arc : state(index).arcs) arcs.push_back(&arc);
  std::stable_sort(arcs.begin(), arcs.end(),
                   [](const auto* one, const auto* other) { return one->priority > other->priority; });
  return arcs;
}

bool Reference::is_compound(int index) const {
  return state(index).kind == Kind::normal && !children(index).empty();
}

bool Reference::is_atomic(int index) const {
  return state(index).kind == Kind::final || (state(index).kind == Kind::normal && children(index).empty());
}

// Of a compound state and of a history, as 3.3 and leasehold's page on machines have it.
std::vector<int> Reference::default_of(int index) const {
  const Chart::State& it = state(index);
  if (!it.initial.empty()) return it.initial;
  if (it.kind != Kind::history) return {children(index).front()};
  if (state(it.parent).kind == Kind::parallel) return children(it.parent);
  const std::vector<int> of_parent = default_of(it.parent);
  const bool usable = !some(of_parent, [&](int target) { return state(target).kind == Kind::history; });
  return usable ? of_parent : std::vector<int>{children(it.parent).front()};
}

// interpret, enterStates for the initial transition, mainEventLoop
void Reference::start() {
  Entry entry;
  const std::vector<int> targets = default_of(0);
  for (const int target : targets) add_descendants(target, entry);
  for (const int target : effective_targets(targets)) add_ancestors(target, 0, entry);
  enter(entry);
  macrostep();
  external();
}

void Reference::send(const std::string& event) {
  transitions_ = 0;
  external_.push_back(event);
  external();
}

void Reference::external() {
  while (running_ && !endless() && !external_.empty()) {
    const std::string event = external_.front();
    external_.pop_front();
    react(&event);
    macrostep();
  }
}

void Reference::advance(int seconds) {
  now_ += seconds;
  while (running_ && !endless()) {
    auto next = timers_.end();
    for (auto at = timers_.begin(); at != timers_.end(); ++at)
      if (at->due <= now_ &&
          (next == timers_.end() || std::pair(at->due, at->order) < std::pair(next->due, next->order)))
        next = at;
    if (next == timers_.end()) break;
    const Timer timer = *next;
    timers_.erase(next);
    transitions_ = 0;
    if (timer.arc.arc) {
      if (holds(*timer.arc.arc)) microstep({timer.arc});
    } else {
      react(&timer.event);
    }
    macrostep();
  }
  external();
}

void Reference::react(const std::string* event) {
  if (const std::vector<Taken> enabled = select(event); !enabled.empty()) microstep(enabled);
}

void Reference::macrostep() {
  while (running_ && !endless()) {
    if (const std::vector<Taken> enabled = select(nullptr); !enabled.empty()) {
      microstep(enabled);
    } else if (!internal_.empty()) {
      const std::string event = internal_.front();
      internal_.pop_front();
      react(&event);
    } else {
      return;
    }
  }
  if (!running_ && final_ < 0) {  // exitInterpreter
    for (const int index : configuration_)
      if (state(index).kind == Kind::final && state(index).parent == 0) final_ = index;
    leave(Set(configuration_));
  }
}

// selectTransitions and selectEventlessTransitions
std::vector<Reference::Taken> Reference::select(const std::string* event) const {
  std::vector<Taken> enabled;
  for (const int atomic : configuration_) {
    if (!is_atomic(atomic)) continue;
    bool found = false;
    for (int at = atomic; at >= 0 && !found; at = state(at).parent) {
      for (const Chart::Arc* arc : arcs_of(at)) {
        if (arc->after > 0 || arc->events.empty() != (event == nullptr)) continue;
        if (event && !some(arc->events, [&](const auto& name) { return matches(name, *event); })) continue;
        if (!holds(*arc)) continue;
        if (!some(enabled, [&](const Taken& taken) { return taken.arc == arc; }))
          enabled.push_back({at, arc});
        found = true;
        break;
      }
    }
  }
  return without_conflicts(enabled);
}

bool Reference::holds(const Chart::Arc& arc) const {
  if (arc.in >= 0 && configuration_.contains(arc.in) == arc.negated) return false;
  return arc.modulo == 0 || count_ % arc.modulo == 0;
}

// removeConflictingTransitions
std::vector<Reference::Taken> Reference::without_conflicts(const std::vector<Taken>& enabled) const {
  std::vector<Taken> filtered;
  for (const Taken& one : enabled) {
    bool preempted = false;
    std::vector<Taken> kept;
    for (const Taken& other : filtered) {
      const Set exits = exit_set(other);
      const bool conflict = some(exit_set(one), [&](int index) { return exits.contains(index); });
      if (conflict && !is_descendant(one.source, other.source)) preempted = true;
      if (!conflict || !is_descendant(one.source, other.source)) kept.push_back(other);
    }
    if (preempted) continue;
    filtered = kept;
    filtered.push_back(one);
  }
  return filtered;
}

void Reference::microstep(const std::vector<Taken>& arcs) {
  Set exits;
  Entry entry;
  for (const Taken& taken : arcs) {
    ++transitions_;
    exits.merge(exit_set(taken));
  }
  leave(exits);
  for (const Taken& taken : arcs) run(taken.arc->steps);
  for (const Taken& taken : arcs) {  // computeEntrySet
    if (taken.arc->targets.empty()) continue;
    entry.domain = domain(taken);
    for (const int target : taken.arc->targets) add_descendants(target, entry);
    for (const int target : effective_targets(taken.arc->targets)) add_ancestors(target, entry.domain, entry);
  }
  enter(entry);
}

Reference::Set Reference::exit_set(const Taken& taken) const {
  Set exits;
  if (taken.arc->targets.empty()) return exits;
  const int above = domain(taken);
  for (const int index : configuration_)
    if (is_descendant(index, above)) exits.insert(index);
  return exits;
}

// getTransitionDomain with findLCCA
int Reference::domain(const Taken& taken) const {
  const Set targets = effective_targets(taken.arc->targets);
  const auto all_inside = [&](int outer) {
    return std::all_of(targets.begin(), targets.end(),
                       [&](int index) { return is_descendant(index, outer); });
  };
  if (taken.arc->internal && is_compound(taken.source) && all_inside(taken.source)) return taken.source;
  for (int at = state(taken.source).parent; at > 0; at = state(at).parent)
    if (is_compound(at) && all_inside(at)) return at;
  return 0;
}

Reference::Set Reference::effective_targets(const std::vector<int>& targets) const {
  Set all;
  for (const int target : targets) {
    if (state(target).kind != Kind::history) {
      all.insert(target);
    } else if (const auto known = history_.find(target); known != history_.end()) {
      all.insert(known->second.begin(), known->second.end());
    } else {
      all.merge(effective_targets(default_of(target)));
    }
  }
  return all;
}

// addDescendantStatesToEnter
void Reference::add_descendants(int index, Entry& entry) const {
  const Chart::State& it = state(index);
  const auto add_all = [&](const auto& targets, int ancestor) {
    for (const int target : targets) add_descendants(target, entry);
    for (const int target : targets) add_ancestors(target, ancestor, entry);
  };
  if (it.kind == Kind::history) {
    if (const auto known = history_.find(index); known != history_.end()) {
      add_all(known->second, it.parent);
    } else {
      // Without a default of its own it stands for that of its parent, which is entered by default then.
      if (it.initial.empty() && default_of(index) == default_of(it.parent))
        entry.by_default.insert(it.parent);
      else
        entry.histories[it.parent] = index;
      add_all(default_of(index), it.parent);
    }
    return;
  }
  entry.states.insert(index);
  if (is_compound(index)) {
    entry.by_default.insert(index);
    add_all(default_of(index), index);
  } else if (it.kind == Kind::parallel) {
    add_regions(index, entry);
  }
}

void Reference::add_regions(int parallel, Entry& entry) const {
  for (const int child : children(parallel))
    if (!some(entry.states, [&](int other) { return other == child || is_descendant(other, child); }))
      add_descendants(child, entry);
}

// addAncestorStatesToEnter. What is around the domain is active and stays, though appendix D enters it again
// for a history whose default lies deep inside its parent.
void Reference::add_ancestors(int index, int ancestor, Entry& entry) const {
  for (int at = state(index).parent; at > 0 && at != ancestor; at = state(at).parent) {
    if (!is_descendant(at, entry.domain)) return;
    entry.states.insert(at);
    if (state(at).kind == Kind::parallel) add_regions(at, entry);
  }
}

void Reference::enter(const Entry& entry) {
  for (const int index : entry.states) {
    const Chart::State& it = state(index);
    configuration_.insert(index);
    run(it.on_entry);
    for (const Chart::Arc* const arc : arcs_of(index))
      if (arc->after > 0) timers_.push_back({now_ + arc->after, ++order_, "", "", {index, arc}});
    if (it.kind == Kind::final) {
      if (it.parent == 0) {
        running_ = false;
      } else {
        internal_.push_back("done.state." + state(it.parent).name);
        for (int outer = state(it.parent).parent;
             outer > 0 && state(outer).kind == Kind::parallel && is_in_final_state(outer);
             outer = state(outer).parent)
          internal_.push_back("done.state." + state(outer).name);
      }
    }
    if (entry.by_default.contains(index)) run(it.initial_steps);
    if (const auto history = entry.histories.find(index); history != entry.histories.end())
      run(state(history->second).initial_steps);
  }
}

// exitStates: what is left is remembered before anything is left
void Reference::leave(const Set& states) {
  for (const int index : states)
    for (const int child : state(index).children) {
      if (state(child).kind != Kind::history) continue;
      Set remembered;
      for (const int active : configuration_)
        if (state(child).deep ? is_atomic(active) && is_descendant(active, index)
                              : state(active).parent == index)
          remembered.insert(active);
      history_[child] = remembered;
    }
  for (auto at = states.rbegin(); at != states.rend(); ++at) {
    run(state(*at).on_exit);
    std::erase_if(timers_, [&](const Timer& timer) { return timer.arc.source == *at; });
    configuration_.erase(*at);
  }
}

bool Reference::is_in_final_state(int index) const {
  const std::vector<int> inside = children(index);
  if (state(index).kind == Kind::parallel)
    return std::all_of(inside.begin(), inside.end(), [&](int child) { return is_in_final_state(child); });
  return some(inside,
              [&](int child) { return state(child).kind == Kind::final && configuration_.contains(child); });
}

void Reference::run(const Chart::Steps& steps) {
  for (const Chart::Step& step : steps) switch (step.kind) {
      case Chart::Step::Kind::note:
        notes_ += step.text + " ";
        break;
      case Chart::Step::Kind::raise:
        internal_.push_back(step.text);
        break;
      case Chart::Step::Kind::send:
        if (step.after > 0)
          timers_.push_back({now_ + step.after, ++order_, step.text, step.id});
        else
          external_.push_back(step.text);
        break;
      case Chart::Step::Kind::cancel:
        std::erase_if(timers_, [&](const Timer& timer) { return !timer.arc.arc && timer.id == step.text; });
        break;
      case Chart::Step::Kind::count:
        ++count_;
        break;
    }
}

std::string Reference::configuration() const {
  if (final_ >= 0) return state(final_).name;
  std::string names;
  for (const int index : configuration_) names += (names.empty() ? "" : " ") + state(index).name;
  return names;
}

}  // namespace leasehold::fsm::test
