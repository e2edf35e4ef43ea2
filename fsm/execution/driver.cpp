#include <leasehold/fsm/driver.hpp>

#include <atomic>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace leasehold::fsm {

namespace {

constexpr int everybody = std::numeric_limits<int>::max();

// One execution in the driver's hands.
struct Driven {
  Driven(Execution run_, std::uint64_t number_) : run(std::move(run_)), number(number_) {}

  Execution run;
  const std::uint64_t number;
  std::atomic<std::uint32_t> ended = 0;

  // Under the driver's lock:
  enum class Phase { idle, queued, running, running_again } phase = Phase::idle;
  std::optional<Clock::time_point> due = {};  // as listed
};
using DrivenPtr = std::shared_ptr<Driven>;

}  // namespace

class Driver::State {
 public:
  State(const ResourceManager& manager, DriverOptions options)
      : clock_(manager.clock()), options_(std::move(options)) {
    if (options_.threads == 0)
      throw_error(errc::config_value, "a driver needs a thread", {.hint = "set DriverOptions::threads"});
    try {
      for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) throw;  // else fewer threads do it
    }
  }

  ~State() { close(Duration::zero()); }

  Handle add(Execution run) {
    if (&run.clock() != clock_.get())
      throw_error(errc::fsm_invalid, "the execution runs on another clock than the driver",
                  {.hint = "make the driver with the manager of the machine"});
    const std::lock_guard lock(mutex_);
    if (closing_)
      throw_error(errc::fsm_invalid, "the driver is closed", {.hint = "add executions before Driver::close"});
    const auto driven = std::make_shared<Driven>(std::move(run), ++numbers_);
    all_.emplace(driven->number, driven);
    ++running_;
    schedule(driven);  // it may have ended already, or wait for a delay
    return Handle{driven->number};
  }

  bool send(Handle handle, std::string_view event, nlohmann::json data) {
    const DrivenPtr driven = find(handle);
    if (!driven || !driven->run.post(event, std::move(data))) return false;
    const std::lock_guard lock(mutex_);
    schedule(driven);
    return true;
  }

  bool cancel(Handle handle) {
    const DrivenPtr driven = find(handle);
    if (!driven || driven->ended != 0) return false;
    driven->run.request_cancel();
    const std::lock_guard lock(mutex_);
    schedule(driven);
    return true;
  }

  bool wait(Handle handle, Clock::time_point deadline) {
    const DrivenPtr driven = find(handle);
    while (driven && driven->ended == 0) {
      if (clock_->now() >= deadline) return false;
      clock_->park(driven->ended, 0, deadline);
    }
    return true;
  }

  std::optional<RunResult> take(Handle handle) {
    const DrivenPtr driven = find(handle);
    if (!driven || driven->ended == 0) return std::nullopt;
    {
      const std::lock_guard lock(mutex_);
      if (all_.erase(driven->number) == 0) return std::nullopt;  // another was faster
    }
    return driven->run.result();
  }

  std::size_t running() const {
    const std::lock_guard lock(mutex_);
    return running_;
  }

  void close(Duration drain) {
    const std::lock_guard closing(close_mutex_);
    const Clock::time_point deadline = clock_->deadline_after(drain);
    std::unique_lock lock(mutex_);
    closing_ = true;
    while (running_ > 0 && clock_->now() < deadline) {
      const std::uint32_t seen = ends_;
      lock.unlock();
      clock_->park(ends_, seen, deadline);
      lock.lock();
    }
    for (const auto& [number, driven] : all_) {
      if (driven->ended != 0) continue;
      driven->run.request_cancel();
      schedule(driven);
    }
    wake(everybody);
    lock.unlock();
    threads_.clear();
  }

 private:
  DrivenPtr find(Handle handle) const {
    const std::lock_guard lock(mutex_);
    const auto found = all_.find(static_cast<std::uint64_t>(handle));
    return found == all_.end() ? nullptr : found->second;
  }

  // All below: under the lock, unless it says otherwise.

  void schedule(const DrivenPtr& driven) {
    using Phase = Driven::Phase;
    if (driven->phase == Phase::running) driven->phase = Phase::running_again;
    if (driven->phase != Phase::idle || driven->ended != 0) return;
    driven->phase = Phase::queued;
    ready_.push_back(driven);
    wake(1);
  }

  void wake(int count) {
    ++changes_;
    if (parked_ > 0) clock_->unpark(changes_, count);
  }

  void set_due(const DrivenPtr& driven, std::optional<Clock::time_point> due) {
    if (driven->due) delays_.erase({*driven->due, driven->number});
    driven->due = due;
    if (due) delays_.emplace(*due, driven->number);
  }

  void schedule_due() {
    while (!delays_.empty() && delays_.begin()->first <= clock_->now()) {
      const DrivenPtr driven = all_.at(delays_.begin()->second);
      set_due(driven, std::nullopt);
      schedule(driven);
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (!delays_.empty()) schedule_due();
      if (!ready_.empty()) {
        const DrivenPtr next = std::move(ready_.front());
        ready_.pop_front();
        // Somebody must look after what is left while this thread is away.
        if (!ready_.empty() || !delays_.empty()) wake(1);
        run(next, lock);
      } else if (closing_ && running_ == 0) {
        return;
      } else {
        const Clock::time_point until = delays_.empty() ? Clock::never : delays_.begin()->first;
        const std::uint32_t seen = changes_;
        ++parked_;
        lock.unlock();
        clock_->park(changes_, seen, until);
        lock.lock();
        --parked_;
      }
    }
  }

  void run(const DrivenPtr& driven, std::unique_lock<std::mutex>& lock) {
    using Phase = Driven::Phase;
    driven->phase = Phase::running;
    set_due(driven, std::nullopt);
    lock.unlock();
    driven->run.advance();
    const bool finished = driven->run.finished();
    const auto due = finished ? std::nullopt : driven->run.next_due();
    if (finished && options_.on_end) {
      try {
        options_.on_end(driven->run.result());
      } catch (...) {  // as announced
      }
    }
    lock.lock();
    const bool again = std::exchange(driven->phase, Phase::idle) == Phase::running_again;
    if (finished) return end(driven);
    set_due(driven, due);
    if (again) schedule(driven);
  }

  void end(const DrivenPtr& driven) {
    if (options_.on_end) all_.erase(driven->number);
    --running_;
    driven->ended = 1;
    clock_->unpark(driven->ended, everybody);
    ++ends_;
    clock_->unpark(ends_, everybody);
    if (closing_ && running_ == 0) wake(everybody);
  }

  const std::shared_ptr<Clock> clock_;
  const DriverOptions options_;

  mutable std::mutex mutex_;
  std::map<std::uint64_t, DrivenPtr> all_;
  std::deque<DrivenPtr> ready_;
  std::set<std::pair<Clock::time_point, std::uint64_t>> delays_;
  std::uint64_t numbers_ = 0;
  std::size_t running_ = 0;
  std::size_t parked_ = 0;  // threads with nothing to do
  bool closing_ = false;
  std::atomic<std::uint32_t> changes_ = 0;  // of what threads with nothing to do wait for
  std::atomic<std::uint32_t> ends_ = 0;     // of executions

  std::mutex close_mutex_;  // around all of close; never taken inside mutex_
  std::vector<std::jthread> threads_;
};

Driver::Driver(const ResourceManager& manager, DriverOptions options)
    : state_(std::make_unique<State>(manager, std::move(options))) {}
Driver::~Driver() = default;

Driver::Handle Driver::add(Execution run) {
  return state_->add(std::move(run));
}
bool Driver::send(Handle run, std::string_view event, nlohmann::json data) {
  return state_->send(run, event, std::move(data));
}
bool Driver::cancel(Handle run) {
  return state_->cancel(run);
}
bool Driver::wait(Handle run, Clock::time_point deadline) {
  return state_->wait(run, deadline);
}
std::optional<RunResult> Driver::take(Handle run) {
  return state_->take(run);
}
std::size_t Driver::running() const {
  return state_->running();
}
void Driver::close(Duration drain) {
  state_->close(drain);
}

}  // namespace leasehold::fsm
