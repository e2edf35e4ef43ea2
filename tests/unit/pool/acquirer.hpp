#pragma once

#include "fake.hpp"

namespace fake {

// A thread that acquires and holds until told.
class Acquirer {
 public:
  Acquirer(Rig& rig, std::string owner, Duration timeout = 10s, std::stop_token stop = {}) {
    thread_ = std::jthread([this, &rig, owner, timeout, stop] {
      failed = thrown([&] {
        Lease lease = rig.get(owner, timeout, stop);
        number = lease.as<Thing>().number;
        fence = lease.fence();
        order = ++orders;
        granted = true;
        release.wait(false);
      });
      done = true;
    });
  }
  ~Acquirer() { let_go(); }
  void let_go() {
    release = true;
    release.notify_all();
    if (thread_.joinable()) thread_.join();
  }
  bool wait_granted() {
    return eventually([this] { return granted.load() || done.load(); }) && granted;
  }
  bool wait_done() {
    return eventually([this] { return done.load(); });
  }

  static inline std::atomic<int> orders = 0;
  std::atomic<bool> granted = false, done = false, release = false;
  std::atomic<int> number = 0, order = 0;
  std::atomic<std::uint64_t> fence = 0;
  std::string failed;  // once done

 private:
  std::jthread thread_;
};

}  // namespace fake
