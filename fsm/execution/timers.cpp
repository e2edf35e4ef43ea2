// What is due by the clock: delayed events, arcs after a delay, the timeouts of states.

#include "execution/interpreter.hpp"

#include <algorithm>

namespace leasehold::fsm {

bool Interpreter::advance() noexcept {
  bool happened = false;
  const Clock::time_point now = clock_->now();  // what is due later is for the next time
  while (!lifecycle_.ended()) {
    if ((timed_ && clock_->now() >= deadline_) || stop_.stop_requested()) {
      abandon();
      return true;
    }
    auto next = timers_.end();
    for (auto at = timers_.begin(); at != timers_.end(); ++at)
      if (at->due <= now && is_live(*at) &&
          (next == timers_.end() || std::pair(at->due, at->order) < std::pair(next->due, next->order)))
        next = at;
    if (next == timers_.end()) break;
    Timer timer = std::move(*next);
    timers_.erase(next);
    happened = true;
    if (timer.kind == Timer::Kind::send) {
      handle(std::move(timer.event));
      continue;
    }
    if (!lifecycle_.resume()) break;
    transitions_of_event_ = 0;
    guarded([&] {
      event_.clear();
      check_time();  // finds the state whose timeout this is
      if (timer.kind == Timer::Kind::after && take_due(timer)) microstep();
      macrostep();
    });
  }
  return happened;
}

// The arc whose delay is over.
bool Interpreter::take_due(const Timer& timer) {
  selected_.clear();
  for (const Visit& visit : frame().visits) {
    if (visit.number != timer.visit) continue;
    const Route& route = frame().facts->states[visit.state].routes[timer.arc];
    if (allowed(*route.arc)) selected_.push_back({route.arc, route.index, &route});
    break;
  }
  return !selected_.empty();
}

std::optional<Clock::time_point> Interpreter::next_due() const {
  std::optional<Clock::time_point> next;
  if (deadline_ != Clock::never) next = deadline_;
  for (const Timer& timer : timers_)
    if (is_live(timer) && (!next || timer.due < *next)) next = timer.due;
  return next;
}

bool Interpreter::is_live(const Timer& timer) const noexcept {
  if (timer.kind != Timer::Kind::after) return true;
  // A delay of a state that has pushed a network waits for its return.
  return std::any_of(frame().visits.begin(), frame().visits.end(),
                     [&](const Visit& visit) { return visit.number == timer.visit; });
}

void Interpreter::add_timer(Timer timer) {
  timer.order = ++timer_order_;
  timers_.push_back(std::move(timer));
}

}  // namespace leasehold::fsm
