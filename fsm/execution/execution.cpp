// Execution: an interpreter that any thread may send events to and one thread at a time works for.

#include "execution/interpreter.hpp"

#include <leasehold/fsm/machine.hpp>

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace leasehold::fsm {

class Execution::State {
 public:
  State(std::shared_ptr<const Table> table, nlohmann::json input, const RunOptions& options)
      : event_queue_(options.event_queue),
        interpreter_(std::move(table), std::move(input), options,
                     [this](Event event) { return queue(std::move(event)); }),
        stopped_(options.stop, Stop{this}) {
    work([&] { interpreter_.begin(); });
  }

  bool send(Event event) {
    if (finished()) return false;
    if (!queue(std::move(event)))
      throw_error(errc::fsm_invalid, fmt::format("the event queue of {} is full", event_queue_),
                  {.hint = "send less, or raise RunOptions::event_queue"});
    work([] {});
    return true;
  }

  bool advance() {
    bool happened = false;
    work([&] { happened = interpreter_.advance(); });
    return happened;
  }

  bool wait(Clock::time_point deadline) {
    for (;;) {
      advance();
      // Whatever happens from here on changes the word that is parked on.
      const std::uint32_t seen = changed_.load();
      if (finished()) return true;
      if (interpreter_.clock().now() >= deadline) return false;
      if (!interpreter_.stop().stop_requested())
        interpreter_.clock().park(changed_, seen, std::min(deadline, next_due().value_or(Clock::never)));
    }
  }

  // What runs to the end must not wait for what cannot come.
  void run_to_end() {
    while (!finished()) {
      const std::optional<Clock::time_point> due = next_due();
      if (due)
        wait(*due);
      else
        work([&] { interpreter_.give_up(); });
    }
  }

  void cancel() {
    interpreter_.stop().request_stop();
    work([] {});
  }

  bool finished() const noexcept { return finished_.load(std::memory_order_acquire); }

  RunResult take_result() { return interpreter_.take_result(); }

  // Looks at the interpreter when no other thread works for it.
  template <class Look>
  auto look(const Look& look_at) const {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return !busy_ || worker_ == std::this_thread::get_id(); });
    return look_at(interpreter_);
  }

 private:
  struct Stop {
    State* state;
    void operator()() const noexcept {
      state->interpreter_.stop().request_stop();
      state->announce();
    }
  };

  bool queue(Event event) {
    const std::lock_guard lock(mutex_);
    if (events_.size() >= event_queue_) return false;
    events_.push_back(std::move(event));
    return true;
  }

  // Does the work and all queued events, unless another thread (or a caller of this one) is at it: then that
  // one takes the events.
  template <class Work>
  void work(const Work& first) {
    {
      const std::lock_guard lock(mutex_);
      if (busy_) return;
      busy_ = true;
      worker_ = std::this_thread::get_id();
    }
    first();
    while (std::optional<Event> next = next_event()) interpreter_.handle(std::move(*next));
    announce();
  }

  // The next event, or none after giving up the work.
  std::optional<Event> next_event() {
    std::unique_lock lock(mutex_);
    for (;;) {
      const bool ended = interpreter_.life() >= Life::finished;
      if (!ended && interpreter_.stop().stop_requested()) {
        lock.unlock();
        interpreter_.abandon();
        lock.lock();
        continue;
      }
      if (!ended && !events_.empty()) {
        Event event = std::move(events_.front());
        events_.pop_front();
        return event;
      }
      if (ended) events_.clear();
      due_ = interpreter_.next_due();
      busy_ = false;
      worker_ = {};
      finished_.store(ended, std::memory_order_release);
      idle_.notify_all();
      return std::nullopt;
    }
  }

  std::optional<Clock::time_point> next_due() const {
    const std::lock_guard lock(mutex_);
    return due_;
  }

  void announce() noexcept {
    changed_.fetch_add(1);
    interpreter_.clock().unpark(changed_, std::numeric_limits<int>::max());
  }

  const std::size_t event_queue_;
  mutable std::mutex mutex_;
  mutable std::condition_variable idle_;
  std::deque<Event> events_;
  bool busy_ = false;
  std::thread::id worker_;
  std::optional<Clock::time_point> due_;
  std::atomic<bool> finished_ = false;
  std::atomic<std::uint32_t> changed_ = 0;
  Interpreter interpreter_;
  std::stop_callback<Stop> stopped_;  // last: gone before what it touches
};

Execution::Execution(std::unique_ptr<State> state) : state_(std::move(state)) {}
Execution::Execution(Execution&&) noexcept = default;
Execution& Execution::operator=(Execution&&) noexcept = default;
Execution::~Execution() = default;

bool Execution::send(std::string_view event, nlohmann::json data) {
  return state_->send({std::string(event), std::move(data)});
}
bool Execution::fire(const EventId& event) {
  return state_->send(event.event());
}
std::vector<std::string> Execution::configuration() const {
  return state_->look([](const Interpreter& interpreter) { return interpreter.configuration(); });
}
bool Execution::advance() {
  return state_->advance();
}
bool Execution::finished() const noexcept {
  return state_->finished();
}
bool Execution::wait(Clock::time_point deadline) {
  return state_->wait(deadline);
}
RunResult Execution::result() const {
  return state_->look([](const Interpreter& interpreter) { return interpreter.result(); });
}
void Execution::cancel() {
  state_->cancel();
}
std::vector<std::string> Execution::leases() const {
  return state_->look([](const Interpreter& interpreter) { return interpreter.leases(); });
}
Snapshot Execution::snapshot() const {
  return state_->look([](const Interpreter& interpreter) { return interpreter.snapshot(); });
}

namespace {

void require_open(const Definition& definition) {
  if (definition.manager->closed())
    throw_error(errc::acquire_closed,
                fmt::format("the manager of the machine '{}' is closed", definition.name),
                {.hint = "run machines before ResourceManager::close"});
}

}  // namespace

RunResult Machine::run(nlohmann::json input, const RunOptions& options) const {
  require_open(definition());
  Execution::State state(table_, std::move(input), options);
  state.run_to_end();
  return state.take_result();
}

Execution Machine::start(nlohmann::json input, const RunOptions& options) const {
  require_open(definition());
  return Execution(std::make_unique<Execution::State>(table_, std::move(input), options));
}

}  // namespace leasehold::fsm
