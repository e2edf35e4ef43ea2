#pragma once

// What the states of a generated machine do. Internal: <leasehold/fsm/msm/chart.hpp> includes it.

#include <leasehold/fsm/functions.hpp>
#include <leasehold/fsm/msm.hpp>
#include <leasehold/fsm/msm/chart_faults.hpp>

namespace leasehold::fsm::msm {

// Functions in order; each has call(user, context) and says what it is doing.
template <class... Function>
struct Calls {
  static constexpr bool empty = sizeof...(Function) == 0;
  template <class User>
  static void run(User& user, ChartContext& context, Ledger& ledger) {
    ((ledger.doing(&Function::doing), Function::call(user, context)), ...);
    ledger.doing(nullptr);
  }
};

// Conditions that must hold; each has holds(machine), says what asking it is, and what it is if it does not.
template <class... Demand>
struct Demands {
  static constexpr bool empty = sizeof...(Demand) == 0;
  template <class Machine>
  static void check(Machine& machine) {
    (check_one<Demand>(machine), ...);
  }

 private:
  template <class One, class Machine>
  static void check_one(Machine& machine) {
    machine.ledger()->doing(&One::asking);
    if (!One::holds(machine)) ChartCore::throw_broken(One::broken);
    machine.ledger()->doing(nullptr);
  }
};

// Calls what may fail; a fault that is told as an event ends this call only.
template <class Machine, class Call>
void attempt(Machine& machine, Stage stage, std::string_view state, const Call& call) {
  if constexpr (Machine::has_error_arcs) {
    try {
      call();
    } catch (...) {
      if (!machine.tells(stage, state)) throw;
    }
  } else {
    call();
  }
}

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

  static constexpr bool run_on_failure = false;  // visited when the machine fails
  static constexpr bool apart = false;           // and only then
  static constexpr bool ends = false;            // what it is final of is the machine

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
    if constexpr (requires { Derived::retry; }) {
      if (this->arrive(Derived::container(machine), Derived::name)) enter_retrying(machine);
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

  // Of its attempts only the last leaves anything behind.
  template <class Machine>
  void enter_retrying(Machine& machine) noexcept {
    Stage stage = Stage::acquire;
    bool entered = false;
    try {
      const ChartCore::Mark before = machine.core.mark();
      const ChartCore::Visit visit(machine.core, Derived::name);
      for (std::size_t attempts = 1;; ++attempts) {
        stage = Stage::acquire;
        entered = false;
        try {
          this->have_leases(&State<Derived>::requirements);
          if constexpr (!Derived::encloses) this->ledger()->give_back();
          stage = Stage::entry;
          run_entry(machine, entered);
          break;
        } catch (...) {
          machine.core.rewind(before);
          const Fault fault{std::current_exception(), stage, Derived::name, this->ledger()->doing()};
          if (machine.core.retries(Derived::retry, fault, attempts)) {
            this->let_go(&is_of_another);
            machine.core.await_retry(Derived::retry, attempts);
            continue;
          }
          if (stage == Stage::entry && machine.tells(stage, Derived::name)) break;
          if (stage == Stage::entry) quit(machine, entered);
          throw;
        }
      }
      stage = Stage::entry;
      end(machine);
      this->stand();
    } catch (...) {
      this->fall(stage);
    }
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
        machine.core.call(*this, Derived::name,
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
    try {
      machine.template run<typename Derived::OnExit>(*this, Derived::name);
    } catch (...) {  // the first fault is the one that counts
    }
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
