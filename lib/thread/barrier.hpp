#pragma once

// Two threads that each write one word and then read the other's need a full barrier between the two, or both
// may miss what the other wrote. Where one side is far more frequent than the other, it pays nothing
// (light_barrier) and the other side makes every running thread of the process pass a barrier (heavy_barrier:
// membarrier(2), some microseconds). Where the kernel has none, both are plain full barriers.

#include <atomic>

namespace leasehold::detail {

extern std::atomic<bool> membarrier_works;  // false until the first thread has asked the kernel

// Out of line, because ThreadSanitizer knows no fences and g++ warns of each. It misses nothing by that: what
// our barriers order is atomic.
void full_barrier() noexcept;

// For the frequent side. Call after current_thread(), which asks the kernel.
inline void light_barrier() noexcept {
  if (membarrier_works.load(std::memory_order_relaxed)) [[likely]]
    std::atomic_signal_fence(std::memory_order_seq_cst);
  else
    full_barrier();
}

// For the rare side.
void heavy_barrier() noexcept;

// Asks the kernel, once.
void prepare_barriers() noexcept;

}  // namespace leasehold::detail
