#pragma once

// The states that an execution has entered, in order: all of them, or of one that may live for ever the last.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace leasehold::fsm {

class Path {
 public:
  static constexpr std::size_t all = std::size_t(-1);

  // `limit`: how many of the last are kept, a power of two, or all.
  explicit Path(std::size_t limit) noexcept : limit_(limit) {}

  void push(std::uint32_t state) {
    if (full_) return replace(state);
    if (states_.empty()) states_.reserve(6);  // as much memory as one would take
    states_.push_back(state);
    full_ = states_.size() == limit_;
  }
  // The same where the oldest has to go: only if it is full.
  void replace(std::uint32_t state) noexcept { states_[first_++ & (limit_ - 1)] = state; }
  bool full() const noexcept { return full_; }
  bool empty() const noexcept { return states_.empty(); }
  std::size_t size() const noexcept { return states_.size(); }
  std::uint32_t operator[](std::size_t index) const noexcept {  // 0: the oldest that is kept
    return states_[first_ == 0 ? index : (first_ + index) & (limit_ - 1)];
  }
  std::uint32_t back() const noexcept { return (*this)[size() - 1]; }

 private:
  std::size_t limit_;
  std::size_t first_ = 0;
  bool full_ = false;
  std::vector<std::uint32_t> states_;
};

}  // namespace leasehold::fsm
