#pragma once

// What bounds the statements of one session: decides, and does nothing but read the clock.
//
// Threads: one, the session's.

#include <leasehold/operation.hpp>

#include <optional>

namespace leasehold::database {

enum class Limit { none, statement_timeout, deadline, cancelled, busy_timeout };

class StatementLimits {
 public:
  StatementLimits(std::optional<Duration> statement_timeout, Duration busy_timeout)
      : statement_timeout_(statement_timeout), busy_timeout_(busy_timeout) {}

  // The scope of one operation. Returns the one it replaces, to be given back to restore().
  OperationContext narrow(const OperationContext& context);
  void restore(OperationContext context) noexcept;

  void start_statement() noexcept;

  // Whether the running statement must end now. What it answers first, other than none, is remembered.
  Limit reached() noexcept;

  // One round of waiting for a lock; `round` counts from 0. False: give up.
  bool wait_for_lock(int round) noexcept;

  // Why the last statement was cut short, if it was.
  Limit cut() const noexcept { return cut_; }

  Duration elapsed() const noexcept { return context_.clock->now() - started_; }
  std::optional<Duration> statement_timeout() const noexcept { return statement_timeout_; }
  Duration busy_timeout() const noexcept { return busy_timeout_; }

 private:
  std::optional<Duration> statement_timeout_;
  Duration busy_timeout_;
  OperationContext context_ = {};
  Clock::time_point started_ = context_.clock->now();
  Clock::time_point busy_since_ = {};
  Limit cut_ = Limit::none;
};

}  // namespace leasehold::database
