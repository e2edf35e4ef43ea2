#pragma once

// What the rows and states of a generated machine do. Internal: <leasehold/fsm/msm/chart.hpp> includes it.

#include <leasehold/fsm/functions.hpp>
#include <leasehold/fsm/msm.hpp>
#include <leasehold/fsm/msm/chart_faults.hpp>

namespace leasehold::fsm::msm {

struct Eventless {};  // the event of arcs without one
struct Unnamed {};    // an event that no arc names; for arcs that take all

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
  static constexpr bool final = false;
  static constexpr bool success = true;
  static constexpr bool keeps_data = false;           // a failed entry leaves nothing in the data
  static constexpr std::string_view done_event = {};  // raised when it is entered
  static constexpr std::string_view stuck = {};       // why nothing goes on here without an event

  template <class Machine>
  static Scope& container(Machine& machine) noexcept {
    if constexpr (std::is_void_v<Around>)
      return machine;
    else
      return machine.template part<Around>();
  }

  template <class Event, class Machine>
  void entry(const Event&, Machine& machine) {
    if constexpr (!Derived::OnEntry::empty || !Derived::Transform::empty) run_entry(machine);
    if constexpr (!Derived::done_event.empty())
      machine.core.raise({std::string(Derived::done_event), nullptr});
    if constexpr (Derived::final && std::is_void_v<Around>)
      machine.core.ended(Derived::name, Derived::success);
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
  void run_entry(Machine& machine) {
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
      machine.template run<typename Derived::OnEntry>(*this, Derived::name);
      entered = true;
      machine.template run<typename Derived::Transform>(*this, Derived::name);
    } catch (...) {
      if constexpr (Derived::keeps_data) machine.core.rewind(before);
      if (machine.tells(Stage::entry, Derived::name)) return;
      this->ledger()->give_back();
      machine.choose_ahead(Stage::entry, Derived::name);
      if (entered) {
        const Doing* const failed = this->ledger()->doing();
        try {
          machine.template run<typename Derived::OnExit>(*this, Derived::name);
        } catch (...) {  // the first fault is the one that counts
        }
        this->ledger()->doing(failed);
      }
      throw;
    }
  }
};

// Whether the arc's condition holds.
template <class Arc>
struct ArcCondition {
  static constexpr std::string_view origin = Arc::Source::name;
  template <class Event, class Machine, class Source, class Target>
  bool operator()(const Event&, Machine& machine, Source&, Target&) const {
    bool good = false;
    machine.ledger()->doing(&Arc::asking);
    attempt(machine, Stage::guard, origin, [&] { good = Arc::holds(machine); });
    machine.ledger()->doing(nullptr);
    return good;
  }
};

// Whether the event tells of an error that the arc takes, and its condition holds.
template <class Arc>
struct ErrorCondition {
  static constexpr std::string_view origin = Arc::Source::name;
  template <class Event, class Machine, class Source, class Target>
  bool operator()(const Event& event, Machine& machine, Source& source, Target& target) const {
    if (!listens(Arc::events, machine.core.event().name)) return false;
    if constexpr (requires { Arc::asking; })
      return ArcCondition<Arc>()(event, machine, source, target);
    else
      return true;
  }
};

// Whether the fault takes this handler or arc.
template <class Way, bool within = false>
struct Chosen {
  template <class Machine, class Source, class Target>
  bool operator()(const Fault&, Machine& machine, Source&, Target&) const {
    return machine.core.choice == FaultChoice{number(typename Machine::FaultWays()), within};
  }

 private:
  template <class... All>
  static constexpr std::size_t number(Parts<All...>) {
    constexpr bool same[] = {std::same_as<All, Way>...};
    std::size_t before = 0;
    while (!same[before]) ++before;
    return before;
  }
};

// Takes an arc or handler: leaves the states around the source, inner first, runs the actions, enters those
// around the target. Source and target themselves are left and entered by MSM.
template <class Arc, class Left, class Entered, class Target>
struct ArcPassage;
template <class Arc, class... Left, class... Entered, class Target>
struct ArcPassage<Arc, Parts<Left...>, Parts<Entered...>, Target> {
  using is_passage = void;
  static constexpr std::string_view origin = Arc::Source::name;

  template <class Event, class Machine>
  static void leave(const Event& event, Machine& machine) noexcept {
    [[maybe_unused]] const auto settle = [&] {
      if constexpr (std::same_as<Event, Fault>)
        machine.ledger()->give_back();
      else if constexpr (Arc::Actions::empty && !std::same_as<Target, none>)
        machine.ledger()->settle(&wants);
    };
    settle();
    [[maybe_unused]] const auto leave_one = [&](auto& part) {
      part.on_exit(event, machine);
      settle();
    };
    (leave_one(machine.template part<Left>()), ...);
  }

  template <class Event, class Machine, class From, class To>
  void operator()([[maybe_unused]] const Event& event, Machine& machine, From&, To&) const {
    machine.core.count(Machine::max_transitions);
    if constexpr (requires(ChartContext & context) { Arc::keep(event, context); })
      machine.core.call(machine, origin, [&](ChartContext& context) { Arc::keep(event, context); });
    if constexpr (!Arc::Actions::empty)
      attempt(machine, Stage::action, origin, [&] {
        machine.template run<typename Arc::Actions>(machine.template part<typename Arc::Source>(), origin);
      });
  }

  template <class Event, class Machine>
  static bool enter(const Event& event, Machine& machine) noexcept {
    [[maybe_unused]] const auto enter_one = [&](auto& part) {
      if (!part.standing()) part.on_entry(event, machine);
      return part.standing();
    };
    return (enter_one(machine.template part<Entered>()) && ...);
  }

  static bool wants(std::string_view resource) noexcept {
    return (detail::wants<Entered>(resource) || ...) || detail::wants<Target>(resource);
  }
};

}  // namespace leasehold::fsm::msm
