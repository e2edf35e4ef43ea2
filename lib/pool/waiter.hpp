#pragma once

// Waiter: a thread that waits in acquire. Its state changes under its pool's lock only, which is the one
// place that decides between a grant and giving up.

#include <leasehold/clock.hpp>
#include <leasehold/error.hpp>
#include <leasehold/owner.hpp>

#include <boost/intrusive/list.hpp>

#include <exception>
#include <memory>
#include <stop_token>
#include <vector>

#include "sync/sync.hpp"

namespace leasehold::detail {

struct Slot;

struct Waiter : boost::intrusive::list_base_hook<>, std::enable_shared_from_this<Waiter> {
  enum class State { waiting, granted, retry, failed, closed, deadlocked, timed_out, cancelled };
  using List = boost::intrusive::list<Waiter>;

  State state = State::waiting;
  bool woken = false;        // told to try an idle slot
  bool attended = false;     // the provider is at work for it; it takes what comes first
  Slot* slot = nullptr;      // granted
  bool create = false;       // it is empty, to be filled
  bool ready = false;        // it is good to use; if shared, this waiter is counted as one more user
  std::exception_ptr error;  // failed
  std::vector<DeadlockStep> cycle;
  List* home = nullptr;  // where it waits, kept by who waits; null once it left

  OwnerId owner;
  Clock::time_point since;
  std::uint64_t ticket = 0;  // the order of arrival
  Clock::time_point deadline;
  std::stop_token stop;
  bool may_wait = true;
  std::uint64_t thread = 0;

  // Past its deadline or stopped, though it may not have woken to notice: not to be served any more.
  bool late(Clock::time_point now) const noexcept { return now >= deadline || stop.stop_requested(); }

  sync::Atomic<std::uint32_t> signal = 0;  // changes at every event; what it parks on
};

}  // namespace leasehold::detail
