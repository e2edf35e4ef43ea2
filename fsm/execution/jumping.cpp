// Taking jumps. Everything that can be asked about an execution is true during a jump too; what goes wrong in
// one, and what it sets off, goes on in the general way.

#include "execution/interpreter.hpp"

namespace leasehold::fsm {

namespace {

// Only the first `kept` stay.
void cut(StateSet& active, std::size_t kept) noexcept {
  while (active.size() > kept) active.pop_back();
}

}  // namespace

// After something general has happened: whether what comes next may be a jump.
void Interpreter::find_jumps() noexcept {
  jumps_ = nullptr;
  if (frames_.size() != 1 || options_.trace || timed_ || max_transitions_ == 0 || lifecycle_.ended()) return;
  const StateSet& active = frame().configuration;
  if (active.empty() || active.size() != frame().visits.size()) return;
  const std::vector<Jump>& jumps = frame().facts->states[active.back()].jumps;
  if (!jumps.empty()) jumps_ = jumps.data();
}

// Where one state takes the place of one.
inline void Interpreter::swap(const Jump& jump) {
  Frame& top = frames_.front();
  const StateIndex entry = jump.entry;
  path_.push(jump.first + entry);
  top.visits[jump.kept].state = entry;
  if (jump.acts)  // the actions have seen it without
    top.configuration.push_back(entry);
  else
    top.configuration[jump.kept] = entry;
}

inline void Interpreter::move(const Jump& jump) {
  for (std::uint32_t i = jump.kept; i < jump.active; ++i)
    path_.push(jump.first + jump.entries[i - jump.kept]);
  if (!jump.level || jump.acts) reshape(jump);
  Frame& top = frames_.front();
  StateIndex* const active = top.configuration.data();
  Visit* const visits = top.visits.data();
  const StateIndex* entry = jump.entries;
  for (std::uint32_t i = jump.kept; i < jump.active; ++i) active[i] = visits[i].state = *entry++;
}

// Makes room for as many states as will be active.
void Interpreter::reshape(const Jump& jump) {
  Frame& top = frames_.front();
  top.configuration.reserve(jump.active);
  top.visits.reserve(jump.active);
  top.configuration.resize(jump.active);
  while (top.visits.size() > jump.active) top.visits.pop_back();
  while (top.visits.size() < jump.active) {
    top.visits.emplace_back(root, ++visits_, Clock::never);
    top.visits.back().entered = true;
  }
}

// Like exit_states and enter_states, where the only thing that can go wrong is an entry.
inline void Interpreter::visit(const Jump& jump) {
  Frame& top = frames_.front();
  if (jump.swaps) {
    Visit& visit = top.visits[jump.kept];
    swap(jump);
    visit.scope.clear();
    visit.number = ++visits_;
    visit.entered = jump.inert;
    if (!jump.inert) enter(visit, *jump.facts, jump.kept);
    return;
  }
  for (std::size_t i = top.visits.size(); i-- > jump.kept;) top.visits[i].scope.clear();
  cut(top.configuration, jump.kept);
  while (top.visits.size() > jump.active) top.visits.pop_back();
  for (std::uint32_t i = jump.kept; i < jump.active; ++i) {
    if (i == top.visits.size()) top.visits.emplace_back(root, 0, Clock::never);
    top.configuration.push_back(jump.entries[i - jump.kept]);
    visit_next(top.visits[i], jump, i);
  }
}

// Enters the state at this depth, which is active already.
inline void Interpreter::visit_next(Visit& visit, const Jump& jump, std::uint32_t depth) {
  visit.state = jump.entries[depth - jump.kept];
  visit.number = ++visits_;
  const StateFacts& facts = frames_.front().facts->states[visit.state];
  visit.entered = facts.inert;
  path_.push(jump.first + visit.state);
  if (!visit.entered) enter(visit, facts, depth);
}

// The entry of a simple state, when nothing is traced or timed.
inline void Interpreter::run_simple_entry(Visit& visit, const StateFacts& facts) {
  if (facts.sole) acquire_sole(visit, facts, acquire_);
  visit.entered = true;
  const State& state = *facts.state;
  const Place place{visit.state, &visit};
  const At at(*this, place);
  Context context(data_, event_.get(), state.name, Clock::never, acquire_.stop, *this);
  for (const Step& step : state.transform) {
    check_time();
    try {
      std::get_if<CallFunction>(&step.what)->function(context);
    } catch (...) {
      step_failed(step, place);
    }
  }
  check_time();
}

inline void Interpreter::enter(Visit& visit, const StateFacts& facts, std::size_t depth) {
  try {
    if (facts.simple)
      run_simple_entry(visit, facts);
    else
      run_entry(visit);
  } catch (const Fault& fault) {
    enter_failed(visit, depth, fault);
  }
}

// Inside a catch block. What was left further in than this depth goes; what nobody listens to goes on.
[[gnu::noinline]] void Interpreter::enter_failed(Visit& visit, std::size_t depth, const Fault& fault) {
  Visits& visits = frames_.front().visits;
  while (visits.size() > depth + 1) visits.pop_back();
  if (expired() || !report(fault)) throw;
  visit.entered = true;
}

inline bool Interpreter::permits(const Jump& jump, const Event& event) {
  if (!jump.guard) return allowed(*jump.route->arc);
  const Place place{jump.source};
  const At at(*this, place);
  const Context context(data_, event, jump.source_name, Clock::never, acquire_.stop, *this);
  try {
    return (*jump.guard)(context);
  } catch (...) {
    guard_failed(jump, place);
    return false;
  }
}

// Inside a catch block; what nobody listens to goes on.
[[gnu::noinline]] void Interpreter::guard_failed(const Jump& jump, const Place& place) {
  const Fault fault = condition_fault(*jump.route->arc->condition, place);
  if (!report(fault)) throw Fault(fault);
}

void Interpreter::run_jump_actions(const Jump& jump, const Event& event) {
  cut(frames_.front().configuration, jump.kept);
  const Place place{jump.source};
  const At at(*this, place);
  Context context(data_, event, jump.source_name, Clock::never, acquire_.stop, *this);
  for (const Step& step : jump.route->arc->actions) {
    try {
      std::get_if<CallFunction>(&step.what)->function(context);
    } catch (...) {
      action_failed(jump, step, place);
      break;
    }
  }
}

[[gnu::noinline]] void Interpreter::action_failed(const Jump& jump, const Step& step, const Place& place) {
  const Fault fault = step_fault(step, place);
  if (report(fault)) return;
  Visits& visits = frame().visits;
  visits.erase(visits.begin() + jump.kept, visits.end());
  throw Fault(fault);
}

// The first of its class that may be taken.
inline void Interpreter::take_jump(const Jump* jump, const Event& event) {
  event_.refer(event);
  transitions_of_event_ = 0;
  for (const std::uint32_t event_class = jump->event; jump->conditional && !permits(*jump, event);)
    if ((++jump)->event != event_class) return;
  if (jump->kind >= JumpKind::visit) return take_large(*jump, event);
  ++transitions_;
  transitions_of_event_ = 1;
  if (jump->acts) run_jump_actions(*jump, event);
  if (jump->swaps)
    swap(*jump);
  else
    move(*jump);
  jumps_ = jump->to;
}

[[gnu::noinline]] void Interpreter::take_large(const Jump& jump, const Event& event) {
  if (jump.kind == JumpKind::full) {
    selected_.clear();
    selected_.push_back({jump.route->arc, jump.route->index, jump.route});
    microstep();
  } else {
    ++transitions_;
    transitions_of_event_ = 1;
    if (jump.acts) run_jump_actions(jump, event);
    visit(jump);
  }
  jumps_ = jump.to;
}

// A mere jump of more than one name.
bool Interpreter::leap(const Jump& jump) noexcept {
  Frame& top = frames_.front();
  StateIndex* const active = top.configuration.data();
  Visit* const visits = top.visits.data();
  const StateIndex* entry = jump.entries;
  for (std::uint32_t at = jump.kept; at < jump.active; ++at) {
    path_.replace(jump.first + *entry);
    active[at] = visits[at].state = *entry++;
  }
  return true;
}

// Does what an event sets off, first what this calls. False: it has ended.
template <class Call>
[[gnu::always_inline]] inline bool Interpreter::carry_out(const Call& call) noexcept {
  try {
    call();
  } catch (Fault& fault) {
    return follow(std::move(fault));
  } catch (...) {
    return follow(make_fault(std::current_exception(), root, "the machine"));
  }
  if (!jumps_ || !internal_.empty()) [[unlikely]]
    return follow(std::nullopt);
  event_.clear();
  return true;
}

// The state is active already, and what the one before it held has gone back.
[[gnu::noinline]] bool Interpreter::enter_now(Visit& visit, const Jump& jump, const Event& event) noexcept {
  event_.refer(event);
  transitions_of_event_ = 1;
  visit.entered = false;
  return carry_out([&] { enter(visit, *jump.facts, jump.kept); });
}

bool Interpreter::handle_copy(const Event& event, EventClass event_class) noexcept {
  handle(event, event_class, false);
  return !lifecycle_.ended();
}

bool Interpreter::fire(const Jump* jump, const Event& event) noexcept {
  return carry_out([&] { take_jump(jump, event); });
}

// Whatever a jump has set off, in the general way. False: it has ended.
bool Interpreter::follow(std::optional<Fault> fault) noexcept {
  lifecycle_.resume();
  if (!fault) fault = attempt([&] { macrostep(); });
  settle(std::move(fault));
  event_.clear();
  return !lifecycle_.ended();
}

}  // namespace leasehold::fsm
