#include "manager/fork.hpp"

#include <pthread.h>

#include <atomic>

namespace leasehold::detail {

namespace {
std::atomic<std::uint64_t> generation = 0;
void in_child() {
  generation.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace

std::uint64_t fork_generation() noexcept {
  static const int registered = pthread_atfork(nullptr, nullptr, &in_child);
  static_cast<void>(registered);
  return generation.load(std::memory_order_relaxed);
}

}  // namespace leasehold::detail
