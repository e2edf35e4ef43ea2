// Taking jumps. Everything that can be asked about an execution is true during a jump too; what goes wrong in
// one goes on in the general way.

#include "execution/interpreter.hpp"

namespace leasehold::fsm {

// After something general has happened: whether what comes next may be a jump.
void Interpreter::find_jumps() noexcept {
  jumps_ = nullptr;
  if (frames_.size() != 1 || options_.trace || timed_ || max_transitions_ == 0 || lifecycle_.ended()) return;
  const StateSet& active = frame().configuration;
  if (active.empty() || active.size() != frame().visits.size()) return;
  const std::vector<Jump>& jumps = table_->facts(*frame().network).states[active.back()].jumps;
  if (!jumps.empty()) jumps_ = jumps.data();
}

bool Interpreter::fire(const Event& event, EventClass event_class) noexcept {
  if (const Jump* jump = jumps_) {
    while (jump->event < event_class) ++jump;
    if (jump->event != event_class) return true;  // nothing listens
    try {
      for (; jump->event == event_class && jump->to; ++jump)
        if (take_jump(*jump, event)) return jumps_ != nullptr;
      if (jump->event != event_class) return true;  // no guard held
    } catch (...) {  // a guard threw: asked again below, it does so where that is dealt with
    }
  }
  handle(event, event_class);
  return false;
}

// False: the guard does not hold. Throws what the guard does.
bool Interpreter::take_jump(const Jump& jump, const Event& event) {
  const Arc& arc = *jump.route->arc;
  if (jump.guard) {
    place_ = {arc.source};
    const Context context(data_, event, frame().network->states[arc.source].name, Clock::never, stop_token_,
                          *this);
    if (!(*jump.guard)(context)) return false;
  }
  ++transitions_;
  if (!arc.actions.empty()) {
    if (!run_jump_actions(jump, event)) return true;
  }
  move(jump);
  if (!internal_.empty()) {  // the actions raised events
    lifecycle_.resume();
    transitions_of_event_ = 1;
    guarded([&] { macrostep(); });
  }
  return true;
}

// False: one of them failed, and what follows from that has been done.
bool Interpreter::run_jump_actions(const Jump& jump, const Event& event) {
  const Arc& arc = *jump.route->arc;
  frame().configuration.resize(jump.kept);
  place_ = {arc.source};
  Context context(data_, event, frame().network->states[arc.source].name, Clock::never, stop_token_, *this);
  for (const Step& step : arc.actions) {
    try {
      std::get_if<CallFunction>(&step.what)->function(context);
    } catch (...) {
      const Place place = place_;
      std::vector<Visit>& visits = frame().visits;
      visits.erase(visits.begin() + jump.kept, visits.end());
      lifecycle_.resume();
      transitions_of_event_ = 1;
      event_ = event;
      event_value_.reset();
      guarded([&, problem = std::current_exception()] {
        try {
          std::rethrow_exception(problem);
        } catch (...) {
          const Fault fault = step_fault(step, place);
          if (!report(fault)) throw Fault(fault);
        }
        enter_states(jump.route->entries);
        macrostep();
      });
      return false;
    }
  }
  return true;
}

void Interpreter::move(const Jump& jump) {
  Frame& top = frames_.front();
  top.configuration.resize(jump.active);
  if (top.visits.size() != jump.active) {
    top.visits.resize(jump.active);
    for (std::size_t i = jump.kept; i < jump.active; ++i) {
      top.visits[i].number = ++visits_;
      top.visits[i].entered = true;
    }
  }
  for (std::size_t i = jump.kept; i < jump.active; ++i) {
    const StateIndex state = jump.entries[i - jump.kept];
    top.configuration[i] = state;
    top.visits[i].state = state;
    path_.push(jump.first + state);
  }
  jumps_ = jump.to;
}

}  // namespace leasehold::fsm
