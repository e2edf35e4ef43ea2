#include "lint.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

bool requires_resource(const std::vector<ResourceRequirement>& requirements, const std::string& resource) {
  return std::any_of(requirements.begin(), requirements.end(),
                     [&resource](const ResourceRequirement& r) { return r.name == resource; });
}

// How many of one resource an execution holds at once, for itself in each region of parallel states. One
// network runs on top of another at a time, so one push counts.
class Demand {
 public:
  Demand(const Definition& definition, const std::string& resource)
      : definition_(definition), resource_(resource), known_(definition.networks.size()) {}

  std::size_t of(NetworkIndex index) {
    const Network& network = definition_.networks[index];
    if (requires_resource(network.resources, resource_)) return 1;
    std::optional<std::size_t>& known = known_[index];
    if (known) return *known;
    if (depth_ == deepest) return 0;
    known = 0;  // a network that pushes itself adds nothing
    ++depth_;
    const Held most = of(network, root);
    --depth_;
    return *(known = most.with_push);
  }

 private:
  struct Held {
    std::size_t without_push = 0;
    std::size_t with_push = 0;
  };

  Held of(const Network& network, StateIndex index) {
    const State& state = network.states[index];
    if (requires_resource(state.resources, resource_)) return {1, 1};  // which what is inside shares
    Held most, sum;
    for (const StateIndex child : state.children) {
      const Held inside = of(network, child);
      most.without_push = std::max(most.without_push, inside.without_push);
      most.with_push = std::max(most.with_push, inside.with_push);
      sum.with_push = std::max(sum.with_push + inside.without_push, sum.without_push + inside.with_push);
      sum.without_push += inside.without_push;
    }
    Held all = state.type == StateType::parallel ? sum : most;
    for (const Arc& arc : state.arcs) {
      if (!arc.actions.empty() && requires_resource(arc.resources, resource_))
        all.without_push = std::max<std::size_t>(all.without_push, 1);
      if (arc.push && arc.push->network != none)
        all.with_push = std::max(all.with_push, all.without_push + of(arc.push->network));
    }
    all.with_push = std::max(all.with_push, all.without_push);
    return all;
  }

  const Definition& definition_;
  const std::string& resource_;
  std::vector<std::optional<std::size_t>> known_;  // by network
  std::size_t depth_ = 0;
  static constexpr std::size_t deepest = 64;  // networks on one another; more is nothing that lint looks into
};

struct Bound {
  Duration time;
  std::string of;  // "the machine "; "" for the state itself
};

// The shortest time that the state, those around it and the machine leave it.
std::optional<Bound> shortest_time(const Definition& definition, const Network& network, StateIndex index) {
  std::optional<Bound> shortest;
  const auto consider = [&](const std::optional<Duration>& time, const std::string& of) {
    if (time && (!shortest || *time < shortest->time)) shortest = {*time, of};
  };
  for (StateIndex at = index; at != root; at = network.states[at].parent)
    consider(network.states[at].timeout,
             at == index ? "" : fmt::format("the state '{}' around it ", network.states[at].name));
  consider(definition.timeout, "the machine ");
  return shortest;
}

}  // namespace

Findings acquires_longer_than_states(const Definition& definition, const Facts& facts) {
  Findings findings;
  for (const Network& network : definition.networks)
    for (StateIndex i = 0; i < network.states.size(); ++i) {
      const std::optional<Bound> bound = shortest_time(definition, network, i);
      if (!bound) continue;
      for (const ResourceRequirement& requirement :
           i == root ? network.resources : network.states[i].resources) {
        const auto known = facts.find(requirement.name);
        const std::optional<Duration> pool =
            known == facts.end() ? std::nullopt : known->second.acquire_timeout;
        const std::optional<Duration> wait = requirement.timeout ? requirement.timeout : pool;
        if (!wait || *wait <= bound->time) continue;
        findings.push_back(
            {i == root ? network.position : network.states[i].position, errc::config_value,
             fmt::format("the {} '{}' may wait {} for '{}' but {}ends after {}",
                         i == root ? "network" : "state", i == root ? network.name : network.states[i].name,
                         format_duration(*wait), requirement.name, bound->of, format_duration(bound->time)),
             fmt::format("lower the {}, or raise that of the {}",
                         requirement.timeout ? "timeout of the resource" : "acquire_timeout of its pool",
                         bound->of.empty() ? "state" : bound->of.substr(4, bound->of.size() - 5))});
      }
    }
  return findings;
}

Findings pools_too_small(const Definition& definition, const Facts& facts) {
  Findings findings;
  for (const auto& [name, known] : facts) {
    if (!known.exclusive || known.pool_size == 0) continue;
    Demand demand(definition, name);
    for (NetworkIndex i = 0; i < definition.networks.size(); ++i) {
      const Network& network = definition.networks[i];
      const std::size_t wanted = demand.of(i);
      if (wanted > known.pool_size)
        findings.push_back(
            {network.position, errc::acquire_deadlock,
             fmt::format("one execution of the network '{}' holds {} of '{}' at once, but its pool has {}",
                         network.name, wanted, name, known.pool_size),
             fmt::format("raise pool: {{max_size: {}}}, or hold it in the state around", wanted)});
    }
  }
  return findings;
}

}  // namespace leasehold::fsm
