#include <fmt/format.h>

#include <algorithm>

#include "pool/attempt.hpp"
#include "pool/site.hpp"
#include "pool/wait_graph.hpp"

// What a pool tells: counts, holders, metrics, and errors that are a diagnosis.

namespace leasehold::detail {

std::string to_text(const CallSite& site) {
  std::string_view file = site.file ? site.file : "";
  if (file.empty()) return {};
  if (const std::size_t slash = file.rfind('/'); slash != std::string_view::npos)
    file.remove_prefix(slash + 1);
  return fmt::format("{}:{}", file, site.line);
}

PoolCounts Pool::count() const {
  PoolCounts counts;
  counts.total = live_.load();
  counts.creating = creating_;
  counts.waiting = unattended() + followers_.size();
  counts.revoked_in_use = revoked_in_use_;
  return counts;
}

PoolCounts Pool::counts() const {
  if (forked()) return {};
  const std::lock_guard lock(mutex_);
  PoolCounts counts = count();
  counts.active = shared_holds_;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Hold::Word word = slots_[i].word.load();
    if (word & Hold::idle) ++counts.idle;
    if ((word & Hold::all_references) != 0 && !(word & Hold::taken_away)) ++counts.active;
  }
  raise_peak(counts.active);
  return counts;
}

Pool::Situation Pool::look() const {
  Situation situation;
  situation.max_size = config_.max_size;
  situation.counts = count();
  situation.suspended = suspended();
  situation.last_error = last_error_;
  // Each slot is looked at once: what goes from idle to lent meanwhile, or back, counts as one of them.
  each_slot(
      [&](const Hold& hold, Hold::Word word) {
        situation.holders.push_back({hold.owner_id(), hold.granted, hold.site(), hold.fence,
                                     static_cast<std::size_t>(word & Hold::all_references)});
      },
      [&](const Slot& slot) {
        if (slot.word.load() & Hold::idle) ++situation.counts.idle;
      });
  situation.counts.active = situation.holders.size();
  raise_peak(situation.counts.active);
  situation.now = clock().now();  // after the last grant that was seen, so that no age is negative
  std::sort(situation.holders.begin(), situation.holders.end(), [](const auto& a, const auto& b) {
    return a.granted < b.granted || (a.granted == b.granted && a.fence < b.fence);
  });
  return situation;
}

PoolStatus Pool::status() const {
  if (forked()) return {};
  std::unique_lock lock(mutex_);
  const Situation situation = look();
  lock.unlock();
  PoolStatus status{situation.counts, {}, situation.max_size, situation.suspended};
  for (const Situation::Holder& holder : situation.holders)
    status.holders.push_back({holder.owner.name(), situation.now - holder.granted, to_text(holder.site),
                              holder.fence, holder.leases});
  return status;
}

ResourceMetrics Pool::metrics() const {
  ResourceMetrics metrics;
  const PoolCounts now = counts();
  metrics.active = now.active;
  metrics.idle = now.idle;
  metrics.waiting = now.waiting;
  metrics.revoked_in_use = now.revoked_in_use;
  if (!setup_.metrics) return metrics;
  // In this order, so that no more holds have ended than grants were made.
  Histogram::Reading holds(counters_.hold);
  std::uint64_t untimed = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i)
    untimed += slots_[i].untimed.load(std::memory_order_relaxed);
  counters_.recent_holds.spread(untimed, [&](Duration each, std::uint64_t times) { holds.add(each, times); });
  Histogram::Reading waits(counters_.wait);
  std::uint64_t grants = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) grants += slots_[i].grants.load(std::memory_order_relaxed);
  metrics.acquisitions = grants + counters_.shares.value();
  metrics.failures = counters_.failures.value();
  metrics.timeouts = counters_.timeouts.value();
  metrics.waits = counters_.waits.value();
  metrics.created = counters_.created.value();
  metrics.create_failures = counters_.create_failures.value();
  metrics.destroyed = counters_.destroyed.value();
  metrics.reused = counters_.reused.at_least(grants - std::min(grants, counters_.first_grants.value()));
  metrics.revoked = counters_.revoked.value();
  metrics.leaked = counters_.leaked.value();
  metrics.deadlocks = counters_.deadlocks.value();
  metrics.health_failures = counters_.health_failures.value();
  metrics.operations = counters_.operations.value();
  metrics.operation_failures = counters_.operation_failures.value();
  metrics.peak_active = peak_active_.load();
  if (waits.count() < metrics.acquisitions) waits.add(Duration::zero(), metrics.acquisitions - waits.count());
  metrics.wait = waits.summary();
  metrics.hold = holds.summary();
  metrics.hold.count = counters_.holds.at_least(metrics.hold.count);
  metrics.hold.total = Duration(static_cast<Duration::rep>(
      counters_.hold_total.at_least(static_cast<std::uint64_t>(metrics.hold.total.count()))));
  metrics.creation = counters_.creation.summary();
  metrics.average_hold_time = metrics.hold.mean;
  metrics.average_acquisition_time = metrics.wait.mean;
  return metrics;
}

