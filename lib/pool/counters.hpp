#pragma once

// What happened to one pool, counted.

#include <atomic>
#include <cstdint>
#include <memory>

#include "metrics/histogram.hpp"

namespace leasehold::detail {

class Counter {
 public:
  void add() noexcept { value_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

struct Counters {
  Counter failures, timeouts, waits, created, create_failures, destroyed, revoked, leaked, deadlocks,
      health_failures, operations, operation_failures;
  Counter shares;  // leases of what the owner held already; the grants themselves are counted in the slots
  Counter first_grants;  // of a resource that had not been lent before
  Counter timed_waits;   // grants recorded in `wait`; the others did not wait
  Histogram wait, hold, creation;
};

}  // namespace leasehold::detail
