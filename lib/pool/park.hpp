#pragma once

#include <leasehold/clock.hpp>

#include "sync/sync.hpp"

namespace leasehold::detail {

// Parks as the clock does. Whoever parks is entered somewhere and must get out in an orderly way, so a clock
// that throws counts as one that wakes for nothing.
inline bool park(Clock& clock, std::atomic<std::uint32_t>& word, std::uint32_t expected,
                 Clock::time_point deadline) noexcept {
  try {
    return clock.park(word, expected, deadline);
  } catch (...) {
    sync::yield();
    return clock.now() < deadline;
  }
}

}  // namespace leasehold::detail
