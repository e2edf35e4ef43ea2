#pragma once

// Counts what operator new gave out and delete has not taken back, in this whole program.

#include <cstddef>

namespace bench {
std::size_t bytes_allocated() noexcept;  // by this thread: what it allocated less what it freed
std::size_t allocations() noexcept;      // calls of operator new by this thread, ever
}  // namespace bench
