#pragma once

// What happened to one pool, counted.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "coarse_time.hpp"
#include "metrics/histogram.hpp"

namespace leasehold::detail {

class Counter {
 public:
  void add() noexcept { value_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

// A number that is worked out from counts of different moments, each time a little too low perhaps: never
// less than was told before.
class Told {
 public:
  std::uint64_t at_least(std::uint64_t value) noexcept {
    std::uint64_t told = told_.load(std::memory_order_relaxed);
    while (value > told && !told_.compare_exchange_weak(told, value, std::memory_order_relaxed)) {
    }
    return std::max(value, told);
  }

 private:
  std::atomic<std::uint64_t> told_ = 0;
};

// How long holds are that are too many to be timed one by one: as the like of them that were timed lately,
// each of which stands for as many, so that the rhythm of a caller does not show.
class RecentHolds {
 public:
  void note(Duration held) noexcept {
    const std::uint64_t place = noted_.fetch_add(1, std::memory_order_relaxed);
    recent_[place % recent_.size()].store(held, std::memory_order_relaxed);
  }

  // Calls take(duration, times), whose times add up to `holds`.
  template <class Take>
  void spread(std::uint64_t holds, Take take) const noexcept {
    const std::uint64_t noted = noted_.load(std::memory_order_relaxed);
    const std::uint64_t n = std::clamp<std::uint64_t>(noted, 1, recent_.size());
    for (std::uint64_t i = 0; i < n && i < holds; ++i)
      take(recent_[i].load(std::memory_order_relaxed), holds / n + (i < holds % n ? 1 : 0));
  }

 private:
  std::array<std::atomic<Duration>, 64> recent_{};
  std::atomic<std::uint64_t> noted_ = 0;
};

struct Counters {
  Counter failures, timeouts, waits, created, create_failures, destroyed, revoked, leaked, deadlocks,
      health_failures, operations, operation_failures;
  Counter shares;  // leases of what the owner held already; the grants themselves are counted in the slots
  Counter first_grants;  // of a resource that had not been lent before
  Histogram wait;        // grants that came at once are not recorded
  Histogram hold, creation;
  RecentHolds recent_holds;
  CoarseLag coarse_lag;
  Told reused, holds, hold_total;
};

}  // namespace leasehold::detail
