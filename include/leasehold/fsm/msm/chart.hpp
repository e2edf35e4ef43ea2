#pragma once

// What generated machines are made of: headers that `leasehold generate` writes include this. A program uses
// the generated Machine, whose members are ChartMachine's below.

#include <leasehold/fsm/msm/chart_definition.hpp>
#include <leasehold/fsm/msm/chart_input.hpp>

#include <array>

namespace leasehold::fsm::msm {

// A generated machine. User has the actions, `void f(leasehold::fsm::Context&)`, and the guards,
// `bool g(const leasehold::fsm::Context&)`: what a FunctionRegistry takes, so that the same functions run
// under both. It must outlive the machine, as must the borrower's manager.
//
// Threads: one at a time. Blocks: entering a state, as long as Borrower::options and its retries allow.
// Throws: nothing of the functions; a fault goes to `catch`, then `on_error`, or ends the machine: failure().
template <class Definition, class User>
class ChartMachine : private Machine<Definition> {
  using Base = Machine<Definition>;

 public:
  // The first of its kind compiles the machine's jq.
  ChartMachine(const Borrower& borrower, User& user) : Base(borrower, user, borrower) {
    if constexpr (Definition::timed)
      this->ledger()->judge_with([this](Fault& fault) {
        if (!this->ledger()->ignores_faults()) this->core.time.judge(fault);
      });
    if constexpr (requires { Definition::prepare(); }) Definition::prepare();
  }

  // Enters the initial states and goes on until an event is needed. Input that does not fit the machine's
  // schema is its failure.
  void start(nlohmann::json input = nlohmann::json::object()) {
    this->core.reset(std::move(input));
    try {
      Definition::input().check(this->core.data);
    } catch (...) {
      return Base::fail({std::current_exception(), Stage::guard, Definition::name});
    }
    this->core.time.start(Definition::limit);
    step([this] {
      this->bound(*this);
      Base::start();
    });
    if (!this->core.sent.empty()) handle_sent();
  }

  // Handles an event and what follows from it; within a function of the machine it waits for its turn, and
  // throws StateError (fsm_invalid) if 1024 do. False if the machine has ended or is not started.
  template <class Event>
  bool process_event(Event event) {
    static const leasehold::fsm::Event named{std::string(Event::name)};
    static const Event bare{.data = nullptr};
    const auto dispatch_it = [this] { this->Base::process_event(bare); };
    if (!event.data.is_null() || handling_) return deliver({named.name, std::move(event.data)}, dispatch_it);
    if (!takes_events()) return false;
    this->core.refer_to(named);
    handle(dispatch_it);
    return true;
  }
  // The same by name; an event that no arc names goes to those that name its prefix, as in YAML.
  bool send(std::string_view event, nlohmann::json data_of_event = nullptr) {
    return deliver({std::string(event), std::move(data_of_event)}, [this] { dispatch(); });
  }

  // Handles what is due by the manager's clock: arcs after a delay, events sent with one, the time of states
  // and of the machine. Whether anything happened. Within a function of the machine it does nothing.
  bool advance() {
    if (handling_) return false;
    bool happened = false;
    const Clock::time_point now = this->core.time.clock().now();  // what is due later is for the next time
    while (takes_events()) {
      std::optional<Timer> due = this->core.time.take_due(now);
      if (!due) break;
      happened = true;
      this->core.transitions = 0;
      this->core.set_event(std::move(due->event));
      step([&] { take(*due); });
    }
    if (!this->core.sent.empty()) handle_sent();
    return happened;
  }
  // When advance() will have something to do; nullopt: never, as it is now.
  std::optional<Clock::time_point> next_due() const {
    return takes_events() ? this->core.time.next_due() : std::nullopt;
  }

  void stop() { Base::stop(); }

  bool finished() const noexcept { return this->core.final_state.has_value() || failure().has_value(); }
  bool success() const noexcept { return this->core.success && this->core.final_state && !failure(); }
  std::string final_state() const { return this->core.final_state.value_or(""); }  // "": not in one
  const std::optional<Fault>& failure() const noexcept { return Base::failure(); }
  // Active states in document order; once it has ended, the final state that it ended in, if any.
  std::vector<std::string> configuration() {
    if (finished() && !failure()) return {final_state()};
    return Definition::active_states();
  }
  const nlohmann::json& data() const noexcept { return this->core.data; }

 private:
  bool takes_events() const noexcept { return this->standing() && !finished(); }

