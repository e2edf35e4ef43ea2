#pragma once

// Health checks, each on a thread of its own, so that one that hangs stalls nobody: not the caller beyond the
// timeout, not acquires, not the other checks. At most one runs per provider; asking again while it runs
// joins it.
//
// Threads: any. A check that never returns keeps its thread and its provider, nothing else.

#include "manager/registry.hpp"

namespace leasehold::detail {

class HealthMonitor {
 public:
  using Word = std::shared_ptr<sync::Atomic<std::uint32_t>>;

  // After each check `finished` is increased and unparked.
  HealthMonitor(std::shared_ptr<Clock> clock, Logger logger, Duration timeout, Word finished);

  // Runs the checks at once and waits for each until the timeout. The reports are in effect when it returns.
  std::map<std::string, HealthReport> check(const std::vector<EntryPtr>& entries);

  // Starts the checks without waiting; settle() puts into effect what has come in of one or is overdue.
  void start(const std::vector<EntryPtr>& entries);
  Clock::time_point settle(const EntryPtr& entry);  // returns when it is overdue

  void stop(const std::vector<EntryPtr>& entries) noexcept;  // asks the running checks to end

 private:
  struct Outcome {
    enum Kind : std::uint32_t { overdue = 1, answered = 2 };
    Kind kind;
    HealthReport report;
  };

  std::shared_ptr<HealthRun> begin(const EntryPtr& entry);
  std::optional<Outcome> outcome(const HealthRun& run) const;  // nothing while it may still answer
  void put_into_effect(Entry& entry, HealthRun& run, const Outcome& outcome);

  const std::shared_ptr<Clock> clock_;
  const Logger logger_;
  const Duration timeout_;
  const Word finished_;
};

// Calls a logger, which may be null or throw.
void log(const Logger& logger, LogLevel level, std::string_view message) noexcept;

}  // namespace leasehold::detail
