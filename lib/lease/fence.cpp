#include "lease/fence.hpp"

namespace leasehold::detail {

void Fences::ask() noexcept {
  if (asked_.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(mutex_);
  if (asked_.load(std::memory_order_relaxed)) return;
  // Room for the grants that are under way and have not heard of the question.
  constexpr std::uint64_t room = std::uint64_t{1} << 24;
  std::uint64_t highest = 0;
  for (const Thread* thread = all_threads(); thread; thread = thread->next)
    highest = std::max(highest, thread->grants.load(std::memory_order_relaxed));
  next_.store((highest + room) << index_bits, std::memory_order_relaxed);
  asked_.store(true, std::memory_order_release);
  heavy_barrier();
}

}  // namespace leasehold::detail
