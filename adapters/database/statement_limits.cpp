#include "statement_limits.hpp"

#include <algorithm>
#include <utility>

namespace leasehold::database {

OperationContext StatementLimits::narrow(const OperationContext& context) {
  OperationContext outer = context_;
  // Deadlines of different clocks cannot be compared: the inner scope's clock is the one that counts.
  const bool comparable = context.clock == outer.clock;
  context_ = context;
  if (comparable) context_.deadline = std::min(context.deadline, outer.deadline);
  if (!context_.stop.stop_possible()) context_.stop = outer.stop;
  started_ = context_.clock->now();
  return outer;
}

void StatementLimits::restore(OperationContext context) noexcept {
  context_ = std::move(context);
  started_ = context_.clock->now();  // what was read from another clock means nothing on this one
}

void StatementLimits::start_statement() noexcept {
  started_ = context_.clock->now();
  cut_ = Limit::none;
}

Limit StatementLimits::reached() noexcept {
  if (context_.stop.stop_requested()) return cut_ = Limit::cancelled;
  const Clock::time_point now = context_.clock->now();
  if (now >= context_.deadline) return cut_ = Limit::deadline;
  if (statement_timeout_ && now - started_ >= *statement_timeout_) return cut_ = Limit::statement_timeout;
  return Limit::none;
}

bool StatementLimits::wait_for_lock(int round) noexcept {
  if (round == 0) busy_since_ = context_.clock->now();
  if (reached() != Limit::none) return false;
  const Clock::time_point now = context_.clock->now();
  if (now - busy_since_ >= busy_timeout_) {
    cut_ = Limit::busy_timeout;
    return false;
  }
  // The lock is in a file, so there is nothing to wait on: look again after 0.25 ms, 0.5 ms, ... 4 ms.
  // No rarer, or those who come later and look more often would always be first.
  const Duration pause = std::chrono::microseconds(250) * (1 << std::min(round, 4));
  context_.clock->sleep_until(std::min({now + pause, busy_since_ + busy_timeout_, context_.deadline}),
                              context_.stop);
  return true;
}

}  // namespace leasehold::database
