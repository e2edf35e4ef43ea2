#pragma once

// What the threads of a storm saw: the event log that the manager's counters are held against.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace leasehold::storm {

// What must not happen and did.
class Violations {
 public:
  void add(const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (seen_.size() < 20) seen_.push_back(what);
  }
  bool empty() const {
    const std::lock_guard lock(mutex_);
    return seen_.empty();
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const std::string& one : seen_) all += "\n  " + one;
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> seen_;
};

// Of one pool. What a thread cannot know for sure is counted by its bounds.
struct Ledger {
  std::atomic<std::uint64_t> acquisitions = 0;  // hand-overs included
  std::atomic<std::uint64_t> handed_over = 0;
  std::atomic<std::uint64_t> perhaps_shared = 0;  // acquisitions by an owner that may have held it already
  std::atomic<std::uint64_t> failures = 0, timeouts = 0, deadlocks = 0;
  std::atomic<std::uint64_t> first_lent = 0;  // resources seen lent for the first time
  std::atomic<std::uint64_t> operations = 0, operation_failures = 0;
};

}  // namespace leasehold::storm
