#pragma once

// A provider that is held up in the middle of something until the test lets it go on.

#include "fake.hpp"

namespace fake {

class HeldUp {
 public:
  ~HeldUp() { go_on(); }
  void pass() {
    ++reached_;
    while (!open_) std::this_thread::sleep_for(100us);
  }
  bool reached(int times = 1) const {
    return eventually([&] { return reached_ >= times; });
  }
  void go_on() noexcept { open_ = true; }

 private:
  std::atomic<int> reached_ = 0;
  std::atomic<bool> open_ = false;
};

}  // namespace fake
