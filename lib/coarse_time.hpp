#pragma once

// The steady time as of the kernel's last tick (1 to 4 ms ago), which costs a few loads.

#include <leasehold/clock.hpp>

#include <time.h>

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

// A time that several things happen at, read when the first asks for it.
struct Moment {
  Clock::time_point time = {};  // not read yet
};

}  // namespace leasehold::detail
