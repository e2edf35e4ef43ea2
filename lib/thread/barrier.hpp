#pragma once

// Two threads that each write one word and then read the other's need a full barrier between the two, or both
// may miss what the other wrote. Where one side is far more frequent than the other, it pays nothing
// (light_barrier) and the other side makes every running thread of the process pass a barrier (heavy_barrier:
// membarrier(2), some microseconds). Where the kernel has none, light_barriers_work says so once and for all,
// and the frequent side takes another way.

#include <atomic>

namespace leasehold::detail {

extern std::atomic<bool> membarrier_works;  // false until the kernel was asked: prepare_barriers

// Out of line, because ThreadSanitizer knows no fences and g++ warns of each. It misses nothing by that: what
// our barriers order is atomic.
void full_barrier() noexcept;

// Asks the kernel, once.
void prepare_barriers() noexcept;

// Call after prepare_barriers or current_thread, which calls that.
inline bool light_barriers_work() noexcept {
  return membarrier_works.load(std::memory_order_relaxed);
}

// For the frequent side, where light barriers work.
inline void light_barrier() noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

// For the rare side.
void heavy_barrier() noexcept;

}  // namespace leasehold::detail
