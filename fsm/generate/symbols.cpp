#include "generate/symbols.hpp"

#include "generate/names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace leasehold::fsm {

Symbols::Symbols(const Network& network, const FlatChart& chart) {
  Names states, events, arcs;
  for (const StateIndex state : chart.states) states_[state] = states.add(network.states[state].name);
  for (const std::string& event : chart.events) events_[event] = events.add(event);
  for (const ArcRow& row : chart.rows)
    if (auto [known, added] = arcs_.try_emplace(row.arc); added)
      known->second = arcs.add(fmt::format("line_{}_{}", row.arc->position.line, row.arc->position.column));
  for (const Handler& handler : chart.handlers) {
    std::string of = "network";
    if (handler.by != root) of = is_reached(handler.by) ? states_.at(handler.by) : "unreachable";
    handlers_.push_back(fmt::format("of_{}_{}", of, handlers_.size() + 1));
  }
}

std::string Symbols::type(const std::string& event) const {
  if (event.empty()) return "msm::Eventless";
  return event == "*" ? "msm::Unnamed" : "events::" + events_.at(event);
}

std::string Symbols::parts(const std::vector<StateIndex>& states) const {
  std::vector<std::string> names;
  for (const StateIndex state : states) names.push_back(type(state));
  return fmt::format("msm::Parts<{}>", fmt::join(names, ", "));
}

std::string Symbols::entered(const Passage& passage) const {
  std::vector<std::string> names;
  for (const StateIndex state : passage.entered)
    names.push_back(contains(passage.defaults, state) ? fmt::format("msm::Default<{}>", type(state))
                                                      : type(state));
  return fmt::format("msm::Parts<{}>", fmt::join(names, ", "));
}

}  // namespace leasehold::fsm
