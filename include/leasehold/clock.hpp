#pragma once

// Time, and waiting in it. Everything in leasehold that has a deadline reads one Clock and parks on it, so
// that a test can drive a whole manager with a ManualClock and no sleep.
//
// Threads: every member may be called from any thread.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace leasehold {

using Duration = std::chrono::nanoseconds;

class Clock {
 public:
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<std::chrono::steady_clock, duration>;
  static constexpr bool is_steady = true;
  static constexpr time_point never = time_point::max();

  virtual ~Clock() = default;

  virtual time_point now() const noexcept = 0;

  // The same to within some milliseconds, cheaper: for ages and histograms, never for a deadline.
  virtual time_point coarse_now() const noexcept { return now(); }

  // Blocks while `word` holds `expected`, until unpark(word) or `deadline`; may wake for no reason.
  // Returns false once the deadline has passed.
  virtual bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) = 0;

  // Wakes up to `count` threads parked on `word`. Call after changing the word.
  virtual void unpark(std::atomic<std::uint32_t>& word, int count) noexcept = 0;

  // Blocks until `deadline`, a call of interrupt on `stop`'s request, or whichever is first.
  // Returns false if it was stopped before the deadline. A clock of a test may let the time jump instead.
  virtual bool sleep_until(time_point deadline, std::stop_token stop);

  // now() + timeout without overflow; a negative timeout counts as zero.
  time_point deadline_after(Duration timeout) const noexcept;

  // The process's steady clock, parking on a futex with an absolute deadline.
  static std::shared_ptr<Clock> steady();
};

// A clock that stands still until it is told to move. Threads parked on it wake when it passes their
// deadline.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(time_point start = time_point(std::chrono::hours(1))) : now_(start) {}

  time_point now() const noexcept override;
  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) override;
  void unpark(std::atomic<std::uint32_t>& word, int count) noexcept override;

  void advance(Duration by);

  // Blocks (in real time) until `count` threads are parked here: the point at which a test may advance.
  // Returns false after `limit` of real time.
  bool wait_for_parked(int count, std::chrono::milliseconds limit = std::chrono::seconds(10)) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::atomic<time_point> now_;
  int parked_ = 0;
};

// "250ms", "5s", "1.5m", "2h", "3d", "100us", "50ns"; whole numbers need their unit except 0. nullopt if it
// is none of these, is negative or does not fit.
std::optional<Duration> parse_duration(std::string_view text) noexcept;

// The shortest exact-enough form for people: "250ms", "1.5s", "30s", "5m".
std::string format_duration(Duration duration);

}  // namespace leasehold
