#pragma once

// The front end that the definition of a generated machine derives from. Internal:
// <leasehold/fsm/msm/chart.hpp> includes it.

#include <leasehold/fsm/msm/chart_parts.hpp>

#include <tuple>

namespace leasehold::fsm::msm {

// The front end. All: every state in document order; Around: those with states inside,
// and those that only failures lead to; Start: those of them
// that are entered first, outer before inner.
template <class Derived, class User, class All, class Around, class Start>
class ChartDefinition;
template <class Derived, class User, class... All, class... Around, class... Start>
class ChartDefinition<Derived, User, Parts<All...>, Parts<Around...>, Parts<Start...>>
    : public MachineDefinition<Derived> {
 public:
  using Machine = boost::msm::back::state_machine<Derived>;
  static constexpr bool queues_events = false;

  ChartDefinition(User& user, const Borrower& borrower)
      : core(borrower, [this](std::string_view state) { return is_active(state); }), user_(user) {}

  template <class Event>
  void on_entry(const Event& event, Machine& machine) noexcept {
    MachineDefinition<Derived>::on_entry(event, machine);
    if (!(enter_around<Start>(event, machine) && ...)) part<typename Derived::initial_state>().refuse();
  }
  template <class Event>
  void on_exit(const Event& event, Machine& machine) noexcept {
    this->ledger()->give_back();
    const auto leave = [&](auto& state) {
      state.on_exit(event, machine);
      machine.ledger()->give_back();
    };
    reversed<Around...>(leave);
    (visit_after_failure<All>(event), ...);
    MachineDefinition<Derived>::on_exit(event, machine);
  }

  template <class Part>
  auto& part() noexcept {
    if constexpr (std::same_as<Part, Derived>)
      return *this;
    else if constexpr (Part::encloses || Part::apart)
      return std::get<Part>(around_);
    else
      return static_cast<Machine&>(*this).template get_state<Part&>();
  }

  template <class Call>
  void call(Scope& scope, std::string_view state, const Call& function) {
    bound(scope);
    core.call(scope, state, function);
  }
  template <class Functions>
  void run(Scope& scope, std::string_view state) {
    if constexpr (!Functions::empty)
      call(scope, state, [this](ChartContext& context) { Functions::run(user_, context, *this); });
  }
  template <class Guard, class Source>
  bool ask() {
    bool holds = false;
    call(part<Source>(), Source::name,
         [&](const ChartContext& context) { holds = Guard::call(user_, context); });
    return holds;
  }

  // What the scope does next has the time that is left for it; while it is left because of a fault, any.
  void bound([[maybe_unused]] const Scope& scope) {
    if constexpr (Derived::timed) {
      const Clock::time_point deadline =
          this->ledger()->ignores_faults() ? Clock::never : core.time.deadline_of(scope);
      this->ledger()->acquire_until(core.bound(deadline));
    }
  }
  void check_time() const {
    if constexpr (Derived::timed)
      if (!this->ledger()->ignores_faults()) core.time.check();
  }

  // Active, or being entered or left.
  template <class Part>
  bool is_in() noexcept {
    return part<Part>().standing() || core.visiting == Part::name;
  }

  // Inside a catch block: whether the fault becomes an event and what was going on goes on.
  bool tells(Stage stage, std::string_view state) {
    if constexpr (Derived::has_error_arcs) {
      Ledger& ledger = *this->ledger();
      if (ledger.ignores_faults()) return false;
      const Fault fault = ledger.fault_now(stage, state);
      auto search = search_for(fault);
      if (!search.is_to_be_told()) return false;
      ledger.doing(nullptr);
      core.tell(search.event(), fault);
      return true;
    } else {
      return false;
    }
  }

  void gives_up() noexcept { core.failing = true; }

  // Inside a catch block: what the fault takes is decided before the state that failed is left.
  void choose_ahead(Stage stage, std::string_view state) {
    if constexpr (Derived::has_error_arcs)
      if (!this->ledger()->ignores_faults()) core.chosen = choose(this->ledger()->fault_now(stage, state));
  }
  // That of a fault that was told of and that no arc took.
  void choose_on_error(const Fault& fault) { core.chosen = search_for(fault).choose_on_error(); }

  void struck(const Fault& fault) noexcept {
    this->ledger()->forgive();  // max_transitions ends what goes on and on
    try {
      if (core.chosen) {
        core.choice = *std::exchange(core.chosen, std::nullopt);
      } else {
        const bool entering = fault.stage == Stage::acquire;
        const ChartCore::Visit visit(core, entering ? fault.state : std::string_view());
        core.choice = choose(fault);
      }
    } catch (...) {  // no memory
      core.choice = {};
    }
  }

  // Leaves the final state that the machine has ended in. False if its exit failed.
  static constexpr bool leaves_final = ((All::ends && !All::OnExit::empty) || ...);
  bool leave_final() noexcept {
    const auto leave = [&](auto& state) {
      if (state.standing()) state.on_exit(Unnamed(), static_cast<Machine&>(*this));
    };
    const auto leave_if_final = [&]<class State>(Parts<State>) {
      if constexpr (State::ends) leave(part<State>());
    };
    (leave_if_final(Parts<All>()), ...);
    return !this->ledger()->take_exit_failed();
  }

  // Whether what must hold in active states does, outer ones first.
  static constexpr bool has_invariants = (!All::Always::empty || ...);
  bool keeps_invariants() noexcept {
    const auto keeps = [&]<class State>(Parts<State>) {
      if constexpr (!State::Always::empty) {
        try {
          if (part<State>().standing()) State::Always::check(static_cast<Machine&>(*this));
        } catch (...) {
          this->ledger()->fault(Stage::guard, State::name);
          return false;
        }
      }
      return true;
    };
    return (keeps(Parts<All>()) && ...);
  }

  std::vector<std::string> active_states() {
    std::vector<std::string> names;
    const auto add = [&](const Scope& state, std::string_view called) {
      if (state.standing()) names.emplace_back(called);
    };
    (add(part<All>(), All::name), ...);
    return names;
  }

  std::string_view innermost() {
    std::string_view last = Derived::name;
    ((last = part<All>().standing() ? All::name : last), ...);
    return last;
  }

  std::string_view why_stuck() {
    std::string_view last;
    ((last = part<All>().standing() ? All::stuck : last), ...);
    return last;
  }

  ChartCore core;

 private:
  template <class... Way>
  static constexpr auto list(Parts<Way...>) {
    return std::array<FaultWay<Derived>, sizeof...(Way)>{fault_way<Derived, Way>()...};
  }
  FaultSearch<Derived> search_for(const Fault& fault) {
    static constexpr auto ways = list(typename Derived::FaultWays());
    return {static_cast<Derived&>(*this), ways, fault};
  }

  // The functions that an arc for errors calls, and those of what it leaves, see the error as their event.
  FaultChoice choose(const Fault& fault) {
    auto search = search_for(fault);
    const FaultChoice choice = search.choose();
    if (search.is_arc(choice) && core.transitions < Derived::max_transitions) core.set_event(search.event());
    return choice;
  }

  // By itself, whatever is around it.
  template <class State, class Event>
  void visit_after_failure([[maybe_unused]] const Event& event) noexcept {
    if constexpr (State::run_on_failure) {
      if (!core.failing) return;
      Machine& machine = static_cast<Machine&>(*this);
      part<State>().on_entry(event, machine);
      part<State>().on_exit(event, machine);
      this->ledger()->give_back();
    }
  }

  template <class First, class... Others, class Call>
  void reversed(const Call& call) {
    if constexpr (sizeof...(Others) > 0) reversed<Others...>(call);
    call(part<First>());
  }
  template <class Call>
  void reversed(const Call&) {}

  bool is_active(std::string_view state) {
    return ((is_in<All>() && ChartCore::is_name(state, Derived::name, All::name)) || ...);
  }

  User& user_;
  std::tuple<Around...> around_;
};

}  // namespace leasehold::fsm::msm
