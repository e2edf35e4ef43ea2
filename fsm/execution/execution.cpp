// Execution: an interpreter that any thread may send events to and one thread at a time works for.

#include "execution/interpreter.hpp"
#include "execution/turn.hpp"

#include <leasehold/fsm/machine.hpp>

#include <fmt/format.h>

#include <atomic>
#include <mutex>

namespace leasehold::fsm {

class Execution::State {
 public:
  State(const std::shared_ptr<const Table>& table, nlohmann::json&& input, const RunOptions& options)
      : event_queue_(options.event_queue),
        interpreter_(table, std::move(input), options,
                     [this](Event event) {
                       if (!queue(std::move(event), true)) return false;
                       turn_.nudge();
                       return true;
                     }),
        table_(*table),
        turn_(interpreter_.clock()),
        stopped_(options.stop, Stop{this}) {
    turn_.take();
    interpreter_.begin();
    give();
  }

  bool send(std::string_view name) {
    if (finished()) return false;
    if (!turn_.take()) return leave({std::string(name), nullptr});
    if (turn_.has_mail()) open_mail();
    if (const NamedEvent* const known = table_.find(name))
      interpreter_.fire(known->event, known->event_class);
    else
      interpreter_.fire({std::string(name), nullptr}, table_.class_of(name));
    give();
    return true;
  }

  bool send(std::string_view name, nlohmann::json&& data) {
    if (finished()) return false;
    Event event{std::string(name), std::move(data)};
    if (!turn_.take()) return leave(std::move(event));
    if (turn_.has_mail()) open_mail();
    interpreter_.fire(event, table_.class_of(name));
    give();
    return true;
  }

  bool post(Event event) {
    if (finished()) return false;
    queue_or_throw(std::move(event));
    turn_.nudge();
    return true;
  }

  bool fire(const NamedEvent& event) {
    if (event.table != &table_) throw_foreign(event);
    if (!turn_.resume()) return fire_first(event);
    if (interpreter_.fire(event.event, event.event_class) && turn_.rest()) return true;
    return keep();
  }

  [[noreturn]] static void throw_foreign(const NamedEvent& event) {
    throw_error(errc::fsm_invalid,
                fmt::format("the event '{}' was looked up in another machine", event.event.name),
                {.hint = "use Machine::event of the execution's own machine"});
  }

  bool advance() {
    if (!turn_.take(true)) return false;
    const bool happened = interpreter_.advance();
    give();
    return happened;
  }

  bool wait(Clock::time_point deadline) {
    for (;;) {
      const std::uint32_t seen = turn_.changes();
      turn_.watch();
      std::optional<Clock::time_point> due;
      if (turn_.take(true)) {
        interpreter_.advance();
        do {
          open_mail();
          due = interpreter_.next_due();
        } while (!turn_.give(true));
      }
      if (finished()) return true;
      if (interpreter_.clock().now() >= deadline) return false;
      turn_.park(seen, std::min(deadline, due.value_or(Clock::never)));
    }
  }

  // What runs to the end must not wait for what cannot come.
  void run_to_end() {
    while (!finished()) {
      const std::optional<Clock::time_point> due = interpreter_.next_due();
      if (due) {
        wait(*due);
      } else {
        turn_.take(true);
        interpreter_.give_up();
        give();
      }
    }
  }

  void request_cancel() noexcept {
    interpreter_.stop().request_stop();
    turn_.nudge();
  }

  void cancel() {
    interpreter_.stop().request_stop();
    if (turn_.leave_mail()) give();
  }

  bool finished() const noexcept { return finished_.load(std::memory_order_acquire); }

  Clock& clock() const noexcept { return interpreter_.clock(); }

  RunResult take_result() { return interpreter_.take_result(); }

  // Looks at the interpreter when no other thread works for it.
  template <class Look>
  auto look(const Look& look_at) {
    if (turn_.is_mine()) return look_at(interpreter_);  // from a function that it calls
    turn_.wait_for();
    struct Give {
      State& state;
      ~Give() { state.give(); }
    } const give{*this};
    return look_at(interpreter_);
  }

 private:
  struct Stop {
    State* state;
    void operator()() const noexcept { state->request_cancel(); }
  };

  struct Letter {
    Event event;
    bool own;  // the machine sent it to itself
  };

  bool queue(Event event, bool own = false) {
    const std::lock_guard lock(mutex_);
    if (events_.size() >= event_queue_) return false;
    events_.push_back({std::move(event), own});
    return true;
  }

  void queue_or_throw(Event event) {
    if (!queue(std::move(event)))
      throw_error(errc::fsm_invalid, fmt::format("the event queue of {} is full", event_queue_),
                  {.hint = "send less, or raise RunOptions::event_queue"});
  }

  // For the thread whose turn it is; for this one if nobody's.
  bool leave(Event event) {
    queue_or_throw(std::move(event));
    if (turn_.leave_mail()) give();
    return true;
  }

  [[gnu::noinline]] bool fire_first(const NamedEvent& event) {
    if (finished()) return false;
    if (!turn_.take(true)) return leave(event.event);
    if (turn_.has_mail()) open_mail();
    interpreter_.fire(event.event, event.event_class);
    return keep();
  }

  // Ends a piece of work after what came meanwhile. Returns that it was done.
  [[gnu::noinline]] bool keep() {
    while (!ended() && !turn_.keep()) open_mail();
    if (ended()) give();
    return true;
  }
  void give() {
    for (;;) {
      ended();
      if (turn_.give()) return;
      open_mail();
    }
  }

  // Whether it has, for all to see.
  bool ended() noexcept {
    if (interpreter_.life() < Life::finished) return false;
    finished_.store(true, std::memory_order_release);
    return true;
  }

  // A request to stop, and the events that were left.
  void open_mail() {
    turn_.open_mail();
    for (;;) {
      if (!ended() && interpreter_.stop().stop_requested()) interpreter_.abandon();
      std::unique_lock lock(mutex_);
      if (ended()) events_.clear();
      if (events_.empty()) return;
      Letter letter = std::move(events_.front());
      events_.pop_front();
      lock.unlock();
      interpreter_.handle(std::move(letter.event), letter.own);
    }
  }

  const std::size_t event_queue_;
  std::mutex mutex_;
  Queue<Letter> events_;
  std::atomic<bool> finished_ = false;
  Interpreter interpreter_;
  const Table& table_;  // the interpreter's
  Turn turn_;
  std::stop_callback<Stop> stopped_;  // last: gone before what it touches
};

Execution::Execution(std::unique_ptr<State> state) : state_(std::move(state)) {}
Execution::Execution(Execution&&) noexcept = default;
Execution& Execution::operator=(Execution&&) noexcept = default;
Execution::~Execution() = default;

bool Execution::send(std::string_view event) {
  return state_->send(event);
}
bool Execution::send(std::string_view event, nlohmann::json data) {
  return state_->send(event, std::move(data));
}
bool Execution::fire(const EventId& event) {
  return state_->fire(*event.event_);
}
bool Execution::post(std::string_view event, nlohmann::json data) {
  return state_->post({std::string(event), std::move(data)});
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
void Execution::request_cancel() noexcept {
  state_->request_cancel();
}
std::optional<Clock::time_point> Execution::next_due() const {
  return state_->look([](const Interpreter& interpreter) {
    return interpreter.life() < Life::finished ? interpreter.next_due() : std::nullopt;
  });
}
Clock& Execution::clock() const noexcept {
  return state_->clock();
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