  template <class Dispatch>
  bool deliver(leasehold::fsm::Event event, const Dispatch& dispatch_it) {
    if (!takes_events()) return false;
    if (handling_) {
      this->core.send(std::move(event), false);
      return true;
    }
    const ChartCore::Hearing hearing(this->core, event);
    handle(dispatch_it);
    return true;
  }

  // The event that has been set, and those that its functions send.
  template <class Dispatch>
  void handle(const Dispatch& dispatch_it) {
    if (Definition::event_driven) this->core.transitions = 0;
    step(dispatch_it);
    if (!this->core.sent.empty()) handle_sent();
  }
  // What the machine has sent itself goes on with what the event before has set off.
  [[gnu::noinline]] void handle_sent() {
    while (!this->core.sent.empty() && !finished()) {
      const bool own = this->core.take_sent();
      if (Definition::event_driven && !own) this->core.transitions = 0;
      step([this] { dispatch(); });
    }
    this->core.sent.clear();
  }

  template <class Dispatch>
  void step(const Dispatch& dispatch_it) {
    const Handling handling(handling_);
    if (!is_late()) dispatch_it();
    settle();
  }

  void take(const Timer& due) {
    if (due.kind == Timer::Kind::send) dispatch();
    const auto process = [this](const auto& event) { this->Base::process_event(event); };
    if constexpr (requires { Definition::with_delay(due.arc, process); })
      if (due.kind == Timer::Kind::after) Definition::with_delay(due.arc, process);
  }

  // Whether time was over for something, and that has been dealt with.
  bool is_late() {
    if constexpr (Definition::timed) {
      if (!takes_events() || !this->core.time.is_over()) return false;
      Base::strike(this->core.time.late_fault());
      return true;
    } else {
      return false;
    }
  }

  void dispatch() {
    // The event whose arcs these are: its own or that of the longest prefix.
    std::string_view known = this->core.event().name;
    while (!Definition::with_event(known, [this](const auto& event) { this->Base::process_event(event); })) {
      if (known.find('.') == std::string_view::npos) {
        if constexpr (Definition::takes_unnamed) this->Base::process_event(Unnamed());
        return;
      }
      known = known.substr(0, known.rfind('.'));
    }
  }

  // Arcs without an event, then events raised inside, until neither is left.
  void settle() {
    while (!is_over()) {
      if (is_late()) continue;
      // What goes on without an event waits while there is a fault to be told of.
      if (Definition::has_eventless && this->core.told == 0 && take_eventless()) continue;
      if (!this->core.raised.empty()) {
        take_raised();
        continue;
      }
      if constexpr (Definition::event_driven) {
        if (keeps_invariants()) return;
        continue;
      }
      Base::strike(Definition::innermost(), [this] { ChartCore::throw_stuck(Definition::why_stuck()); });
    }
    if (!failure()) Base::stop();
  }

  // False: one was broken, and something has happened.
  bool keeps_invariants() {
    bool kept = true;
    if constexpr (Definition::has_invariants) Base::venture([&] { kept = Definition::keeps_invariants(); });
    return kept;
  }

  // What takes a fault in the exit of the final state leads on.
  bool is_over() {
    if constexpr (Definition::leaves_final)
      if (this->core.final_state && !failure()) leave_final();
    return finished();
  }
  void leave_final() {
    std::optional<std::string> state = std::exchange(this->core.final_state, std::nullopt);
    const bool well = std::exchange(this->core.success, false);
    Base::venture([&] {
      if (!Definition::leave_final()) return;
      this->core.final_state = std::move(state);
      this->core.success = well;
    });
  }

  // A fault that no arc takes as an event goes on.
  [[gnu::noinline]] void take_raised() {
    const std::size_t before = this->core.transitions;
    const std::shared_ptr<const Fault> told = this->core.take_raised();
    dispatch();
    if (!told || this->core.transitions != before || finished()) return;
    this->choose_on_error(*told);
    Base::strike(*told);
  }

  // Whether anything happened: an arc was taken, or a fault of a condition was.
  bool take_eventless() {
    const std::size_t before = this->core.transitions;
    Base::process_event(Eventless());
    return this->core.transitions != before || finished();
  }

  class Handling {
   public:
    explicit Handling(bool& flag) : flag_(flag), before_(std::exchange(flag, true)) {}
    Handling(const Handling&) = delete;
    Handling& operator=(const Handling&) = delete;
    ~Handling() { flag_ = before_; }

   private:
    bool& flag_;
    bool before_;
  };

  bool handling_ = false;
};

}  // namespace leasehold::fsm::msm
