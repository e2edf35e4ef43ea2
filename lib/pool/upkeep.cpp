#include <fmt/format.h>

#include <algorithm>

#include "pool/attempt.hpp"
#include "pool/error_text.hpp"
#include "pool/site.hpp"

// What maintenance does to one pool in one round.

namespace leasehold::detail {

namespace {
// A provider that hangs while the pool refills or checks holds up the round no longer than this; what it
// makes in the end is used.
constexpr Duration patience = std::chrono::seconds(1);

Clock::time_point plus(Clock::time_point time, Duration duration) noexcept {
  return duration >= Clock::never - time ? Clock::never : time + duration;
}
}  // namespace

Clock::time_point Pool::maintain() {
  if (forked() || closed()) return Clock::never;
  const Clock::time_point now = clock().now();
  watch_leaks(now);
  const PoolConfig config = this->config();
  std::size_t above = 0;  // how many may go because they are idle
  {
    const std::lock_guard lock(mutex_);
    const std::size_t made = live_.load() - creating_;  // what is being opened may fail
    above = made > config.min_size ? made - config.min_size : 0;
  }
  Clock::time_point due = Clock::never;
  const auto then = [&](Clock::time_point time) {
    if (time > now) due = std::min(due, time);
  };
  retire_idle([&](const Slot& slot) {
    const Live& live = *slot.live;
    const bool idle_too_long =
        config.max_idle_time && above > 0 && now - live.returned >= *config.max_idle_time;
    if (idle_too_long || judge(slot, now) == Use::retire) {
      if (above > 0) --above;
      return true;
    }
    then(live.expires);
    if (config.max_idle_time) then(plus(live.returned, *config.max_idle_time));
    if (config.keepalive) then(plus(live.trusted(), *config.keepalive));
    return false;
  });
  if (config.keepalive) keep_alive(now);
  refill();
  return next_due(clock().now(), due);
}

void Pool::refill() {
  for (;;) {
    Slot* slot = nullptr;
    Attempt attempt;
    attempt.since = clock().now();
    attempt.deadline = plus(attempt.since, patience);
    {
      QueueLock lock(mutex_, clock());
      const bool wanted = live_.load() < config_.min_size && unattended() == 0 && !suspended() && !closed();
      if (attempt.since < retry_at_) return;
      if (!wanted || !may_create(lock)) return;
      slot = take_empty();
    }
    if (!slot) return;
    try {
      prepare(attempt, *slot, PreparationKind::refill);
    } catch (const CircuitOpenError&) {
      return;
    } catch (const Error& error) {
      return log(LogLevel::warning, fmt::format("refilling '{}' failed: {}", name(), error.what()));
    }
  }
}

// Checks what was idle for long, one at a time.
void Pool::keep_alive(Clock::time_point now) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    bool due = true;
    {
      QueueLock lock(mutex_, clock());
      if (!slot.take_idle()) continue;
      due = config_.keepalive && now - slot.live->trusted() >= *config_.keepalive;
      if (!due && offer(slot, lock)) continue;
      if (due && shared_) ++slot.users;
    }
    if (!due) {
      retire(slot, true);
      continue;
    }
    Attempt attempt;
    attempt.since = now;
    attempt.deadline = plus(clock().now(), patience);
    try {
      if (!prepare(attempt, slot, PreparationKind::verify).slot)
        log(LogLevel::info,
            fmt::format("an idle resource of '{}' was not usable any more and is gone", name()));
    } catch (const Error&) {  // open breaker, or no answer yet
    }
  }
}

bool Pool::validate_one(Clock::time_point deadline) {
  if (forked()) throw_forked();
  Attempt attempt;
  attempt.since = clock().now();
  attempt.deadline = deadline;
  try {
    return prepare(attempt, *obtain(attempt), PreparationKind::verify).slot != nullptr;
  } catch (const Error& error) {
    log(LogLevel::info, fmt::format("validating '{}' failed: {}", name(), error.what()));
    return false;
  }
}

void Pool::watch_leaks(Clock::time_point now) {
  std::vector<Situation::Holder> leaks;
  {
    const std::lock_guard lock(mutex_);
    if (!config_.leak_threshold) return;
    const Duration threshold = *config_.leak_threshold;
    each_hold([&](Hold& hold, Hold::Word word) {
      if ((hold.noted & Hold::leak_reported) || now - hold.granted < threshold) return;
      hold.noted |= Hold::leak_reported;
      leaks.push_back({hold.owner_id(), hold.granted, hold.site(), hold.fence,
                       static_cast<std::size_t>(word & Hold::all_references)});
    });
  }
  for (const Situation::Holder& leak : leaks) {
    counters_.leaked.add();
    log(LogLevel::warning,
        fmt::format("'{}' is held by '{}' for {} ({}); it may be leaked", name(), leak.owner.name(),
                    format_duration(now - leak.granted), to_text(leak.site)));
  }
}

// The earliest moment at which a round could find something to do: `due`, or when what begins after now has
// taken its full time.
Clock::time_point Pool::next_due(Clock::time_point now, Clock::time_point due) const {
  const std::lock_guard lock(mutex_);
  const auto after = [&](const std::optional<Duration>& interval) {
    if (interval) due = std::min(due, plus(now, *interval));
  };
  if (config_.min_size > 0) after(patience);
  if (live_.load() < config_.min_size && retry_at_ > now) due = std::min(due, retry_at_);
  after(config_.max_idle_time);
  after(config_.keepalive);
  if (config_.max_lifetime) after(*config_.max_lifetime - *config_.max_lifetime / 33);
  after(config_.leak_threshold);
  if (config_.leak_threshold)
    each_hold([&](const Hold& hold, Hold::Word) {
      if (!(hold.noted & Hold::leak_reported))
        due = std::min(due, plus(hold.granted, *config_.leak_threshold));
    });
  return std::max(due, plus(now, std::chrono::milliseconds(1)));
}

}  // namespace leasehold::detail