void Pool::throw_outcome(Waiter& waiter, Waiter::State state, Attempt& attempt) {
  const Duration elapsed = clock().now() - attempt.since;
  switch (state) {
    case Waiter::State::failed:
      std::rethrow_exception(std::exchange(waiter.error, nullptr));
    case Waiter::State::closed:
      throw_closed(attempt.owner);
    case Waiter::State::cancelled:
      throw_error(errc::acquire_cancelled,
                  fmt::format("waiting for '{}' was cancelled after {}", name(), format_duration(elapsed)),
                  {.resource = name(), .owner = attempt.owner.name(), .elapsed = elapsed});
    case Waiter::State::deadlocked: {
      std::string steps;
      for (const DeadlockStep& step : waiter.cycle)
        steps += fmt::format("{}'{}' holds '{}' for {} and waits for '{}' for {}", steps.empty() ? "" : ", ",
                             step.owner, step.holds, format_duration(step.held_for), step.waits_for,
                             format_duration(step.waiting_for));
      throw DeadlockError(fmt::format("waiting for '{}' would never end: {}", name(), steps), waiter.cycle,
                          {.resource = name(),
                           .owner = attempt.owner.name(),
                           .elapsed = elapsed,
                           .hint = "acquire them together with acquire_all, or always in one order"});
    }
    default:
      throw_exhausted(errc::acquire_timeout, attempt);
  }
}

void Pool::throw_exhausted(errc code, const Attempt& attempt) const {
  constexpr std::size_t shown = 5;
  const Situation& situation = *attempt.situation;
  const PoolCounts& counts = situation.counts;
  const Duration elapsed = situation.now - attempt.since;
  std::string text = code == errc::acquire_exhausted ? fmt::format("too many wait for '{}'", name())
                     : attempt.may_wait ? fmt::format("no '{}' within {}", name(), format_duration(elapsed))
                                        : fmt::format("no '{}' at once", name());
  if (situation.suspended) text += ", it is suspended";
  text += fmt::format(": total {} of {}, active {}, idle {}, waiting {}", counts.total, situation.max_size,
                      counts.active, counts.idle, counts.waiting);
  if (counts.creating > 0) text += fmt::format(", being opened {}", counts.creating);
  if (counts.revoked_in_use > 0) text += fmt::format(", revoked in use {}", counts.revoked_in_use);
  if (attempt.position > 0) text += fmt::format("; position {} in the queue", attempt.position);
  for (std::size_t i = 0; i < std::min(shown, situation.holders.size()); ++i) {
    const Situation::Holder& holder = situation.holders[i];
    const std::string site = to_text(holder.site);
    text +=
        fmt::format("{}'{}' for {}{}", i == 0 ? "; held by " : ", ", holder.owner.name(),
                    format_duration(situation.now - holder.granted), site.empty() ? "" : " (" + site + ")");
  }
  if (situation.holders.size() > shown) text += fmt::format(" and {} more", situation.holders.size() - shown);
  if (!situation.last_error.empty()) text += "; last failure to open: " + situation.last_error;

  std::string hint = "hold leases for a shorter time, or raise max_size or the timeout";
  if (situation.suspended)
    hint = "resume it first";
  else if (code == errc::acquire_exhausted)
    hint = "hold leases for a shorter time, or raise max_size or max_waiters";
  else if (counts.active == 0 && counts.creating > 0)
    hint = "find out why opening one takes so long";
  throw PoolExhaustedError(
      code, std::move(text),
      {.resource = name(), .owner = attempt.owner.name(), .elapsed = elapsed, .hint = hint});
}

void Pool::throw_closed(const OwnerId& owner) const {
  throw StateError(errc::acquire_closed, fmt::format("'{}' is closed", name()),
                   {.resource = name(), .owner = owner.name()});
}

void Pool::throw_forked() const {
  throw StateError(errc::acquire_forked, fmt::format("'{}' belongs to the parent process", name()),
                   {.resource = name(), .hint = "make a manager of its own in the child"});
}

void Pool::log(LogLevel level, const std::string& message) const noexcept {
  if (!setup_.logger) return;
  try {
    setup_.logger(level, message);
  } catch (...) {  // a logger's failure is nobody's error
  }
}

}  // namespace leasehold::detail
