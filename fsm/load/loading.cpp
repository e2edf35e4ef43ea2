#include "loading.hpp"

#include <fmt/format.h>

namespace leasehold::fsm {

std::vector<std::string> Draft::state_names() const {
  std::vector<std::string> all;
  for (const auto& [name, index_of] : names) all.push_back(name);
  return all;
}

ResourceScope Draft::scope(Loading& loading, StateIndex state) const {
  const Network& network_ = network(loading);
  std::vector<StateIndex> outwards;
  for (StateIndex at = state; at != none && at != root; at = network_.states[at].parent)
    outwards.push_back(at);
  ResourceScope scope;
  scope.add(network_.resources);
  for (auto at = outwards.rbegin(); at != outwards.rend(); ++at) scope.add(network_.states[*at].resources);
  return scope;
}

namespace {
StateIndex find_name(Loading& loading, const Draft& draft, const std::string& name, Position where) {
  const auto found = draft.names.find(name);
  if (found != draft.names.end()) return found->second;
  loading.diagnostics.error(
      errc::fsm_target, where,
      fmt::format("the network '{}' has no state '{}'", draft.network(loading).name, name),
      suggest_name(name, draft.state_names()));
  return none;
}
}  // namespace

StateIndex Draft::find_state(Loading& loading, const yaml::Node& name) const {
  const auto text = read_name(name, loading.diagnostics);
  return text ? find_name(loading, *this, *text, name.position) : none;
}

std::vector<StateIndex> Draft::find_states(Loading& loading, const yaml::Node* written) const {
  std::vector<StateIndex> found;
  for (const yaml::Node* item : one_or_many(written)) {
    const auto text = read_name(*item, loading.diagnostics);
    if (!text) continue;
    for (const std::string& name : names.contains(*text) ? std::vector{*text} : words(*text))
      if (const StateIndex state = find_name(loading, *this, name, item->position); state != none)
        found.push_back(state);
  }
  return found;
}

}  // namespace leasehold::fsm
