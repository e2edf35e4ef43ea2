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

inline void Interpreter::move(const Jump& jump) {
  Frame& top = frames_.front();
  if (jump.swaps) {
    path_.push(jump.first + *jump.entries);
    top.visits[jump.kept].state = *jump.entries;
    cut(top.configuration, jump.kept);
    top.configuration.push_back(*jump.entries);
    return;
  }
  for (std::uint32_t i = jump.kept; i < jump.active; ++i)
    path_.push(jump.first + jump.entries[i - jump.kept]);
  reshape(jump);
  for (std::uint32_t i = jump.kept; i < jump.active; ++i)
    top.configuration[i] = top.visits[i].state = jump.entries[i - jump.kept];
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
    if (!visit.scope.empty()) visit.scope.clear();
    cut(top.configuration, jump.kept);
    top.configuration.push_back(*jump.entries);
    return visit_next(visit, jump, jump.kept);
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
  visit.entered = frames_.front().facts->states[visit.state].inert;
  path_.push(jump.first + visit.state);
  if (!visit.entered) enter(visit, depth);
}

// What was left further in than this depth goes if that fails.
void Interpreter::enter(Visit& visit, std::size_t depth) {
  try {
    run_entry(visit);
  } catch (const Fault& fault) {
    std::vector<Visit>& visits = frames_.front().visits;
    while (visits.size() > depth + 1) visits.pop_back();
    if (expired() || !report(fault)) throw;
    visit.entered = true;
  }
}

bool Interpreter::permits(const Jump& jump, const Event& event) {
  const Arc& arc = *jump.route->arc;
  if (!jump.guard) return allowed(arc);
  const Place place{arc.source};
  const At at(*this, place);
  const Context context(data_, event, frame().network->states[arc.source].name, Clock::never, acquire_.stop,
                        *this);
  try {
    return (*jump.guard)(context);
  } catch (...) {
    const Fault fault = condition_fault(*arc.condition, place);
    if (!report(fault)) throw Fault(fault);
    return false;
  }
}

void Interpreter::run_jump_actions(const Jump& jump, const Event& event) {
  const Arc& arc = *jump.route->arc;
  cut(frame().configuration, jump.kept);
  const Place place{arc.source};
  const At at(*this, place);
  Context context(data_, event, frame().network->states[arc.source].name, Clock::never, acquire_.stop, *this);
  for (const Step& step : arc.actions) {
    try {
      std::get_if<CallFunction>(&step.what)->function(context);
    } catch (...) {
      const Fault fault = step_fault(step, place);
      if (!report(fault)) {
        std::vector<Visit>& visits = frame().visits;
        visits.erase(visits.begin() + jump.kept, visits.end());
        throw Fault(fault);
      }
      break;
    }
  }
}

// The first of its class that may be taken.
inline void Interpreter::take_jump(const Jump* jump, const Event& event) {
  event_.refer(event);
  transitions_of_event_ = 0;
  for (const std::uint32_t event_class = jump->event; jump->conditional && !permits(*jump, event);)
    if ((++jump)->event != event_class) return;
  if (jump->kind == JumpKind::full) {
    selected_.clear();
    selected_.push_back({jump->route->arc, jump->route->index, jump->route});
    microstep();
    jumps_ = jump->to;
    return;
  }
  ++transitions_;
  transitions_of_event_ = 1;
  if (!jump->route->arc->actions.empty()) run_jump_actions(*jump, event);
  if (jump->kind == JumpKind::light)
    visit(*jump);
  else
    move(*jump);
  jumps_ = jump->to;
}

bool Interpreter::fire(const Event& event, EventClass event_class) noexcept {
  const Jump* jump = jumps_;
  if (!jump) [[unlikely]]
    return handle_copy(event, event_class);
  while (jump->event < event_class) ++jump;
  if (jump->event != event_class) return true;  // nothing listens
  if (const StateIndex* const entry = jump->entries;
      jump->kind != JumpKind::mere || !path_.replace(jump->first + *entry)) {
    return fire(jump, event);
  } else {
    Frame& top = frames_.front();
    top.configuration[jump->kept] = top.visits[jump->kept].state = *entry;
    jumps_ = jump->to;
    ++transitions_;
    return true;
  }
}

bool Interpreter::handle_copy(const Event& event, EventClass event_class) noexcept {
  handle(event, event_class, false);
  return !lifecycle_.ended();
}

bool Interpreter::fire(const Jump* jump, const Event& event) noexcept {
  try {
    take_jump(jump, event);
  } catch (Fault& fault) {
    return follow(std::move(fault));
  } catch (...) {
    return follow(make_fault(std::current_exception(), root, "the machine"));
  }
  if (jumps_ && internal_.empty()) [[likely]] {
    event_.clear();
    return true;
  }
  return follow(std::nullopt);
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
