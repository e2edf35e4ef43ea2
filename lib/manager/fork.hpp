#pragma once

// Whether this process is the one that made something. A child of fork() has the parent's memory but not its
// threads, and must not touch the parent's connections.

#include <cstdint>

namespace leasehold::detail {

// Grows in the child at each fork; equal to what it was before in the parent. Costs one load.
std::uint64_t fork_generation() noexcept;

}  // namespace leasehold::detail
