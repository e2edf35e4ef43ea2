#pragma once

// The states that an execution has entered, in order: all of them, or of one that may live for ever the last.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace leasehold::fsm {

class Path {
 public:
  // `limit`: how many of the last are kept, a power of two; 0: all.
  explicit Path(std::size_t limit) noexcept : limit_(limit) {}

  void push(std::uint32_t state) {
    if (states_.size() == limit_ && limit_ != 0)
      states_[first_++ & (limit_ - 1)] = state;
    else
      states_.push_back(state);
  }
  bool empty() const noexcept { return states_.empty(); }
  std::size_t size() const noexcept { return states_.size(); }
  std::uint32_t operator[](std::size_t index) const noexcept {  // 0: the oldest that is kept
    return states_[limit_ == 0 ? index : (first_ + index) & (limit_ - 1)];
  }
  std::uint32_t back() const noexcept { return (*this)[size() - 1]; }

 private:
  std::size_t limit_;
  std::size_t first_ = 0;
  std::vector<std::uint32_t> states_;
};

}  // namespace leasehold::fsm
