#pragma once

// A queue that takes no memory until it is used: executions are many and mostly wait with nothing queued.

#include <cstddef>
#include <utility>
#include <vector>

namespace leasehold::fsm {

template <class T>
class Queue {
 public:
  bool empty() const noexcept { return items_.empty(); }
  std::size_t size() const noexcept { return items_.size() - first_; }
  T& front() noexcept { return items_[first_]; }
  T& back() noexcept { return items_.back(); }

  void push_back(T item) {
    if (first_ > 0 && items_.size() == items_.capacity() && first_ >= items_.size() / 2) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    items_.push_back(std::move(item));
  }
  void pop_front() noexcept {
    if (++first_ == items_.size()) clear();
  }
  void pop_back() noexcept {
    items_.pop_back();
    if (first_ == items_.size()) clear();
  }
  void clear() noexcept {
    items_.clear();
    first_ = 0;
  }

 private:
  std::vector<T> items_;
  std::size_t first_ = 0;  // those before it have been taken; nothing is kept when all have
};

}  // namespace leasehold::fsm
