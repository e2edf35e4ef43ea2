#pragma once

// Which process this is.

#include <atomic>
#include <cstdint>

namespace leasehold::detail {

extern std::atomic<std::uint32_t> current_process_epoch;

// Changes in the child of a fork: what remembers another value belongs to the parent.
inline std::uint32_t process_epoch() noexcept {
  return current_process_epoch.load(std::memory_order_relaxed);
}

}  // namespace leasehold::detail
