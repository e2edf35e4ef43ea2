#pragma once

// What the threads of the core meet at. Here these are the standard library's own types and cost nothing
// more; the tests compile the same sources once more with a header of this name in front of this one, whose
// types let a model choose every interleaving (tests/model).
//
// What only counts (metrics/, pool/counters.hpp) or happens once (thread/barrier.cpp, pool/process.cpp) uses
// the standard types directly.

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <thread>

namespace leasehold::detail::sync {

template <class T>
using Atomic = std::atomic<T>;
using Mutex = std::mutex;
using SharedMutex = std::shared_mutex;
using ThreadId = std::thread::id;

inline ThreadId this_thread_id() noexcept {
  return std::this_thread::get_id();
}

// Lets others go on while this thread looks again and again for what one of them does.
inline void yield() noexcept {
  std::this_thread::yield();
}

}  // namespace leasehold::detail::sync
