#pragma once

// Slots: the places of a pool. A slot never moves and is never freed before its pool; its word says who may
// touch the rest of it.

#include <leasehold/clock.hpp>
#include <leasehold/resource.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "lease/hold.hpp"
#include "sync/sync.hpp"

namespace leasehold::detail {

// A live resource and its age. On a line of its own: whoever has the slot writes it.
struct alignas(64) Live {
  Resource resource;
  std::uint64_t generation = 0;
  Clock::time_point expires = Clock::never;
  Clock::time_point returned;  // idle since
  Clock::time_point checked;   // known to be usable then
  sync::Atomic<std::uint64_t> uses = 0;
  sync::Atomic<bool> doomed = false;  // not to be lent again
};

// The hold of a shared resource, one for each owner that has it.
struct SharedHold : Hold {
  SharedHold* next = nullptr;  // of the same slot
  SharedHold* previous = nullptr;
};

struct alignas(64) Slot : Hold {
  std::uint32_t index = 0;
  Clock::time_point tick;  // coarse time of the last grant
  // Counted without atomic additions, by whoever has the slot.
  sync::Atomic<std::uint64_t> grants = 0;
  sync::Atomic<std::uint64_t> untimed =
      0;                                // ended since the last that was timed, too short for the coarse clock
  sync::Atomic<Duration> last_timed{};  // how long that was

  SharedHold* holds = nullptr;  // of a shared resource, under the pool's lock
  std::size_t users = 0;        // the same, with those that were revoked
  std::size_t revoked_users = 0;
  bool written_off = false;  // only revoked users are left of what is to be retired: it counts no more

  bool take_idle() noexcept {
    Word expected = idle;
    return word.load(std::memory_order_relaxed) == idle &&
           word.compare_exchange_strong(expected, busy, std::memory_order_acq_rel);
  }
};

inline void add_alone(sync::Atomic<std::uint64_t>& counter, std::uint64_t amount = 1) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

// A growing array whose elements stay where they are: blocks of 8, 16, 32 ...
class Slots {
 public:
  Slots() = default;
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;
  ~Slots() {
    for (auto& block : blocks_) delete[] block.load();
  }

  std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }

  Slot& operator[](std::size_t index) const noexcept {
    const std::size_t block = static_cast<std::size_t>(std::bit_width(index + first)) - first_bits;
    return blocks_[block].load(std::memory_order_acquire)[index + first - (first << block)];
  }

  // One more, empty; under the pool's lock.
  Slot& grow(Pool& pool) {
    const std::size_t index = size_.load(std::memory_order_relaxed);
    const std::size_t block = static_cast<std::size_t>(std::bit_width(index + first)) - first_bits;
    if (!blocks_[block].load(std::memory_order_relaxed))
      blocks_[block].store(new Slot[first << block], std::memory_order_release);
    Slot& slot = blocks_[block].load(std::memory_order_relaxed)[index + first - (first << block)];
    slot.pool = &pool;
    slot.slot = &slot;
    slot.index = static_cast<std::uint32_t>(index);
    size_.store(index + 1, std::memory_order_release);
    return slot;
  }

 private:
  static constexpr std::size_t first = 8;
  static constexpr std::size_t first_bits = 4;  // bit_width(first)

  std::array<sync::Atomic<Slot*>, 60> blocks_{};
  sync::Atomic<std::size_t> size_ = 0;
};

}  // namespace leasehold::detail
