#pragma once

// What a breaker decides, without clock, lock or exception: a small Boost.MSM machine behind a plain
// interface, so that a table of events and times tests all of it.
//
// Threads: none of its own; Breaker guards it.

#include <leasehold/breaker.hpp>

#include "breaker/window.hpp"

namespace leasehold::detail {

class BreakerMachine {
 public:
  using time_point = Clock::time_point;

  explicit BreakerMachine(const BreakerConfig& config);
  ~BreakerMachine();

  // A permit, or nothing if the call must not be made. May move from open to half open.
  std::optional<Breaker::Permit> admit(time_point now) noexcept;

  // A permit of an earlier epoch counts for nothing.
  void ended(Breaker::Permit permit, CallOutcome outcome, time_point now) noexcept;
  void cancelled(Breaker::Permit permit) noexcept;

  void force_open() noexcept;
  void force_closed() noexcept;
  void reset() noexcept;

  BreakerState state() const noexcept;
  Duration retry_after(time_point now) const noexcept;  // zero unless open

 private:
  struct Chart;
  std::unique_ptr<Chart> chart_;
};

}  // namespace leasehold::detail
