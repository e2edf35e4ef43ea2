#pragma once

// Waits, in real time, for what other threads or processes bring about.

#include <chrono>
#include <thread>

namespace leasehold::test {

// False if `condition` does not come true within 30 s, which on any machine means never.
template <class Condition>
bool eventually(Condition condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  return true;
}

}  // namespace leasehold::test
