#pragma once

#include <leasehold/clock.hpp>

#include <thread>

namespace leasehold::detail {

// Parks as the clock does. Whoever parks is entered somewhere and must get out in an orderly way, so a clock
// that throws counts as one that wakes for nothing.
inline bool park(Clock& clock, std::atomic<std::uint32_t>& word, std::uint32_t expected,
                 Clock::time_point deadline) noexcept {
  try {
    return clock.park(word, expected, deadline);
  } catch (...) {
    std::this_thread::yield();
    return clock.now() < deadline;
  }
}

}  // namespace leasehold::detail
