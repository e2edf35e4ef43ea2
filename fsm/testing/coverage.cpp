#include "testing/coverage.hpp"

#include "graph/labels.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

// Of an arc while its coverage is counted: the state's name, and which of its arcs it is, from 1.
std::string arc_key(const std::string& state, std::size_t arc) {
  return fmt::format("{} #{}", state, arc);
}

nlohmann::json json_of(const std::vector<Coverage::Place>& places) {
  nlohmann::json list = nlohmann::json::array();
  std::size_t reached = 0;
  for (const Coverage::Place& place : places) {
    reached += place.count > 0 ? 1 : 0;
    list.push_back(
        {{"name", place.name}, {"line", place.line}, {"column", place.column}, {"count", place.count}});
  }
  return {{"total", places.size()},
          {"reached", reached},
          {"percent", Coverage::percent(places)},
          {"places", std::move(list)}};
}

}  // namespace

std::string text_of(const Arc& arc, const Network& network, const Definition& definition) {
  std::string text = label_of(arc, definition);
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::vector<std::string> targets;
  for (const StateIndex target : arc.targets) targets.push_back(network.states[target].name);
  if (arc.push && arc.push->return_state != none) targets = {network.states[arc.push->return_state].name};
  if (!targets.empty()) text += fmt::format("{}-> {}", text.empty() ? "" : " ", fmt::join(targets, ", "));
  return text;
}

Coverage nothing_reached(const Machine& machine, std::string file) {
  Coverage coverage{.file = std::move(file), .machine = machine.name(), .states = {}, .arcs = {}};
  const Definition& definition = machine.definition();
  for (const Network& network : definition.networks)
    for (std::size_t i = 0; i < network.states.size(); ++i) {
      const State& state = network.states[i];
      const std::string name = i == root ? network.name : network.name + "." + state.name;
      if (i != root && state.type != StateType::history)
        coverage.states.push_back({name, state.position.line, state.position.column, 0});
      if (state.type == StateType::history) continue;  // what it leads to is chosen, not taken
      for (const Arc& arc : state.arcs)
        coverage.arcs.push_back({fmt::format("{}: {}", name, text_of(arc, network, definition)),
                                 arc.position.line, arc.position.column, 0});
    }
  return coverage;
}

void count(const RunResult& result, const Machine& machine, Coverage& coverage) {
  std::map<std::string, std::size_t> states, arcs;
  for (const TraceEntry& entry : result.trace) {
    if (entry.what == "enter") ++states[entry.state];
    if (entry.arc > 0) ++arcs[arc_key(entry.state, entry.arc)];
  }
  for (Coverage::Place& place : coverage.states) place.count += states[place.name];
  std::size_t next = 0;
  for (const Network& network : machine.definition().networks)
    for (std::size_t i = 0; i < network.states.size(); ++i) {
      const State& state = network.states[i];
      if (state.type == StateType::history) continue;
      const std::string name = i == root ? network.name : network.name + "." + state.name;
      for (std::size_t arc = 0; arc < state.arcs.size(); ++arc)
        coverage.arcs[next++].count += arcs[arc_key(name, arc + 1)];
    }
}

void Coverage::add(const Coverage& other) {
  for (std::size_t i = 0; i < states.size() && i < other.states.size(); ++i)
    states[i].count += other.states[i].count;
  for (std::size_t i = 0; i < arcs.size() && i < other.arcs.size(); ++i) arcs[i].count += other.arcs[i].count;
}

double Coverage::percent(const std::vector<Place>& places) noexcept {
  if (places.empty()) return 100;
  const auto reached =
      std::count_if(places.begin(), places.end(), [](const Place& place) { return place.count > 0; });
  return 100.0 * static_cast<double>(reached) / static_cast<double>(places.size());
}

nlohmann::json to_json(const Coverage& coverage) {
  return {{"file", coverage.file},
          {"machine", coverage.machine},
          {"states", json_of(coverage.states)},
          {"arcs", json_of(coverage.arcs)}};
}

}  // namespace leasehold::fsm
