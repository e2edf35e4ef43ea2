#pragma once

// Rows: the transition table of a machine whose states hold leases. Included by <leasehold/fsm/msm.hpp>.
//
//   using transition_table = Rows<
//     Row<Idle,    Load,  Loading, Open, IsReady>,     // boost::msm::front::Row
//     Row<Loading, Fault, Broken>
//   >;
//
// Any number of rows, where boost::mpl::vector ends at 20. As in MSM the later of two rows that both apply is
// tried first. Each guard and action is called through Guarded, so that nothing it throws crosses MSM.

#include <leasehold/fsm/msm/scope.hpp>

#include <boost/mpl/push_back.hpp>
#include <boost/mpl/vector.hpp>
#include <boost/msm/front/functor_row.hpp>

#include <concepts>
#include <type_traits>

namespace leasehold::fsm::msm {

namespace detail {

// Whether a state, or a state that is entered with it, requires the resource.
template <class State>
bool wants(std::string_view resource) noexcept;

// An action of a generated machine, which also leaves and enters the states around source and target.
template <class Action>
concept Passage = requires {
  typename Action::is_passage;
};

}  // namespace detail

// Calls a guard or an action of a row and turns what it throws into a Fault. A guard that threw does not
// hold. Of what it does around the call:
//
// - a row applies only where its machine stands and, unless the event is a Fault, its source stands and no
// Fault
//   waits;
// - after a fault in an exit or in the action the target is not entered: it is active in MSM's eyes, holds
//   nothing, and waits for the Fault;
// - the source's leases go back after the action, except those that the target requires.
template <class Function>
struct Guarded {
  template <class Event, class Machine, class Source, class Target>
  auto operator()(const Event& event, Machine& machine, Source& source, Target& target) const noexcept {
    static_assert(std::derived_from<Machine, Scope> && std::derived_from<Source, Scope> &&
                      std::derived_from<Target, Scope>,
                  "machines and states in Rows derive from leasehold::fsm::msm::MachineDefinition and State");
    if constexpr (Function::is_guard) {
      return holds(event, machine, source, target);
    } else {
      act(event, machine, source, target);
    }
  }

 private:
  using Called = typename Function::type;
  static constexpr bool is_nothing = std::same_as<Called, boost::msm::front::none>;

  template <class Event, class Machine, class Source, class Target>
  static bool holds(const Event& event, Machine& machine, Source& source, Target& target) noexcept {
    if (!machine.standing()) return false;
    if constexpr (!std::same_as<Event, Fault>)
      if (!source.standing() || machine.ledger()->has_fault()) return false;
    if constexpr (is_nothing) {
      return true;
    } else {
      try {
        return Called()(event, machine, source, target);
      } catch (...) {
        machine.ledger()->fault(Stage::guard, origin_of(source));
        return false;
      }
    }
  }

  template <class Event, class Machine, class Source, class Target>
  static void act(const Event& event, Machine& machine, Source& source, Target& target) noexcept {
    Ledger& ledger = *machine.ledger();
    if constexpr (detail::Passage<Called>) Called::leave(event, machine);
    bool good = Function::is_internal || !ledger.take_exit_failed();
    if constexpr (!is_nothing) {
      if (good) {
        try {
          Called()(event, machine, source, target);
        } catch (...) {
          ledger.fault(Stage::action, origin_of(source));
          good = false;
        }
      }
    }
    if constexpr (!Function::is_internal) {
      if constexpr (detail::Passage<Called>) {
        if (good) ledger.settle(&Called::wants);
        good = good && Called::enter(event, machine);
      } else if (good) {
        ledger.settle(&detail::wants<Target>);
      }
      if (good) return;
      ledger.give_back();
      target.refuse();
    }
  }

  template <class Source>
  static std::string_view origin_of(const Source& source) noexcept {
    if constexpr (requires { Called::origin; })
      return Called::origin;
    else
      return source.name_;
  }
};

namespace detail {

template <class Function>
struct AsGuard {
  using type = Function;
  static constexpr bool is_guard = true;
};
template <class Function, bool internal>
struct AsAction {
  using type = Function;
  static constexpr bool is_guard = false;
  static constexpr bool is_internal = internal;
};

template <class Row>
struct GuardedRow {
  static_assert(!sizeof(Row), "Rows are of boost::msm::front::Row");
};
template <class Source, class Event, class Target, class Action, class Guard>
struct GuardedRow<boost::msm::front::Row<Source, Event, Target, Action, Guard>> {
  static constexpr bool internal = std::same_as<Target, boost::msm::front::none>;
  using type = boost::msm::front::Row<Source, Event, Target, Guarded<AsAction<Action, internal>>,
                                      Guarded<AsGuard<Guard>>>;
};
// What defers an event is MSM's own and throws nothing.
template <class Source, class Event, class Target, class Action, class Guard>
requires requires {
  typename Action::deferring_action;
}
struct GuardedRow<boost::msm::front::Row<Source, Event, Target, Action, Guard>> {
  using type = boost::msm::front::Row<Source, Event, Target, Action, Guarded<AsGuard<Guard>>>;
};

template <class Sequence, class... Row>
struct Append {
  using type = Sequence;
};
template <class Sequence, class First, class... Others>
struct Append<Sequence, First, Others...>
    : Append<typename boost::mpl::push_back<Sequence, typename GuardedRow<First>::type>::type, Others...> {};

struct IsRows {};  // how a machine knows that its table is one of these

}  // namespace detail

template <class... Row>
struct Rows : detail::Append<boost::mpl::vector0<>, Row...>::type, detail::IsRows {};

}  // namespace leasehold::fsm::msm
