#pragma once

// WaitGraph: which threads of one manager wait for which pool, and whether they wait for each other.
//
// A pool is stuck if every resource of it is lent and every holder is stuck; a holder is stuck if the thread
// that acquired the hold, and alone used it, waits for a stuck pool. So a waiter is in a deadlock if all whom
// it waits for, directly or not, wait too: nobody of them can go on. There are no false alarms: a waiter
// counts only if it waited from before the first look to after the last, and a waiting thread cannot let go
// of anything meanwhile.
//
// Threads: any. Its lock is taken before those of pools.

#include <memory>
#include <vector>

#include "pool/waiter.hpp"
#include "sync/sync.hpp"

namespace leasehold::detail {

class Pool;

// One hold that a waiter waits for.
struct Lender {
  std::uint64_t thread = 0;
  OwnerId owner;
  Clock::time_point granted;
};

class WaitGraph {
 public:
  void add(Pool& pool, std::shared_ptr<Waiter> waiter);
  void remove(const Waiter& waiter) noexcept;

  // If the waiter is in a cycle, fails the youngest waiter of that cycle.
  void look_for_cycle(const Waiter& waiter);

 private:
  struct Blocked {
    Pool* pool;
    std::shared_ptr<Waiter> waiter;
    std::vector<Lender> lenders;  // while looking
  };

  Blocked* find(std::uint64_t thread) noexcept;
  std::vector<Blocked*> find_stuck(const Waiter& waiter);
  void fail_youngest(Blocked& first);  // of the cycle that begins there

  sync::Mutex mutex_;
  std::vector<Blocked> blocked_;
};

}  // namespace leasehold::detail
