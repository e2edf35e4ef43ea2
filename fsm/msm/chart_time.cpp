#include <leasehold/fsm/msm/chart_time.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace leasehold::fsm::msm {

namespace {

struct TimeIsUp {};

}  // namespace

void Timers::add(Timer timer) {
  timer.order = ++order_;
  all_.push_back(std::move(timer));
}

void Timers::cancel(std::string_view id) {
  std::erase_if(all_, [&](const Timer& timer) { return timer.kind == Timer::Kind::send && timer.id == id; });
}

void Timers::forget(const Scope& state) noexcept {
  std::erase_if(all_, [&](const Timer& timer) { return timer.state == &state; });
}

void Timers::rewind(std::uint64_t last) noexcept {
  std::erase_if(all_, [&](const Timer& timer) { return timer.order > last; });
}

std::optional<Clock::time_point> Timers::next() const noexcept {
  std::optional<Clock::time_point> next;
  for (const Timer& timer : all_)
    if (!next || timer.due < *next) next = timer.due;
  return next;
}

std::optional<Timer> Timers::take(Clock::time_point now) {
  const auto first = std::min_element(all_.begin(), all_.end(), [](const Timer& a, const Timer& b) {
    return std::pair(a.due, a.order) < std::pair(b.due, b.order);
  });
  if (first == all_.end() || first->due > now) return std::nullopt;
  Timer timer = std::move(*first);
  all_.erase(first);
  return timer;
}

void ChartTime::start(const std::optional<Limit>& limit) {
  timers.clear();
  limited_.clear();
  if (limit) limited_.push_back({nullptr, {}, limit->late, clock_->deadline_after(limit->time)});
}

void ChartTime::limit(const Scope& state, std::string_view name, const Limit& limit) {
  limited_.push_back({&state, name, limit.late, clock_->deadline_after(limit.time)});
}

void ChartTime::unlimit(const Scope& state) noexcept {
  std::erase_if(limited_, [&](const Limited& limited) { return limited.state == &state; });
}

void ChartTime::await(const Scope& state, std::span<const Delay> delays) {
  for (const Limited& limited : limited_)
    if (limited.state == &state)
      timers.add({.due = limited.until, .kind = Timer::Kind::timeout, .state = &state});
  for (const Delay& delay : delays)
    timers.add({.due = clock_->deadline_after(delay.time),
                .kind = Timer::Kind::after,
                .state = &state,
                .arc = delay.arc});
}

void ChartTime::send(Event event, Duration after, std::string id) {
  timers.add({.due = clock_->deadline_after(after), .event = std::move(event), .id = std::move(id)});
}

Clock::time_point ChartTime::deadline_of(const Scope& state) const noexcept {
  Clock::time_point until = Clock::never;
  for (const Limited& limited : limited_)
    if (!limited.state || state.is_in(*limited.state)) until = std::min(until, limited.until);
  return until;
}

std::optional<Clock::time_point> ChartTime::next_due() const noexcept {
  std::optional<Clock::time_point> next = timers.next();
  if (!limited_.empty() && !limited_.front().state)
    next = std::min(next.value_or(Clock::never), limited_.front().until);
  return next;
}

std::optional<Timer> ChartTime::take_due(Clock::time_point now) {
  if (!limited_.empty() && !limited_.front().state && clock_->now() >= limited_.front().until)
    return Timer{.due = limited_.front().until, .kind = Timer::Kind::timeout};
  return timers.take(now);
}

const ChartTime::Limited* ChartTime::find_late() const noexcept {
  if (limited_.empty()) return nullptr;
  const auto late = std::find_if(limited_.begin(), limited_.end(),
                                 [now = clock_->now()](const Limited& one) { return now >= one.until; });
  return late == limited_.end() ? nullptr : &*late;
}

void ChartTime::check() const {
  if (is_over()) throw TimeIsUp();
}

void ChartTime::judge(Fault& fault) const {
  if (!is_over()) return;
  Stage const stage = fault.stage;
  try {
    std::rethrow_exception(fault.exception);
  } catch (const TimeIsUp&) {
    fault = late_fault({}, {});
  } catch (const std::exception& error) {
    if (!error_matches("timeout", error) && !error_matches("acquire.cancelled", error)) return;
    const auto* const known = dynamic_cast<const Error*>(&error);
    fault = late_fault(fmt::format(": {}", error.what()), known ? known->resource() : std::string());
  } catch (...) {
    return;
  }
  fault.stage = stage;
}

Fault ChartTime::late_fault(std::string_view why, const std::string& resource) const {
  const Limited& late = *find_late();
  Fault fault{.exception = nullptr, .stage = Stage::guard, .state = late.name, .fatal = !late.state};
  try {
    throw_error(errc::fsm_deadline, fmt::format("{}{}", late.late, why), {.resource = resource});
  } catch (...) {
    fault.exception = std::current_exception();
  }
  return fault;
}

}  // namespace leasehold::fsm::msm
