#pragma once

// Fences: the numbers of a manager's grants, for a store that must refuse who comes late.
//
// Numbers never come twice. Until somebody asks for one, no two threads share a counter: a number then grows
// with every grant of one resource slot's thread and, between threads, with time as the coarse clock sees it.
// From the first question on every grant takes the next of one sequence, above all that went before.
//
// Threads: any.

#include <leasehold/clock.hpp>

#include <algorithm>

#include "sync/sync.hpp"
#include "thread/thread.hpp"

namespace leasehold::detail {

class Fences {
 public:
  // The number of a grant to this thread; `before` is that of the last grant of the resource.
  std::uint64_t grant(Thread& self, std::uint64_t before) noexcept {
    if (asked_.load(std::memory_order_acquire)) [[unlikely]]
      return next_.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t grants =
        std::max(self.grants.load(std::memory_order_relaxed), before >> index_bits) + 1;
    self.grants.store(grants, std::memory_order_relaxed);
    return (grants << index_bits) | (self.index & ((1U << index_bits) - 1));
  }

  // Before the first grant of a resource at a new time of the coarse clock: this thread's numbers are above
  // those of earlier times.
  static void note_time(Thread& self, Clock::time_point now) noexcept {
    const auto time = static_cast<std::uint64_t>(now.time_since_epoch().count()) >> unit_bits;
    if (time > self.grants.load(std::memory_order_relaxed))
      self.grants.store(time, std::memory_order_relaxed);
  }

  // Call before a number is shown.
  void ask() noexcept;

 private:
  static constexpr unsigned unit_bits = 8;    // of the clock's nanoseconds
  static constexpr unsigned index_bits = 12;  // of the thread's record: 4,096 threads at once

  sync::Atomic<bool> asked_ = false;
  sync::Atomic<std::uint64_t> next_ = 0;
  sync::Mutex mutex_;  // of the first question
};

}  // namespace leasehold::detail
