#pragma once

// What the states of a generated machine do. Internal: <leasehold/fsm/msm/chart.hpp> includes it.

#include <leasehold/fsm/msm/chart_calls.hpp>

namespace leasehold::fsm::msm {

// A state of the document: the MSM state if nothing is inside, else a part of the machine around such states.
template <class Derived, class Around>
class ChartState : public State<Derived> {
 public:
  using OnEntry = Calls<>;
  using Transform = Calls<>;
  using OnExit = Calls<>;
  using Initial = Calls<>;   // before what is inside is entered by default
  using Before = Demands<>;  // on entry
  using After = Demands<>;   // when it has been entered
  using Always = Demands<>;  // whenever nothing more happens by itself
  static constexpr bool success = true;
  static constexpr bool keeps_data = false;           // a failed entry leaves nothing in the data
  static constexpr std::string_view done_event = {};  // raised when it is entered
  static constexpr std::string_view stuck = {};       // why nothing goes on here without an event

  static constexpr std::array<Delay, 0> delays = {};  // after which arcs are taken
  static constexpr bool run_on_failure = false;       // visited when the machine fails
  static constexpr bool apart = false;                // and only then
  static constexpr bool ends = false;                 // what it is final of is the machine

  template <class Machine>
  static Scope& container(Machine& machine) noexcept {
    if constexpr (Derived::run_on_failure)
      if (machine.core.failing) return machine;
    if constexpr (std::is_void_v<Around>)
      return machine;
    else
      return machine.template part<Around>();
  }

  template <class Event, class Machine>
  void on_entry(const Event& event, Machine& machine) noexcept {
    if constexpr (tries_again() || is_timed() || Machine::timed) {
      if (this->arrive(Derived::container(machine), Derived::name)) enter_by_attempts(machine);
    } else {
      State<Derived>::on_entry(event, machine);
    }
  }
  template <class Event, class Machine>
  void entry(const Event&, Machine& machine) {
    if constexpr (!Derived::OnEntry::empty || !Derived::Transform::empty || !Derived::Before::empty ||
                  !Derived::After::empty)
      enter_once(machine);
    end(machine);
  }

  template <class Event, class Machine>
  void exit(const Event&, Machine& machine) {
    if constexpr (!Derived::OnExit::empty) {
      const ChartCore::Visit visit(machine.core, Derived::name);
      attempt(machine, Stage::exit, Derived::name,
              [&] { machine.template run<typename Derived::OnExit>(*this, Derived::name); });
    }
  }
  // What goes wrong while a fault makes it be left changes nothing any more.
  template <class Event, class Machine>
  void on_exit(const Event& event, Machine& machine) noexcept {
    if constexpr (std::same_as<Event, Fault>) {
      Ledger& ledger = *machine.ledger();
      const bool before = ledger.ignore_faults(true);
      State<Derived>::on_exit(event, machine);
      ledger.ignore_faults(before);
      ledger.take_exit_failed();
    } else {
      State<Derived>::on_exit(event, machine);
    }
    if constexpr (is_timed()) stop_time(machine);
  }

 private:
  template <class Machine>
  void run_entry(Machine& machine, bool& entered) {
    Derived::Before::check(machine);
    machine.template run<typename Derived::OnEntry>(*this, Derived::name);
    entered = true;
    machine.template run<typename Derived::Transform>(*this, Derived::name);
    Derived::After::check(machine);
  }

  template <class Machine>
  void enter_once(Machine& machine) {
    struct Nothing {};
    [[maybe_unused]] const auto before = [&] {
      if constexpr (Derived::keeps_data)
        return machine.core.mark();
      else
        return Nothing();
    }();
    const ChartCore::Visit visit(machine.core, Derived::name);
    bool entered = false;
    try {
      run_entry(machine, entered);
    } catch (...) {
      if constexpr (Derived::keeps_data) machine.core.rewind(before);
      if (machine.tells(Stage::entry, Derived::name)) return;
      quit(machine, entered);
      throw;
    }
  }

