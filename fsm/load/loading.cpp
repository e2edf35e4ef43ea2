#include "loading.hpp"

#include <fmt/format.h>

namespace leasehold::fsm {

std::vector<std::string> Draft::state_names() const {
  std::vector<std::string> all;
  for (const auto& [name, index_of] : names) all.push_back(name);
  return all;
}

Scope Draft::scope(Loading& loading, StateIndex state) const {
  const Network& network_ = network(loading);
  std::vector<StateIndex> outwards;
  for (StateIndex at = state; at != none && at != root; at = network_.states[at].parent)
    outwards.push_back(at);
  Scope scope;
  scope.add(network_.resources);
  for (auto at = outwards.rbegin(); at != outwards.rend(); ++at) scope.add(network_.states[*at].resources);
  return scope;
}

StateIndex Draft::find_state(Loading& loading, const yaml::Node& name) const {
  const auto text = read_name(name, loading.diagnostics);
  if (!text) return none;
  const auto found = names.find(*text);
  if (found != names.end()) return found->second;
  loading.diagnostics.error(errc::fsm_target, name.position,
                            fmt::format("the network '{}' has no state '{}'", network(loading).name, *text),
                            suggest_name(*text, state_names()));
  return none;
}

}  // namespace leasehold::fsm
