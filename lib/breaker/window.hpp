#pragma once

// The outcomes of the last calls, counted. Pure; used under the breaker's lock.

#include <cstddef>
#include <vector>

namespace leasehold::detail {

struct CallOutcome {
  bool failed = false;
  bool slow = false;
};

class CallWindow {
 public:
  explicit CallWindow(std::size_t size) : ring_(size) {}

  void add(CallOutcome outcome) noexcept {
    if (ring_.empty()) return;
    if (calls_ == ring_.size()) {
      failures_ -= ring_[next_].failed;
      slow_ -= ring_[next_].slow;
    } else {
      ++calls_;
    }
    ring_[next_] = outcome;
    failures_ += outcome.failed;
    slow_ += outcome.slow;
    next_ = (next_ + 1) % ring_.size();
  }
  void clear() noexcept { calls_ = failures_ = slow_ = next_ = 0; }

  std::size_t calls() const noexcept { return calls_; }
  std::size_t failures() const noexcept { return failures_; }
  std::size_t slow() const noexcept { return slow_; }

 private:
  std::vector<CallOutcome> ring_;
  std::size_t next_ = 0, calls_ = 0, failures_ = 0, slow_ = 0;
};

}  // namespace leasehold::detail
