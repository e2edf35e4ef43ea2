#include "manager/upkeep.hpp"
#include "pool/park.hpp"
#include "pool/workers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <thread>

namespace leasehold::detail {

Upkeep::Upkeep(std::shared_ptr<Registry> registry, const ManagerOptions& options,
               std::shared_ptr<Clock> clock)
    : registry_(std::move(registry)),
      clock_(std::move(clock)),
      logger_(options.logger),
      threaded_(options.maintenance),
      health_interval_(options.health_interval),
      next_health_(health_interval_ ? clock_->deadline_after(*health_interval_) : Clock::never),
      health_(clock_, options.logger, options.health_timeout, bumps_) {}

void Upkeep::start() {
  if (!threaded_ || stopping_.load() || started_.exchange(true)) return;
  running_.store(1);
  const auto not_started = [this] {
    running_.store(0);
    started_.store(false);
  };
  try {
    std::thread([self = shared_from_this()] { self->run(); }).detach();
  } catch (const std::bad_alloc&) {
    not_started();
    throw;
  } catch (const std::system_error& error) {
    not_started();
    throw Error(errc::resource_create_failed,
                fmt::format("the maintenance thread could not be started: {}", error.code().message()),
                {.hint = "raise the limit on threads, or set ManagerOptions::maintenance to false"});
  }
}

void Upkeep::bump() noexcept {
  bumps_->fetch_add(1);
  clock_->unpark(*bumps_, INT_MAX);
}

bool Upkeep::stop(Clock::time_point deadline) noexcept {
  stopping_.store(true);
  bump();
  while (running_.load() == 1)
    if (!park(*clock_, running_, 1, deadline)) return running_.load() == 0;
  return true;
}

namespace {
constexpr Duration later = std::chrono::seconds(1);  // when something is looked at again that is not done
}

// What the workers of a round share.
struct Upkeep::Round {
  std::vector<EntryPtr> entries;
  std::size_t registered;  // those after it are kept for their leases only
  sync::Atomic<std::size_t> begun = 0;
  sync::Atomic<std::size_t> ended = 0;
  sync::Atomic<std::uint32_t> over = 0;
  sync::Atomic<Clock::time_point> next = Clock::never;  // the earliest that one of them wants
};

Clock::time_point Upkeep::tend(const EntryPtr& entry, bool registered) {
  if (registered) return std::min(entry->pool->maintain(), health_.settle(entry));
  if (entry->unregistering.load()) return Clock::never;
  if (!entry->pool->drain(clock_->now(), clock_->deadline_after(later))) return clock_->deadline_after(later);
  if (registry_->forget(entry)) entry->provider->close();
  return Clock::never;
}

void Upkeep::tell_failure(const Entry& entry, const std::exception& error) const noexcept {
  try {
    log(logger_, LogLevel::error,
        fmt::format("upkeep of resource '{}' failed: {}", entry.name, error.what()));
  } catch (const std::bad_alloc&) {  // then nobody is told
  }
}

void Upkeep::work(Round& round) noexcept {
  const std::size_t size = round.entries.size();
  for (std::size_t i = 0; (i = round.begun.fetch_add(1)) < size;) {
    const EntryPtr& entry = round.entries[i];
    Clock::time_point due = clock_->deadline_after(later);
    if (!entry->tended.exchange(true)) {
      try {
        due = tend(entry, i < round.registered);
      } catch (const std::exception& error) {
        tell_failure(*entry, error);
      }
      entry->tended.store(false);
    }
    Clock::time_point next = round.next.load();
    while (due < next && !round.next.compare_exchange_weak(next, due)) {
    }
    if (round.ended.fetch_add(1) + 1 == size) {
      round.over.store(1);
      clock_->unpark(round.over, INT_MAX);
    }
  }
}

Clock::time_point Upkeep::round(Duration patience) {
  const auto round = std::make_shared<Round>();
  round->entries = registry_->in_order();
  round->registered = round->entries.size();
  if (health_interval_ && clock_->now() >= next_health_.load()) {
    health_.start(round->entries);
    next_health_.store(clock_->deadline_after(*health_interval_));
  }
  const std::vector<EntryPtr> kept = registry_->kept();
  round->entries.insert(round->entries.end(), kept.begin(), kept.end());
  const std::size_t size = round->entries.size();
  const auto held_up = [&] {
    const std::size_t before = round->ended.load();
    const Clock::time_point deadline = clock_->deadline_after(patience);
    while (round->over.load() == 0 && clock_->now() < deadline) park(*clock_, round->over, 0, deadline);
    return round->over.load() == 0 && round->ended.load() == before;
  };
  while (round->begun.load() < size) {
    run_on_worker([self = shared_from_this(), round] { self->work(*round); });
    while (round->over.load() == 0 && !held_up()) {
    }
  }
  const Clock::time_point next = std::min(round->next.load(), next_health_.load());
  return round->over.load() == 0 && size > 0 ? std::min(next, clock_->deadline_after(later)) : next;
}

void Upkeep::run() noexcept {
  while (!stopping_.load()) {
    const std::uint32_t seen = bumps_->load();
    Clock::time_point next;
    try {
      next = round(std::chrono::milliseconds(10));
    } catch (...) {  // no memory for the list of names; later there may be
      next = clock_->deadline_after(later);
    }
    while (!stopping_.load() && bumps_->load() == seen && park(*clock_, *bumps_, seen, next)) {
    }
  }
  running_.store(0);
  clock_->unpark(running_, INT_MAX);
}

}  // namespace leasehold::detail
