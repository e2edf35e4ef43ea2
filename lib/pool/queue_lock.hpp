#pragma once

// QueueLock: the lock of a pool, the time at which everything under it is decided, and the waiters to wake
// once it is free. A function that takes one is called under that lock.

#include <leasehold/clock.hpp>

#include <array>
#include <memory>
#include <mutex>
#include <optional>

#include "pool/waiter.hpp"
#include "sync/sync.hpp"

namespace leasehold::detail {

class QueueLock {
 public:
  QueueLock(sync::Mutex& mutex, Clock& clock) : clock_(clock), lock_(mutex) {}
  ~QueueLock() {
    if (lock_.owns_lock()) unlock();
  }
  QueueLock(const QueueLock&) = delete;
  QueueLock& operator=(const QueueLock&) = delete;

  // As of when it was first asked for, the same for all that is decided together.
  Clock::time_point now() noexcept {
    if (!now_) now_ = clock_.now();
    return *now_;
  }

  void wake(Waiter& waiter) noexcept {
    waiter.signal.fetch_add(1);
    if (count_ == woken_.size())
      clock_.unpark(waiter.signal, 1);
    else
      woken_[count_++] = waiter.shared_from_this();
  }

  void unlock() noexcept {
    lock_.unlock();
    while (count_ > 0) {
      const std::shared_ptr<Waiter> waiter = std::move(woken_[--count_]);
      clock_.unpark(waiter->signal, 1);
    }
  }

 private:
  Clock& clock_;
  std::unique_lock<sync::Mutex> lock_;
  std::optional<Clock::time_point> now_;
  std::array<std::shared_ptr<Waiter>, 8> woken_;
  std::size_t count_ = 0;
};

}  // namespace leasehold::detail
