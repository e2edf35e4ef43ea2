#include <leasehold/clock.hpp>

#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "coarse_time.hpp"

namespace leasehold {

namespace {

// The kernel compares the word and parks in one step; FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC
// time, which is what std::chrono::steady_clock counts in.
class SteadyClock final : public Clock {
 public:
  time_point now() const noexcept override { return std::chrono::steady_clock::now(); }

  time_point coarse_now() const noexcept override { return detail::coarse_steady_now(); }

  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) override {
    timespec at{};
    timespec* limit = nullptr;
    if (deadline != never) {
      const auto since_start = deadline.time_since_epoch();
      const auto seconds = std::chrono::floor<std::chrono::seconds>(since_start);
      at.tv_sec = static_cast<time_t>(seconds.count());
      at.tv_nsec = static_cast<long>((since_start - seconds).count());
      limit = &at;
      if (since_start.count() < 0) return false;  // the kernel refuses times before the epoch
    }
    const long rc = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, expected, limit, nullptr,
                            FUTEX_BITSET_MATCH_ANY);
    if (rc != 0 && errno == ETIMEDOUT) return false;
    return deadline == never || now() < deadline;
  }

  void unpark(std::atomic<std::uint32_t>& word, int count) noexcept override {
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
  }
};

struct Unit {
  std::string_view name;
  double nanoseconds;
};
constexpr std::array<Unit, 7> units = {
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}}};

}  // namespace

std::shared_ptr<Clock> Clock::steady() {
  // Never destroyed: threads may read the time while statics go.
  static const std::shared_ptr<Clock>& clock = *new std::shared_ptr<Clock>(std::make_shared<SteadyClock>());
  return clock;
}

Clock::time_point Clock::deadline_after(Duration timeout) const noexcept {
  const time_point start = now();
  if (timeout <= Duration::zero()) return start;
  return timeout >= never - start ? never : start + timeout;
}

bool Clock::sleep_until(time_point deadline, std::stop_token stop) {
  std::atomic<std::uint32_t> stopped = 0;
  const std::stop_callback wake(stop, [this, &stopped] {
    stopped.store(1);
    unpark(stopped, 1);
  });
  while (stopped.load() == 0)
    if (!park(stopped, 0, deadline) || now() >= deadline) return stopped.load() == 0;
  return false;
}

ManualClock::time_point ManualClock::now() const noexcept {
  return now_.load();
}

bool ManualClock::park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) {
  std::unique_lock lock(mutex_);
  if (word.load() != expected) return now_.load() < deadline;
  ++parked_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return word.load() != expected || now_.load() >= deadline; });
  --parked_;
  return now_.load() < deadline;
}

void ManualClock::unpark(std::atomic<std::uint32_t>&, int) noexcept {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void ManualClock::advance(Duration by) {
  const std::lock_guard lock(mutex_);
  now_.store(now_.load() + by);
  changed_.notify_all();
}

bool ManualClock::wait_for_parked(int count, std::chrono::milliseconds limit) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return parked_ >= count; });
}

std::optional<Duration> parse_duration(std::string_view text) noexcept {
  double number = 0;
  const char* const last = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), last, number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number) || std::signbit(number)) return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(last - rest));
  if (name.empty()) return number == 0 ? std::optional(Duration::zero()) : std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    const double nanoseconds = std::round(number * unit.nanoseconds);
    if (nanoseconds >= static_cast<double>(std::numeric_limits<Duration::rep>::max())) return std::nullopt;
    return Duration(static_cast<Duration::rep>(nanoseconds));
  }
  return std::nullopt;
}

std::string format_duration(Duration duration) {
  if (duration == Duration::zero()) return "0";
  if (duration < Duration::zero())
    return "-" + format_duration(-(duration + Duration(duration == Duration::min())));
  const auto count = duration.count();
  // A whole number of a large unit reads best ("5m"); else the unit that leaves 1 to 3 digits before the
  // point.
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 3> whole = {
      {{86'400'000'000'000, "d"}, {3'600'000'000'000, "h"}, {60'000'000'000, "m"}}};
  for (const auto& [size, name] : whole)
    if (count % size == 0) return fmt::format("{}{}", count / size, name);
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 4> decimal = {
      {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}, {1, "ns"}}};
  for (const auto& [size, name] : decimal) {
    if (count < size) continue;
    std::string number = fmt::format("{:.3f}", static_cast<double>(count) / static_cast<double>(size));
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.') number.pop_back();
    return number + std::string(name);
  }
  return fmt::format("{}ns", count);
}

}  // namespace leasehold
