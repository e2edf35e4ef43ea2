#include "thread/barrier.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace leasehold::detail {

namespace {
bool membarrier(int command) noexcept {
  return syscall(SYS_membarrier, command, 0, 0) == 0;
}
}  // namespace

constinit std::atomic<bool> membarrier_works = false;

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif
void full_barrier() noexcept {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

void prepare_barriers() noexcept {
  static const bool asked = [] {
    membarrier_works.store(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&
                           membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED));
    return true;
  }();
  static_cast<void>(asked);
}

// A child of fork is registered as its parent was; should a kernel see that otherwise, it is asked again.
void heavy_barrier() noexcept {
  full_barrier();
  if (!membarrier_works.load(std::memory_order_relaxed)) return;
  if (!membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) {
    membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  }
}

}  // namespace leasehold::detail
