#pragma once

// Which process and which thread this is.

#include <cstddef>
#include <cstdint>

namespace leasehold::detail {

// Changes in the child of a fork: what remembers another value belongs to the parent.
std::uint32_t process_epoch() noexcept;

// Unique among the threads that ever lived in this process.
std::uint64_t this_thread() noexcept;

// How many holds this thread has acquired that it has not seen end; never fewer than it has.
std::size_t& holds_of_this_thread() noexcept;

}  // namespace leasehold::detail
