#include "manager/health_machine.hpp"

#include "small_machine.hpp"

namespace leasehold::detail {

namespace {

using msm::front::none;
using msm::front::Row;

struct Good {};
struct Limping {};
struct Bad {};
struct Silent {};  // the check could not tell

template <ResourceHealth entered>
struct HealthOf : msm::front::state<> {
  template <class Event, class Machine>
  void on_entry(const Event&, Machine& machine) noexcept {
    machine.health = entered;
    machine.effects.changed = true;
  }
};
using Unknown = HealthOf<ResourceHealth::unknown>;
using Healthy = HealthOf<ResourceHealth::healthy>;
using Degraded = HealthOf<ResourceHealth::degraded>;
using Unhealthy = HealthOf<ResourceHealth::unhealthy>;

struct Retire {
  template <class Event, class Machine, class Source, class Target>
  void operator()(const Event&, Machine& machine, Source&, Target&) const noexcept {
    machine.effects.retire = true;
  }
};

struct HealthDefinition : SmallMachine<HealthDefinition> {
  using initial_state = Unknown;

  // clang-format off
  struct transition_table : boost::mpl::vector<
    Row<Unknown,   Good,    Healthy>,
    Row<Unknown,   Limping, Degraded>,
    Row<Unknown,   Bad,     Unhealthy, Retire>,
    Row<Healthy,   Limping, Degraded>,
    Row<Healthy,   Bad,     Unhealthy, Retire>,
    Row<Healthy,   Silent,  Unknown>,
    Row<Degraded,  Good,    Healthy>,
    Row<Degraded,  Bad,     Unhealthy, Retire>,
    Row<Degraded,  Silent,  Unknown>,
    Row<Unhealthy, Good,    Healthy>,
    Row<Unhealthy, Limping, Degraded>,
    Row<Unhealthy, Bad,     none,      Retire>  // what was made since is no better
  > {};                                         // no word is no recovery: Unhealthy ignores Silent
  // clang-format on

  ResourceHealth health = ResourceHealth::unknown;
  HealthMachine::Effects effects;
};

}  // namespace

struct HealthMachine::Chart : msm::back::state_machine<HealthDefinition> {};

HealthMachine::HealthMachine() : chart_(std::make_unique<Chart>()) {
  chart_->start();
}
HealthMachine::~HealthMachine() = default;
HealthMachine::HealthMachine(HealthMachine&&) noexcept = default;

HealthMachine::Effects HealthMachine::report(ResourceHealth health) noexcept {
  chart_->effects = {};
  switch (health) {
    case ResourceHealth::healthy:
      chart_->process_event(Good{});
      break;
    case ResourceHealth::degraded:
      chart_->process_event(Limping{});
      break;
    case ResourceHealth::unhealthy:
      chart_->process_event(Bad{});
      break;
    case ResourceHealth::unknown:
      chart_->process_event(Silent{});
      break;
  }
  return chart_->effects;
}

ResourceHealth HealthMachine::health() const noexcept {
  return chart_->health;
}

}  // namespace leasehold::detail
