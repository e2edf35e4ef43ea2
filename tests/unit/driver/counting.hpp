#pragma once

#include <leasehold/clock.hpp>

// States that count events until they are told to end.
inline constexpr const char* counting =
    "  - {name: a, arcs: [{event: more, actions: [count]}, {event: end, target: z}]}\n"
    "  - {name: z, type: final}\n";

// Later than anything takes that does not hang.
inline leasehold::Clock::time_point soon() {
  return leasehold::Clock::steady()->deadline_after(std::chrono::seconds(10));
}
