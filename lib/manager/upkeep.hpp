#pragma once

// The background thread of a manager: parks on the Clock until something is due, then has workers do the
// pools' upkeep and put health reports into effect. One that a provider holds up is left to that, another
// goes on.
//
// Threads: any. The workers refer only to this object and the registry, so they may outlast the manager.

#include "manager/health_monitor.hpp"

namespace leasehold::detail {

class Upkeep : public std::enable_shared_from_this<Upkeep> {
 public:
  Upkeep(std::shared_ptr<Registry> registry, const ManagerOptions& options, std::shared_ptr<Clock> clock);

  HealthMonitor& health() noexcept { return health_; }

  void start();                                    // once; does nothing if there is to be no thread
  void bump() noexcept;                            // something may be due earlier than it thought
  bool stop(Clock::time_point deadline) noexcept;  // false: the thread is still busy and was left behind

  // One round; returns when the next is due. Does not wait for a provider that takes longer than `patience`.
  Clock::time_point round(Duration patience);

 private:
  struct Round;

  void run() noexcept;
  void work(Round& round) noexcept;
  void tell_failure(const Entry& entry, const std::exception& error) const noexcept;
  Clock::time_point tend(const EntryPtr& entry, bool registered);

  const std::shared_ptr<Registry> registry_;
  const std::shared_ptr<Clock> clock_;
  const Logger logger_;
  const bool threaded_;
  const std::optional<Duration> health_interval_;
  sync::Atomic<Clock::time_point> next_health_;
  const HealthMonitor::Word bumps_ = std::make_shared<sync::Atomic<std::uint32_t>>(0);
  sync::Atomic<bool> stopping_ = false;
  sync::Atomic<std::uint32_t> running_ = 0;
  sync::Atomic<bool> started_ = false;
  HealthMonitor health_;
};

}  // namespace leasehold::detail
