#pragma once

// What the parts of Pool pass each other.

#include "pool/pool.hpp"

namespace leasehold::detail {

// The state of a pool at one moment, for messages.
struct Pool::Situation {
  struct Holder {
    OwnerId owner;
    Clock::time_point granted;
    CallSite site;
    std::uint64_t fence = 0;
    std::size_t leases = 0;
  };

  Clock::time_point now;
  std::size_t max_size = 0;
  PoolCounts counts;
  bool suspended = false;
  std::vector<Holder> holders;  // oldest first
  std::string last_error;
};

// One call of acquire.
struct Pool::Attempt {
  OwnerId owner;
  Clock::time_point since;
  std::uint64_t ticket = 0;  // its place in the order of arrival; 0: none yet
  Clock::time_point deadline;
  bool may_wait = true;
  bool explain = true;  // else null says that nothing can be had at once
  std::stop_token stop = {};
  CallSite site = {};
  bool waited = false;
  bool again = false;                                 // what it had found at first was not usable
  std::size_t position = 0;                           // in the queue when it gave up, from 1
  std::optional<Situation> situation = std::nullopt;  // of the pool then
};

// A slot that the claimer has for itself (or has joined); none: it has to try again.
struct Pool::Claim {
  Slot* slot = nullptr;
  bool create = false;  // it is empty
  bool ready = false;   // good to use as it is; if shared, the claimer is counted as one more user
};

// Making or checking the resource of a slot, on a worker.
struct Pool::Preparation {
  PreparationKind kind = PreparationKind::create;
  std::shared_ptr<Pool> pool;
  Slot* slot = nullptr;
  AcquireContext context;
  std::optional<Breaker::Permit> permit;
  std::shared_ptr<Waiter> waiter;  // who wants it, if still waiting
  Live* live = nullptr;            // what was made

  bool lends() const noexcept { return kind <= PreparationKind::replace; }  // for an acquire
  static bool makes(PreparationKind kind) noexcept {
    return kind == PreparationKind::create || kind == PreparationKind::refill;
  }
  bool makes() const noexcept { return makes(kind); }
};

}  // namespace leasehold::detail
