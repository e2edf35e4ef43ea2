#pragma once

// VirtualClock: time that passes when it is told to. A machine on it waits for nothing: a delay of an hour
// takes no time, and no test depends on how fast the computer is.
//
//   auto clock = std::make_shared<VirtualClock>();
//   ResourceManager manager({.clock = clock, .maintenance = false});
//   ...
//   pass_time(run, *clock, 5s);  // what is due within five seconds happens, in order
//
// Two kinds of waits differ. A sleep (the delay before a retry, a scripted delay) only passes time, so the
// clock jumps to its end. A wait for something (a lease that another holds, a connection that opens) may be
// over at any moment, so it takes real time, as much as its deadline is away; then the clock jumps to the
// deadline. So nothing hangs, and nothing times out because a computer is slow at opening a file.
//
// Threads: any. park() blocks up to its deadline in real time, sleep_until() not at all.

#include <leasehold/fsm/execution.hpp>

#include <functional>

namespace leasehold::fsm {

class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(time_point start = time_point(std::chrono::hours(1))) : now_(start) {}

  time_point now() const noexcept override { return now_.load(); }
  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) override;
  void unpark(std::atomic<std::uint32_t>& word, int count) noexcept override;
  bool sleep_until(time_point deadline, std::stop_token stop) override;

  void advance_to(time_point to) noexcept;  // never back

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::atomic<time_point> now_;
};

// Lets time pass for an execution by its clock (the manager's), and handles each of its delays when it is
// due; `after_each` is called after those. Ends early when the execution does, or on request. Returns false
// if it was stopped.
bool pass_time(Execution& run, Clock& clock, Duration time, const std::stop_token& stop = {},
               const std::function<void()>& after_each = nullptr);

}  // namespace leasehold::fsm
