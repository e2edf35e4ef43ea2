#include "jq/watchdog.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

namespace leasehold::fsm::jq {

namespace {

using namespace std::chrono_literals;

constexpr auto tick = 10ms;
constexpr auto linger =
    1s;  // it goes to sleep after so long without a run, since waking it costs a system call

std::atomic<Watchdog*> current = nullptr;

// What the process occupies; 0 if that cannot be told, so that nothing ever seems to grow.
std::size_t memory_of_process() noexcept {
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (!file) return 0;
  std::size_t pages = 0;
  const int read = std::fscanf(file, "%*u %zu", &pages);
  std::fclose(file);
  return read == 1 ? pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace

Watched::~Watched() {
  if (joined_) joined_->leave(*this);
}

void Watched::begin(const JqLimits& limits) {
  Watchdog& watchdog = Watchdog::instance();
  if (joined_ != &watchdog) watchdog.join(*this);
  {
    const std::lock_guard lock(mutex_);
    limits_ = &limits;
    halted_ = Halted::no;
    ++runs_;
  }
  try {
    watchdog.wake();
  } catch (...) {
    end();
    throw;
  }
}

Halted Watched::end() noexcept {
  const std::lock_guard lock(mutex_);
  limits_ = nullptr;
  return halted_;
}

// It is never destroyed: programs may run until the process ends.
Watchdog& Watchdog::instance() {
  if (Watchdog* const there = current.load(std::memory_order_acquire)) return *there;
  static Watchdog* const first = [] {
    current.store(new Watchdog, std::memory_order_release);
    pthread_atfork([] { current.load()->mutex_.lock(); }, [] { current.load()->mutex_.unlock(); },
                   adopt_child);
    return current.load();
  }();
  return *first;
}

// The thread is the parent's, and so are the programs that other threads were running.
void Watchdog::adopt_child() {
  current.store(new Watchdog);
}

void Watchdog::join(Watched& watched) {
  const std::lock_guard lock(mutex_);
  all_.push_back(&watched);
  watched.joined_ = this;
}

void Watchdog::leave(Watched& watched) noexcept {
  if (this != current.load()) return;  // the parent's, whose lock is of no use here
  const std::lock_guard lock(mutex_);
  std::erase(all_, &watched);
}

// The run was noted before: either the thread still sees it before it sleeps, or it is found asleep here.
void Watchdog::wake() {
  if (awake_.load()) return;
  const std::lock_guard lock(mutex_);
  if (awake_.load()) return;
  if (!started_) std::thread([this] { run(); }).detach();
  started_ = true;
  awake_.store(true);
  woken_.notify_one();
}

void Watchdog::run() noexcept {
  std::unique_lock lock(mutex_);
  auto busy = std::chrono::steady_clock::now();
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    if (look_at_all()) {
      busy = now;
    } else if (now - busy > linger) {
      awake_.store(false);
      if (look_at_all()) {
        awake_.store(true);
      } else {
        woken_.wait(lock, [this] { return awake_.load(); });
      }
      busy = std::chrono::steady_clock::now();
    }
    woken_.wait_for(lock, tick);
  }
}

bool Watchdog::look_at_all() noexcept {
  const auto now = std::chrono::steady_clock::now();
  bool ran = false;
  std::size_t memory = 0;
  const auto memory_now = [&memory] { return memory ? memory : memory = memory_of_process(); };
  Watched* largest = nullptr;
  for (Watched* const watched : all_) {
    const std::lock_guard lock(watched->mutex_);
    ran = ran || watched->limits_ || watched->seen_ != watched->runs_;
    const bool fresh = watched->seen_ != watched->runs_;
    watched->seen_ = watched->runs_;
    if (!watched->limits_ || watched->halted_ != Halted::no) continue;
    if (fresh) {
      watched->since_ = now;
      watched->memory_ = memory_now();
    }
    if (watched->limits_->stop.stop_requested())
      halt(*watched, Halted::stopped);
    else if (now - watched->since_ >= watched->limits_->time)
      halt(*watched, Halted::late);
    else if (memory_now() > watched->memory_ + watched->limits_->memory &&
             (!largest || watched->memory_ < largest->memory_))
      largest = watched;
  }
  if (!largest) return ran;
  // Only the process's memory is known: the one that saw most of it come is stopped, the others start anew.
  for (Watched* const watched : all_) {
    const std::lock_guard lock(watched->mutex_);
    if (watched != largest)
      watched->memory_ = memory;
    else if (watched->limits_ && watched->seen_ == watched->runs_ && watched->halted_ == Halted::no)
      halt(*watched, Halted::large);
  }
  return ran;
}

void Watchdog::halt(Watched& watched, Halted why) noexcept {
  watched.halted_ = why;
  jq_halt(watched.state_, jv_invalid(), jv_invalid());
}

}  // namespace leasehold::fsm::jq