  // The general way. Of attempts only the last leaves anything behind.
  template <class Machine>
  void enter_by_attempts(Machine& machine) noexcept {
    if constexpr (requires { Derived::limit; }) machine.core.time.limit(*this, Derived::name, Derived::limit);
    Stage stage = Stage::acquire;
    try {
      attempt_entry(machine, stage);
      if constexpr (is_timed())
        if (Machine::event_driven) machine.core.time.await(*this, Derived::delays);
      end(machine);
      this->stand();
    } catch (...) {
      this->fall(stage);
      if constexpr (is_timed()) stop_time(machine);
    }
  }
  template <class Machine>
  void attempt_entry(Machine& machine, Stage& stage) {
    std::optional<ChartCore::Mark> before;
    if constexpr (Derived::keeps_data || tries_again()) before = machine.core.mark();
    const ChartCore::Visit visit(machine.core, Derived::name);
    for (std::size_t attempts = 1;; ++attempts) {
      bool entered = false;
      try {
        stage = Stage::acquire;
        machine.bound(*this);
        this->have_leases(&State<Derived>::requirements);
        if constexpr (!Derived::encloses) this->ledger()->give_back();
        stage = Stage::entry;
        return run_entry(machine, entered);
      } catch (...) {
        if (before) machine.core.rewind(*before);
        if constexpr (tries_again()) {
          if (machine.core.retries(Derived::retry, this->ledger()->fault_now(stage, Derived::name),
                                   attempts)) {
            this->ledger()->doing(nullptr);
            this->let_go(&is_of_another);
            machine.core.await_retry(Derived::retry, attempts);
            machine.check_time();
            continue;
          }
        }
        if (stage == Stage::entry) {
          if (machine.tells(stage, Derived::name)) return;
          quit(machine, entered);
        }
        throw;
      }
    }
  }
  template <class Machine>
  void stop_time(Machine& machine) noexcept {
    machine.core.time.unlimit(*this);
    machine.core.time.timers.forget(*this);
  }
  static constexpr bool tries_again() {
    return requires {
      Derived::retry;
    };
  }
  static constexpr bool is_timed() {
    return requires {
      Derived::limit;
    }
    || !Derived::delays.empty();
  }
  static bool is_of_another(std::string_view resource) noexcept {
    return !detail::declares(State<Derived>::requirements(), resource);
  }

  // What entering it is the end of.
  template <class Machine>
  void end(Machine& machine) {
    if constexpr (!Derived::done_event.empty()) raise_done(machine);
    if constexpr (Derived::ends)
      if (!machine.core.failing) machine.core.ended(Derived::name, Derived::success);
  }

  // What is final is so, whether or not that can be told with its data.
  template <class Machine>
  void raise_done(Machine& machine) {
    leasehold::fsm::Event done{std::string(Derived::done_event), nullptr};
    if constexpr (requires(ChartContext & context) { Derived::done_data(context); }) {
      const ChartCore::Visit visit(machine.core, Derived::name);
      try {
        machine.ledger()->doing(&Derived::telling);
        machine.call(*this, Derived::name,
                     [&](const ChartContext& context) { done.data = Derived::done_data(context); });
        machine.ledger()->doing(nullptr);
      } catch (...) {
        if (!machine.tells(Stage::entry, Derived::name)) {
          machine.core.raise(std::move(done));
          quit(machine, true);
          throw;
        }
      }
    }
    machine.core.raise(std::move(done));
  }

  // Inside a catch block: it is left because of a fault in its entry.
  template <class Machine>
  void quit(Machine& machine, bool entered) {
    this->ledger()->give_back();
    machine.choose_ahead(Stage::entry, Derived::name);
    if (!entered) return;
    const Doing* const failed = this->ledger()->doing();
    const bool before = this->ledger()->ignore_faults(true);
    try {
      machine.template run<typename Derived::OnExit>(*this, Derived::name);
    } catch (...) {  // the first fault is the one that counts
    }
    this->ledger()->ignore_faults(before);
    this->ledger()->doing(failed);
  }
};

// Of a list of states that are entered: its own `initial` says what is entered in it.
template <class State>
struct Default {};

template <class Listed>
struct Entering {
  using Part = Listed;
  static constexpr bool by_default = false;
};
template <class State>
struct Entering<Default<State>> {
  using Part = State;
  static constexpr bool by_default = true;
};

// Enters a state around others unless it stands. False: those inside are not to be entered.
template <class Listed, class Event, class Machine>
bool enter_around(const Event& event, Machine& machine) noexcept {
  using Part = typename Entering<Listed>::Part;
  auto& part = machine.template part<Part>();
  if (part.standing()) return true;
  part.on_entry(event, machine);
  if constexpr (Entering<Listed>::by_default) {
    if (!part.standing()) return false;
    try {
      attempt(machine, Stage::action, Part::name,
              [&] { machine.template run<typename Part::Initial>(part, Part::name); });
    } catch (...) {
      machine.ledger()->fault(Stage::action, Part::name);
      return false;
    }
  }
  return part.standing();
}

}  // namespace leasehold::fsm::msm
