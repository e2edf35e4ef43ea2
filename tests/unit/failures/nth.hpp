#pragma once

// Counts calls and says which one is to go wrong.

#include <atomic>
#include <cstdint>

namespace leasehold::failures {

class Nth {
 public:
  void arm(std::uint64_t n) noexcept {
    calls_ = 0;
    n_ = n;
  }
  void disarm() noexcept { n_ = 0; }
  // Whether this call is the one.
  bool operator()() noexcept { return n_.load() != 0 && ++calls_ == n_.load(); }
  bool happened() const noexcept { return calls_.load() >= n_.load(); }

 private:
  std::atomic<std::uint64_t> n_ = 0;  // 0: none
  std::atomic<std::uint64_t> calls_ = 0;
};

}  // namespace leasehold::failures
