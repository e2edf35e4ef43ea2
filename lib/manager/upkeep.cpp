#include "manager/upkeep.hpp"
#include "pool/park.hpp"

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
  try {
    std::thread([self = shared_from_this()] { self->run(); }).detach();
  } catch (const std::system_error& error) {
    running_.store(0);
    started_.store(false);
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

Clock::time_point Upkeep::round() {
  const std::vector<EntryPtr> entries = registry_->in_order();
  Clock::time_point next = Clock::never;
  for (const EntryPtr& entry : entries) {
    if (stopping_.load()) return Clock::never;
    try {
      next = std::min(next, entry->pool->maintain());
    } catch (const std::exception& error) {
      log(logger_, LogLevel::error,
          fmt::format("upkeep of resource '{}' failed: {}", entry->name, error.what()));
      next = std::min(next, clock_->deadline_after(std::chrono::seconds(1)));
    }
  }
  for (const EntryPtr& entry : registry_->kept()) {
    if (entry->unregistering.load()) continue;
    if (!entry->pool->drain(clock_->now()))
      next = std::min(next, clock_->deadline_after(std::chrono::seconds(1)));
    else if (registry_->forget(entry))
      entry->provider->close();
  }
  if (health_interval_ && clock_->now() >= next_health_.load()) {
    health_.start(entries);
    next_health_.store(clock_->deadline_after(*health_interval_));
  }
  return std::min({next, next_health_.load(), health_.settle(entries)});
}

void Upkeep::run() noexcept {
  while (!stopping_.load()) {
    const std::uint32_t seen = bumps_->load();
    Clock::time_point next;
    try {
      next = round();
    } catch (...) {  // no memory for the list of names; later there may be
      next = clock_->deadline_after(std::chrono::seconds(1));
    }
    while (!stopping_.load() && bumps_->load() == seen && park(*clock_, *bumps_, seen, next)) {
    }
  }
  running_.store(0);
  clock_->unpark(running_, INT_MAX);
}

}  // namespace leasehold::detail
