#pragma once

// Slots: the places of a pool. A slot never moves and is never freed before its pool; its word says who may
// touch the rest of it.

#include <leasehold/clock.hpp>
#include <leasehold/resource.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "lease/hold.hpp"
#include "sync/sync.hpp"

namespace leasehold::detail {

struct Slot;

// A live resource and its age. On a line of its own: whoever has the slot writes it.
struct alignas(64) Live {
  Resource resource;
  std::uint64_t generation = 0;
  Clock::time_point expires = Clock::never;
  Clock::time_point returned;         // idle since
  Clock::time_point checked;          // found usable then
  std::uint64_t grants_before = 0;    // its slot's grants less its own
  sync::Atomic<bool> doomed = false;  // not to be lent again; said while it is held

  Clock::time_point trusted() const noexcept { return std::max(returned, checked); }
};

// The hold of a shared resource, one for each owner that has it.
struct SharedHold : Hold {
  Slot* slot = nullptr;
  SharedHold* next = nullptr;  // of the same slot
  SharedHold* previous = nullptr;
};

// Two lines: the first is the hold's, with what every grant writes.
struct alignas(64) Slot : Hold {
  bool written_off = false;   // see `revoked_users`
  std::uint16_t timings = 0;  // grants timed in that tick
  std::uint32_t index = 0;
  std::uint32_t timing = 0;  // marks the tick in which grants were timed last
  Clock::time_point tick;    // of which no more grants are timed
  // Counted without atomic additions, by whoever has the slot.
  sync::Atomic<std::uint64_t> grants = 0;
  sync::Atomic<std::uint64_t> untimed = 0;  // too short for the coarse clock, since the last that was timed

  // Of a shared resource, under the pool's lock:
  SharedHold* holds = nullptr;
  std::uint32_t users = 0;  // the same, with those that were revoked
  std::uint32_t revoked_users =
      0;  // if it is to be retired and has no others, it counts no more: written off

  bool take_idle() noexcept {
    Word expected = idle;
    return word.load(std::memory_order_relaxed) == idle &&
           word.compare_exchange_strong(expected, busy, std::memory_order_acq_rel);
  }

  // How often its resource was lent.
  std::uint64_t uses() const noexcept { return grants.load(std::memory_order_relaxed) - live->grants_before; }

  // It has a resource now, lent so often before.
  void put(Live& resource, std::uint64_t uses) noexcept {
    live = &resource;
    live->grants_before = grants.load(std::memory_order_relaxed) - uses;
    tick = {};
  }
};

inline void add_alone(sync::Atomic<std::uint64_t>& counter, std::uint64_t amount = 1) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

// A growing array whose elements stay where they are: blocks of 8, found through directories of 1, 2, 4 ...
// blocks.
class Slots {
 public:
  Slots() = default;
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;
  ~Slots() {
    for (std::size_t i = 0; i < size(); i += block_size) delete[] block(i / block_size).load();
    for (auto& directory : directories_) delete[] directory.load();
  }

  std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }

  Slot& operator[](std::size_t index) const noexcept {
    return block(index / block_size).load(std::memory_order_acquire)[index % block_size];
  }

  // One more, empty; under the pool's lock.
  Slot& grow(Pool& pool) {
    const std::size_t index = size_.load(std::memory_order_relaxed);
    const std::size_t number = index / block_size;
    Directory& directory = directories_[level(number)];
    if (!directory.load(std::memory_order_relaxed))
      directory.store(new Block[std::bit_floor(number + 1)]{}, std::memory_order_release);
    if (index % block_size == 0 && !block(number).load(std::memory_order_relaxed))
      block(number).store(new Slot[block_size], std::memory_order_release);
    Slot& slot = (*this)[index];
    slot.pool = &pool;
    slot.index = static_cast<std::uint32_t>(index);
    size_.store(index + 1, std::memory_order_release);
    return slot;
  }

 private:
  using Block = sync::Atomic<Slot*>;
  using Directory = sync::Atomic<Block*>;
  static constexpr std::size_t block_size = 8;

  static std::size_t level(std::size_t number) noexcept {
    return static_cast<std::size_t>(std::bit_width(number + 1)) - 1;
  }
  Block& block(std::size_t number) const noexcept {
    Block* const blocks = directories_[level(number)].load(std::memory_order_acquire);
    return blocks[number + 1 - std::bit_floor(number + 1)];
  }

  std::array<Directory, 30> directories_{};
  sync::Atomic<std::size_t> size_ = 0;
};

}  // namespace leasehold::detail
