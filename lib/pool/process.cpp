#include "pool/process.hpp"

#include <pthread.h>

#include <atomic>

namespace leasehold::detail {

namespace {
std::atomic<std::uint32_t> epoch = 1;

// Before main, so that no pool is older than the handler.
const int registered = pthread_atfork(nullptr, nullptr, [] { epoch.fetch_add(1); });
}  // namespace

std::uint32_t process_epoch() noexcept {
  static_cast<void>(registered);
  return epoch.load(std::memory_order_relaxed);
}

std::uint64_t this_thread() noexcept {
  static std::atomic<std::uint64_t> next = 1;
  thread_local const std::uint64_t id = next.fetch_add(1, std::memory_order_relaxed);
  return id;
}

std::size_t& holds_of_this_thread() noexcept {
  thread_local std::size_t holds = 0;
  return holds;
}

}  // namespace leasehold::detail
