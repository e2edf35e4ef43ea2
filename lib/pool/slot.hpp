#pragma once

// Slots: the places of a pool. A slot never moves; its state word says who may touch the rest of it.

#include <leasehold/clock.hpp>
#include <leasehold/resource.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace leasehold::detail {

struct Hold;

// A live resource and its age.
struct Live {
  Resource resource;
  std::uint64_t generation = 0;
  Clock::time_point expires = Clock::never;
  Clock::time_point returned;  // idle since
  Clock::time_point checked;   // known to be usable then
  std::atomic<std::uint64_t> uses = 0;
  std::atomic<bool> doomed = false;  // not to be lent again
};

enum class SlotState : std::uint32_t {
  empty,  // under the pool's lock: nothing here, no capacity used
  busy,   // whoever took it: lent, being made, checked, reset or disposed of
  idle,   // nobody's: whoever takes it with one compare-and-swap
};

struct alignas(64) Slot {
  std::atomic<SlotState> state = SlotState::empty;
  Live* live = nullptr;
  Hold* hold = nullptr;   // reused for each grant of an exclusive resource; changes under the pool's lock
  Hold* holds = nullptr;  // of a shared resource, under the pool's lock
  std::size_t users = 0;  // the same, with those that were revoked

  bool take_idle() noexcept {
    SlotState expected = SlotState::idle;
    return state.load(std::memory_order_relaxed) == SlotState::idle &&
           state.compare_exchange_strong(expected, SlotState::busy, std::memory_order_acq_rel);
  }
};

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
  Slot& grow() {
    const std::size_t index = size_.load(std::memory_order_relaxed);
    const std::size_t block = static_cast<std::size_t>(std::bit_width(index + first)) - first_bits;
    if (!blocks_[block].load(std::memory_order_relaxed))
      blocks_[block].store(new Slot[first << block], std::memory_order_release);
    size_.store(index + 1, std::memory_order_release);
    return (*this)[index];
  }

 private:
  static constexpr std::size_t first = 8;
  static constexpr std::size_t first_bits = 4;  // bit_width(first)

  std::array<std::atomic<Slot*>, 60> blocks_{};
  std::atomic<std::size_t> size_ = 0;
};

}  // namespace leasehold::detail
