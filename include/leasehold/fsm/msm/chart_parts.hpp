#pragma once

// What the rows of a generated machine do. Internal: <leasehold/fsm/msm/chart.hpp> includes it.

#include <leasehold/fsm/msm/chart_state.hpp>

namespace leasehold::fsm::msm {

struct Eventless {};  // the event of arcs without one
struct Unnamed {};    // an event that no arc names; for arcs that take all
template <class Arc>
struct After {};  // that of an arc after a delay

// What stands for events in MSM, which looks at their type only.
template <class Event>
const Event& bare() {
  static const Event event{.data = nullptr};
  return event;
}

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
      machine.call(machine, origin, [&](ChartContext& context) { Arc::keep(event, context); });
    if constexpr (!Arc::Actions::empty) act(machine, machine.template part<typename Arc::Source>());
  }

  template <class Event, class Machine>
  static bool enter([[maybe_unused]] const Event& event, [[maybe_unused]] Machine& machine) noexcept {
    return (enter_around<Entered>(event, machine) && ...);
  }

  static bool wants(std::string_view resource) noexcept {
    return (detail::wants<typename Entering<Entered>::Part>(resource) || ...) ||
           detail::wants<Target>(resource);
  }

 private:
  template <class Machine>
  static void act(Machine& machine, Scope& source) {
    const auto run = [&](Scope& scope) {
      attempt(machine, Stage::action, origin,
              [&] { machine.template run<typename Arc::Actions>(scope, origin); });
    };
    if constexpr (requires { Arc::resources(); }) {
      struct Holding {
        ArcScope& scope;
        bool source_stands;
        ~Holding() { scope.end(source_stands, &is_of_another); }
      } const holding{Arc::scope(machine), source.standing()};
      machine.bound(source);
      holding.scope.hold(source, origin, &requirements);
      run(holding.scope);
    } else {
      run(source);
    }
  }
  static bool is_of_another(std::string_view resource) noexcept {
    return !detail::declares(requirements(), resource);
  }
  static const std::vector<ResourceRequirement>& requirements() {
    static const std::vector<ResourceRequirement> all = Arc::resources();
    return all;
  }
};

}  // namespace leasehold::fsm::msm
