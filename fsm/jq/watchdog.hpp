#pragma once

// Stops jq programs that run for too long: libjq itself knows no end, but asks before every instruction
// whether it was halted, which another thread may tell it. The watchdog is that thread, one for the process,
// started when the first program runs; it looks every 10 ms while programs run and sleeps otherwise.
//
// Threads: any. A Watched belongs to one thread at a time. A forked child gets a watchdog of its own.

#include "../jq.hpp"

extern "C" {
#include <jq.h>
}

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

namespace leasehold::fsm::jq {

enum class Halted { no, late, large, stopped };

class Watchdog;

// A jq_state that can be halted between begin() and end().
class Watched {
 public:
  explicit Watched(jq_state* state) noexcept : state_(state) {}
  ~Watched();
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  // After jq_start. `limits` must live until end(). Throws std::system_error if no thread can be had.
  void begin(const JqLimits& limits);
  Halted end() noexcept;  // before the next jq_start

 private:
  friend class Watchdog;
  using Time = std::chrono::steady_clock::time_point;

  std::mutex mutex_;
  jq_state* const state_;
  const JqLimits* limits_ = nullptr;  // null: does not run
  std::uint64_t runs_ = 0;
  Halted halted_ = Halted::no;
  Watchdog* joined_ = nullptr;
  // What the watchdog saw.
  std::uint64_t seen_ = 0;  // run
  Time since_;
  std::size_t memory_ = 0;  // of the process, then
};

class Watchdog {
 public:
  static Watchdog& instance();

  void join(Watched& watched);
  void leave(Watched& watched) noexcept;
  void wake();  // after a run began

 private:
  static void adopt_child();  // gives a forked child a new one

  void run() noexcept;
  bool look_at_all() noexcept;  // whether anything ran since
  void halt(Watched& watched, Halted why) noexcept;

  std::mutex mutex_;  // before those of the watched
  std::condition_variable woken_;
  std::atomic<bool> awake_ = false;
  bool started_ = false;
  std::vector<Watched*> all_;
};

}  // namespace leasehold::fsm::jq
