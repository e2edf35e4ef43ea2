#include "rate_limit.hpp"

#include <algorithm>

namespace leasehold {

namespace {
constexpr double minute = 60e9;  // in nanoseconds
}

RateLimit::RateLimit(std::optional<std::size_t> per_minute, Clock::time_point now)
    : capacity_(static_cast<double>(per_minute.value_or(0))), level_(capacity_), filled_(now) {}

void RateLimit::refill(Clock::time_point now) {
  if (now <= filled_) return;
  level_ = std::min(capacity_, level_ + capacity_ * static_cast<double>((now - filled_).count()) / minute);
  filled_ = now;
}

std::optional<Duration> RateLimit::take(double amount, Clock::time_point now, Duration most) {
  if (capacity_ == 0) return Duration::zero();
  refill(now);
  amount = std::min(amount, capacity_);
  const double wait = std::max(0.0, (amount - level_) / capacity_ * minute);
  if (wait > static_cast<double>(most.count())) return std::nullopt;
  level_ -= amount;
  return Duration(static_cast<Duration::rep>(wait));
}

void RateLimit::settle(double taken, double used, Clock::time_point now) {
  if (capacity_ == 0) return;
  refill(now);
  level_ = std::min(capacity_, level_ + std::min(taken, capacity_) - used);
}

}  // namespace leasehold
