#pragma once

// Waiter: a thread that waits in acquire. Its state changes under its pool's lock only, which is the one
// place that decides between a grant and giving up.

#include <leasehold/clock.hpp>
#include <leasehold/error.hpp>
#include <leasehold/owner.hpp>

#include <array>
#include <exception>
#include <list>
#include <memory>
#include <stop_token>
#include <vector>

#include "sync/sync.hpp"

namespace leasehold::detail {

struct Slot;

struct Waiter {
  enum class State { waiting, granted, retry, failed, closed, deadlocked, timed_out, cancelled };
  using List = std::list<std::shared_ptr<Waiter>>;

  State state = State::waiting;
  bool woken = false;        // told to try an idle slot
  Slot* slot = nullptr;      // granted
  bool create = false;       // it is empty, to be filled
  bool joined = false;       // it is shared, and this waiter is counted as one more user
  std::exception_ptr error;  // failed
  std::vector<DeadlockStep> cycle;
  List* home = nullptr;  // where it waits; null once it left
  List::iterator place;

  OwnerId owner;
  Clock::time_point since;
  Clock::time_point deadline;
  std::stop_token stop;
  std::uint64_t thread = 0;

  // Past its deadline or stopped, though it may not have woken to notice: not to be served any more.
  bool late(Clock::time_point now) const noexcept { return now >= deadline || stop.stop_requested(); }

  sync::Atomic<std::uint32_t> signal = 0;  // changes at every event; what it parks on
};

// The waiters to wake once the lock is released: declare it before the lock.
class Wakes {
 public:
  explicit Wakes(Clock& clock) noexcept : clock_(clock) {}
  ~Wakes() { fire(); }
  Wakes(const Wakes&) = delete;
  Wakes& operator=(const Wakes&) = delete;

  void add(const std::shared_ptr<Waiter>& waiter) noexcept {
    waiter->signal.fetch_add(1);
    if (count_ == waiters_.size())
      clock_.unpark(waiter->signal, 1);
    else
      waiters_[count_++] = waiter;
  }

  void fire() noexcept {
    while (count_ > 0) {
      const std::shared_ptr<Waiter> waiter = std::move(waiters_[--count_]);
      clock_.unpark(waiter->signal, 1);
    }
  }

 private:
  Clock& clock_;
  std::array<std::shared_ptr<Waiter>, 8> waiters_;
  std::size_t count_ = 0;
};

}  // namespace leasehold::detail
