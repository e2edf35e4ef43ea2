// What an execution may do next, by what conditions hold that need data.

#include "testing/situation.hpp"

#include <algorithm>

namespace leasehold::fsm {

// What is known of a condition without data.
std::optional<bool> Simulation::holds(const Condition& condition, const Level& level) const {
  if (const auto* in = std::get_if<InState>(&condition.test))
    return in->network == level.network && contains(level.configuration, in->state);
  if (const auto* inner = std::get_if<Not>(&condition.test)) {
    const std::optional<bool> held = holds(inner->operand.front(), level);
    return held ? std::optional(!*held) : held;
  }
  const auto* all = std::get_if<All>(&condition.test);
  const auto* any = std::get_if<Any>(&condition.test);
  if (!all && !any) return std::nullopt;
  std::optional<bool> result = all != nullptr;
  for (const Condition& operand : all ? all->operands : any->operands) {
    const std::optional<bool> held = holds(operand, level);
    if (held == (all == nullptr)) return held;  // it decides
    if (!held) result = held;
  }
  return result;
}

bool Simulation::listens(const Level& level, const Arc& arc, std::size_t index,
                         const std::string* event) const {
  if (event) return !arc.events.empty() && event_matches(arc.events, *event);
  return arc.events.empty() && !arc.after && (arc.source != level.resume || index >= level.resume_from);
}

// The arcs that are taken if no condition holds that needs data, but for the wanted arc's.
Simulation::Choice Simulation::choose(const Level& level, const std::string* event, const Arc* wanted) const {
  const Network& chart = network(level);
  Choice choice;
  choice.sure = wanted == nullptr;
  const auto assume = [&](const Arc& arc, bool held) {
    const auto known = [&](const Assumed& other) { return other.condition == &*arc.condition; };
    if (std::none_of(choice.assumed.begin(), choice.assumed.end(), known))
      choice.assumed.push_back({level.network, arc.source, &*arc.condition, held});
  };
  const auto select = [&](StateIndex atomic) {
    for (StateIndex at = atomic; at != none; at = chart.states[at].parent)
      for (std::size_t i = 0; i < chart.states[at].arcs.size(); ++i) {
        const Arc& arc = chart.states[at].arcs[i];
        if (!listens(level, arc, i, event)) continue;
        const std::optional<bool> held = arc.condition ? holds(*arc.condition, level) : true;
        if (held == false) continue;
        if (!held) assume(arc, &arc == wanted);
        if (!held && &arc != wanted) continue;
        if (std::none_of(choice.arcs.begin(), choice.arcs.end(),
                         [&](const Selected& other) { return other.arc == &arc; }))
          choice.arcs.push_back({&arc, i, nullptr});
        return;
      }
  };
  for (const StateIndex state : level.configuration)
    if (is_atomic(chart, state)) select(state);
  remove_conflicts(chart, level.configuration, history_of(level), choice.arcs);
  return choice;
}

// First what is taken if no condition holds that needs data, then what is if one does.
std::vector<Simulation::Choice> Simulation::choices(const Level& level, const std::string* event) const {
  std::vector<Choice> all = {choose(level, event, nullptr)};
  StateSet sources = level.configuration;
  sources.insert(sources.begin(), root);
  for (const StateIndex source : sources)
    for (std::size_t i = 0; i < network(level).states[source].arcs.size(); ++i) {
      const Arc& arc = network(level).states[source].arcs[i];
      if (!arc.condition || holds(*arc.condition, level) || !listens(level, arc, i, event)) continue;
      Choice choice = choose(level, event, &arc);
      if (std::any_of(choice.arcs.begin(), choice.arcs.end(),
                      [&](const Selected& selected) { return selected.arc == &arc; }))
        all.push_back(std::move(choice));
    }
  return all;
}

// Events that active states wait for, in their order. done.state comes by itself, and only then.
std::vector<std::string> Simulation::events_of(const Level& level) const {
  std::vector<std::string> events;
  const auto look = [&](StateIndex state) {
    for (const Arc& arc : network(level).states[state].arcs)
      for (const std::string& descriptor : arc.events) {
        std::string event = event_for(descriptor);
        if (!event.starts_with(done_state) && std::find(events.begin(), events.end(), event) == events.end())
          events.push_back(std::move(event));
      }
  };
  look(root);
  for (const StateIndex state : level.configuration) look(state);
  return events;
}

// Collects what may come next: as long as something comes by itself, that and nothing else.
class Simulation::Next {
 public:
  Next(const Simulation& simulation, Situation from) : its_(simulation), now_(std::move(from)) {}

