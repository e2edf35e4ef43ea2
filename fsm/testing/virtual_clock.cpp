#include <leasehold/fsm/virtual_clock.hpp>

namespace leasehold::fsm {

bool VirtualClock::park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) {
  std::unique_lock lock(mutex_);
  const auto over = [&] { return word.load() != expected || now() >= deadline; };
  if (deadline == never) {
    changed_.wait(lock, over);
  } else if (!changed_.wait_until(lock, std::chrono::steady_clock::now() + (deadline - now()), over)) {
    now_.store(deadline);
    changed_.notify_all();
  }
  return now() < deadline;
}

void VirtualClock::unpark(std::atomic<std::uint32_t>&, int) noexcept {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

bool VirtualClock::sleep_until(time_point deadline, std::stop_token stop) {
  if (deadline == never) return Clock::sleep_until(deadline, std::move(stop));  // until it is stopped
  if (stop.stop_requested()) return false;
  advance_to(deadline);
  return true;
}

void VirtualClock::advance_to(time_point to) noexcept {
  const std::lock_guard lock(mutex_);
  if (to <= now()) return;
  now_.store(to);
  changed_.notify_all();
}

bool pass_time(Execution& run, Clock& clock, Duration time, const std::stop_token& stop,
               const std::function<void()>& after_each) {
  const Clock::time_point end = clock.deadline_after(time);
  while (!run.finished()) {
    const Clock::time_point due = run.snapshot().next_due.value_or(Clock::never);
    if (!clock.sleep_until(std::min(due, end), stop)) return false;
    if (due > end) return true;
    if (!run.advance()) continue;
    if (after_each) after_each();
  }
  return true;
}

}  // namespace leasehold::fsm
