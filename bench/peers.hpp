#pragma once

// What the pool is measured against.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace bench {

// The pool everybody writes first: a mutex, a condition variable and a timed wait.
class MutexPool {
 public:
  explicit MutexPool(std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) idle_.push_back(static_cast<int>(i));
  }

  int acquire(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, timeout, [this] { return !idle_.empty(); })) return -1;
    const int resource = idle_.back();
    idle_.pop_back();
    return resource;
  }

  void release(int resource) {
    {
      const std::lock_guard lock(mutex_);
      idle_.push_back(resource);
    }
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<int> idle_;
};

}  // namespace bench