  std::vector<std::pair<Move, Situation>> run() {
    if (!now_.stack.empty() && !itself({})) outside();
    return std::move(all_);
  }

 private:
  const Level& top() const { return now_.stack.back(); }

  // What it does for this event; true if it does something whatever conditions hold.
  bool react(const std::string* event, const Move& cause) {
    bool certain = false;
    for (Choice& choice : its_.choices(top(), event)) {
      if (choice.arcs.empty()) {
        assumed_.insert(assumed_.end(), choice.assumed.begin(), choice.assumed.end());
      } else {
        certain = certain || choice.sure;
        take(std::move(choice), cause);
      }
    }
    return certain;
  }

  void take(Choice choice, Move move) {
    for (const Selected& selected : choice.arcs) {
      if (selected.arc->push && now_.stack.size() >= its_.definition_.max_depth) return;
      move.arcs.push_back({top().network, selected.arc->source, selected.index});
    }
    Situation to = now_;
    its_.microstep(to, choice.arcs);
    move.assumed = assumed_;
    move.assumed.insert(move.assumed.end(), choice.assumed.begin(), choice.assumed.end());
    move.sure = choice.sure;
    add(std::move(move), std::move(to));
  }

  void add(Move move, Situation to) {
    move.states = its_.innermost(to);
    move.final_state = to.final_state;
    all_.emplace_back(std::move(move), std::move(to));
  }

  // Eventless arcs, raised events, delays that are over, its own events, in this order.
  bool itself(const Move& cause) {
    if (react(nullptr, cause)) return true;
    for (;;) {
      std::string event;
      if (!now_.raised.empty()) {
        event = pop(now_.raised, now_.raised.begin());
      } else if (const auto due = first_due(); due != now_.pending.end()) {
        const Pending pending = *due;
        now_.pending.erase(due);
        if (pending.kind == Pending::Kind::arc) {
          if (take_due(pending, cause)) return true;
          continue;
        }
        event = pending.event;
      } else if (!now_.sent.empty()) {
        event = pop(now_.sent, now_.sent.begin());
      } else {
        return false;
      }
      if (react(&event, cause)) return true;
    }
  }

  template <class List>
  static typename List::value_type pop(List& list, typename List::iterator at) {
    typename List::value_type value = std::move(*at);
    list.erase(at);
    return value;
  }

  bool is_live(const Pending& pending) const {
    return pending.kind != Pending::Kind::arc || pending.level + 1 == now_.stack.size();
  }

  std::vector<Pending>::iterator first_due() {
    return std::find_if(now_.pending.begin(), now_.pending.end(), [this](const Pending& pending) {
      return pending.left == Duration::zero() && is_live(pending);
    });
  }

  bool take_due(const Pending& pending, const Move& cause) {
    const Arc& arc = its_.network(top()).states[pending.state].arcs[pending.arc];
    const std::optional<bool> held = arc.condition ? its_.holds(*arc.condition, top()) : true;
    if (held == false) return false;
    Choice choice;
    choice.arcs.push_back({&arc, pending.arc, nullptr});
    if (!held) {
      choice.sure = false;
      choice.assumed.push_back({top().network, arc.source, &*arc.condition, true});
    }
    take(std::move(choice), cause);
    if (!held) assumed_.push_back({top().network, arc.source, &*arc.condition, false});
    return held.has_value();
  }

  void outside() {
    for (const std::string& event : its_.events_of(top())) {
      Move move;
      move.event = event;
      const std::vector<Assumed> before = assumed_;
      react(&event, move);
      assumed_ = before;
    }
    pass_time();
  }

  // To the next thing that comes by the clock, unless that is a state's timeout.
  void pass_time() {
    Duration delay = Duration::max();
    for (const Pending& pending : now_.pending)
      if (is_live(pending)) delay = std::min(delay, pending.left);
    if (delay == Duration::max()) return;
    for (Pending& pending : now_.pending) pending.left = std::max(Duration::zero(), pending.left - delay);
    if (std::any_of(now_.pending.begin(), now_.pending.end(), [](const Pending& pending) {
          return pending.kind == Pending::Kind::timeout && pending.left == Duration::zero();
        }))
      return;
    Move move;
    move.delay = delay;
    if (itself(move)) return;
    move.assumed = assumed_;
    add(std::move(move), now_);  // nothing came of it
  }

  const Simulation& its_;
  Situation now_;
  std::vector<Assumed> assumed_;
  std::vector<std::pair<Move, Situation>> all_;
};

std::vector<std::pair<Move, Situation>> Simulation::next(const Situation& from) const {
  return Next(*this, from).run();
}

}  // namespace leasehold::fsm
