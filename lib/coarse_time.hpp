#pragma once

// The steady time as of the kernel's last tick, which costs a few loads. It counts whole ticks: when it moves
// it is behind the time already, always by about as much and by less than a tick.

#include <leasehold/clock.hpp>

#include <time.h>

#include <algorithm>
#include <atomic>

namespace leasehold::detail {

inline Clock::time_point coarse_steady_now() noexcept {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
  return Clock::time_point(std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
}

// How far apart its ticks are.
inline Duration coarse_step() noexcept {
  timespec t{};
  clock_getres(CLOCK_MONOTONIC_COARSE, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

// How far behind it is when it moves, as far as is known.
class CoarseLag {
 public:
  void note(Duration behind) noexcept {
    if (behind < least_.load(std::memory_order_relaxed)) least_.store(behind, std::memory_order_relaxed);
  }
  Duration least() const noexcept { return least_.load(std::memory_order_relaxed); }

 private:
  std::atomic<Duration> least_ = Duration::max();
};

// The least that something took whose begin is known in coarse time, and whose end in both. Ticks are `step`
// apart, two of them perhaps because the kernel was late for one.
inline Duration least_between(Clock::time_point began, Clock::time_point ended, Clock::time_point end,
                              Duration lag, Duration step) noexcept {
  const Duration in_last_tick = std::max(Duration::zero(), end - ended - lag);
  const bool long_ago = ended - began >= step * 5 / 2;
  return long_ago ? ended - began - step + in_last_tick : in_last_tick;
}

// A time that several things happen at, read when the first asks for it.
struct Moment {
  Clock::time_point time = {};  // not read yet
};

}  // namespace leasehold::detail
