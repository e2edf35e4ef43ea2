#pragma once

#include <leasehold/clock.hpp>

#include <cstddef>
#include <optional>

namespace leasehold {

// A token bucket: so much a minute, and as much at once. Pure: told the time, it neither waits nor locks.
class RateLimit {
 public:
  // nullopt: no limit.
  RateLimit(std::optional<std::size_t> per_minute, Clock::time_point now);

  // How long to wait before using `amount`, now taken; nullopt, and nothing taken, if that is longer than
  // `most`. More than a whole minute's worth counts as a minute's worth, or it could never be had.
  std::optional<Duration> take(double amount, Clock::time_point now, Duration most);

  // Corrects by what was used in fact. Too little taken before delays those who come.
  void settle(double taken, double used, Clock::time_point now);

 private:
  void refill(Clock::time_point now);

  double capacity_ = 0;  // 0: no limit
  double level_ = 0;     // negative: promised to those who wait
  Clock::time_point filled_;
};

}  // namespace leasehold
