#pragma once

// State and MachineDefinition: the parts of a machine that lease. Included by <leasehold/fsm/msm.hpp>.

#include <leasehold/fsm/msm/rows.hpp>

#include <boost/mpl/for_each.hpp>
#include <boost/mpl/is_sequence.hpp>
#include <boost/msm/front/state_machine_def.hpp>
#include <boost/msm/front/states.hpp>

namespace leasehold::fsm::msm {

using boost::msm::front::none;
using boost::msm::front::Row;

namespace detail {

// "Storing" of "app::Storing".
template <class T>
constexpr std::string_view type_name() {
  std::string_view name = __PRETTY_FUNCTION__;
  name.remove_prefix(name.find("T = ") + 4);
  name = name.substr(0, name.find_first_of(";]"));
  const std::size_t scope = name.substr(0, name.find('<')).rfind("::");
  return scope == std::string_view::npos ? name : name.substr(scope + 2);
}

inline bool declares(const std::vector<ResourceRequirement>& requirements,
                     std::string_view resource) noexcept {
  for (const ResourceRequirement& requirement : requirements)
    if (requirement.name == resource) return true;
  return false;
}

struct NoRequirements : std::vector<ResourceRequirement> {};  // of a state without resources() of its own

}  // namespace detail

// A part of a machine that leases: a state, or a machine with states inside. Derived may have
//
//   static std::vector<ResourceRequirement> resources();   // asked for once
//   static constexpr std::string_view name = "storing";    // for faults; default: of the type
//   template <class Event, class Machine> void entry(const Event&, Machine&);
//   template <class Event, class Machine> void exit(const Event&, Machine&);
template <class Derived, class Base>
class Leasing : public Base, public Scope {
 public:
  static detail::NoRequirements resources() { return {}; }
  static constexpr std::string_view name = {};
  static constexpr bool encloses = false;  // states inside are entered after it
  template <class Event, class Machine>
  void entry(const Event&, Machine&) {}
  template <class Event, class Machine>
  void exit(const Event&, Machine&) {}

  template <class Event, class Machine>
  void on_entry(const Event& event, Machine& machine) noexcept {
    static_assert(std::derived_from<typename Machine::transition_table, detail::IsRows>,
                  "the transition_table of a machine with leasing states is leasehold::fsm::msm::Rows");
    constexpr std::string_view own_name =
        Derived::name.empty() ? detail::type_name<Derived>() : Derived::name;
    if (!arrive(Derived::container(machine), own_name)) return;
    if constexpr (!std::same_as<decltype(Derived::resources()), detail::NoRequirements>)
      if (!take_leases(&requirements)) return;
    // What was carried here from the state before has been taken up, unless states inside follow.
    if constexpr (!Derived::encloses) ledger()->give_back();
    try {
      static_cast<Derived&>(*this).entry(event, machine);
      stand();
    } catch (...) {
      fall(Stage::entry);
    }
  }

  template <class Event, class Machine>
  void on_exit(const Event& event, Machine& machine) noexcept {
    const bool entered = standing();
    leave();
    if (!entered) return;
    try {
      static_cast<Derived&>(*this).exit(event, machine);
    } catch (...) {
      ledger()->exit_failed(scope_name());
    }
  }

  // What it stands in.
  static Scope& container(Scope& machine) noexcept { return machine; }

  static const std::vector<ResourceRequirement>& requirements() {
    static const std::vector<ResourceRequirement> all = Derived::resources();
    return all;
  }
};

template <class Derived, class Base = boost::msm::front::state<>>
using State = Leasing<Derived, Base>;

// A front end, of a whole machine or of one inside another.
template <class Derived>
class MachineDefinition : public Leasing<Derived, boost::msm::front::state_machine_def<Derived>> {
 public:
  static constexpr bool encloses = true;
  using no_exception_thrown = int;  // MSM's own handler is not compiled in: nothing crosses it

  void struck(const Fault&) noexcept {}        // before a row takes it; internal
  void gives_up() noexcept {}                  // before it is left because none does; internal
  static constexpr bool queues_events = true;  // inside, and faults go before these; internal

  // An event that no row takes changes nothing.
  template <class Machine, class Event>
  void no_transition(const Event&, Machine&, int) noexcept {}
};

namespace detail {

template <class State>
struct Initial {
  static bool want(std::string_view) noexcept { return false; }
};
template <class State>
requires requires {
  typename State::initial_state;
}
struct Initial<State> {
  static bool want(std::string_view resource) noexcept {
    if constexpr (boost::mpl::is_sequence<typename State::initial_state>::value) {
      bool wanted = false;
      boost::mpl::for_each<typename State::initial_state, boost::msm::wrap<boost::mpl::_1>>(
          [&]<class One>(boost::msm::wrap<One>) { wanted = wanted || wants<One>(resource); });
      return wanted;
    } else {
      return wants<typename State::initial_state>(resource);
    }
  }
};

template <class State>
bool wants(std::string_view resource) noexcept {
  if constexpr (!std::same_as<decltype(State::resources()), NoRequirements>)
    if (declares(State::requirements(), resource)) return true;
  return Initial<State>::want(resource);
}

}  // namespace detail

}  // namespace leasehold::fsm::msm
