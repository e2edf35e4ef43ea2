#include "states.hpp"

#include "arcs.hpp"
#include "chart.hpp"
#include "conditions.hpp"
#include "expressions.hpp"
#include "failure.hpp"
#include "keys.hpp"
#include "steps.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

StateType read_type(const Mapping& mapping) {
  Diagnostics& diagnostics = mapping.diagnostics();
  bool is_end = false;
  mapping.read("is_end", is_end);
  if (mapping.has("is_end"))
    diagnostics.note(mapping.key_position("is_end"), "'is_end' is an older key",
                     is_end ? "write type: final" : "leave it out");
  const yaml::Node* node = mapping.find("type");
  if (!node) return is_end ? StateType::final : StateType::normal;
  const auto type = read_name(*node, diagnostics);
  if (!type) return StateType::normal;
  std::vector<std::string> known;
  for (const auto& [word, value] : state_types) {
    if (word != *type) {
      known.emplace_back(word);
      continue;
    }
    if (is_end && value != StateType::final)
      diagnostics.error(errc::fsm_invalid, node->position,
                        fmt::format("is_end contradicts the type '{}'", word), "remove one of them");
    return value;
  }
  diagnostics.error(errc::config_value, node->position, fmt::format("'{}' is no type of state", *type),
                    suggest_name(*type, known));
  return StateType::normal;
}

void read_functions(Loading& loading, const Draft& draft, const Mapping& mapping, const ResourceScope& scope,
                    State& state) {
  if (const yaml::Node* node = mapping.find("functions")) {
    const Mapping functions(*node, keys::functions, "functions", loading.diagnostics);
    state.validate = read_conditions(loading, draft, functions.find("validate"));
    state.transform = read_steps(loading, functions.find("transform"), scope);
  }
  const yaml::Node* contracted = mapping.find("contract");
  if (const yaml::Node* node =
          loading.policies.resolve(Policies::Kind::contract, contracted, loading.diagnostics)) {
    const Mapping contract(*node, keys::contract, "a contract", loading.diagnostics);
    state.pre = read_conditions(loading, draft, contract.find("pre"));
    state.post = read_conditions(loading, draft, contract.find("post"));
    state.invariant = read_conditions(loading, draft, contract.find("invariant"));
  }
  state.on_entry = read_steps(loading, mapping.find("on_entry"), scope);
  state.on_exit = read_steps(loading, mapping.find("on_exit"), scope);
}

// Names, or {target, actions}.
void read_initial(Loading& loading, const Draft& draft, const Mapping& mapping, StateIndex index) {
  State& state = draft.network(loading).states[index];
  const yaml::Node* const node = mapping.find("initial");
  if (!node || !node->is(yaml::Node::Kind::mapping)) {
    state.initial = draft.find_states(loading, node);
    return;
  }
  const Mapping initial(*node, keys::initial, "initial", loading.diagnostics);
  state.initial = draft.find_states(loading, initial.find("target"));
  const StateIndex around = state.type == StateType::history ? state.parent : index;
  state.initial_actions = read_steps(loading, initial.find("actions"), draft.scope(loading, around));
}

void read_state(Loading& loading, const Draft& draft, StateIndex index) {
  const Mapping& mapping = draft.states[index];
  State& state = draft.network(loading).states[index];
  mapping.read("success", state.success);
  mapping.read("run_on_failure", state.run_on_failure);
  mapping.read("deep", state.deep);
  if (const yaml::Node* timeout =
          loading.policies.resolve(Policies::Kind::timeout, mapping.find("timeout"), loading.diagnostics))
    if (const auto value = read_value<std::optional<Duration>>(*timeout, loading.diagnostics))
      state.timeout = *value;
  if (const yaml::Node* metadata = mapping.find("metadata"))
    if (auto value = to_json(*metadata, loading.diagnostics)) state.metadata = std::move(*value);
  std::string description;
  mapping.read("description", description);
  read_functions(loading, draft, mapping, draft.scope(loading, index), state);
  state.retry = read_retry(loading, mapping.find("retry"));
  state.catches = read_catches(loading, draft, mapping.find("catch"));
  read_initial(loading, draft, mapping, index);
  if (const yaml::Node* data = mapping.find("data"))
    state.done_data = read_template(*data, loading.jq, loading.diagnostics);
  for (const yaml::Node* arc : one_or_many(mapping.find("arcs"))) read_arc(loading, draft, *arc, index);
}

}  // namespace

void outline_states(Loading& loading, Draft& draft, const yaml::Node& node, StateIndex parent) {
  Diagnostics& diagnostics = loading.diagnostics;
  if (!node.is(yaml::Node::Kind::sequence)) {
    diagnostics.error(errc::config_value, node.position,
                      fmt::format("states are a list, not {}", yaml::kind_name(node.kind)),
                      "write - name: ...");
    return;
  }
  for (const yaml::Node* item : node.items) {
    const Mapping mapping(*item, keys::state, "a state", diagnostics);
    const yaml::Node* name_node = mapping.find("name");
    const auto name = name_node ? read_name(*name_node, diagnostics) : std::nullopt;
    auto& states = draft.network(loading).states;
    const auto index = static_cast<StateIndex>(states.size());
    State state;
    state.name = name.value_or("");
    state.parent = parent;
    state.position = item->position;
    state.type = item->is(yaml::Node::Kind::mapping) ? read_type(mapping) : StateType::normal;
    if (name) {
      const auto [known, added] = draft.names.emplace(*name, index);
      if (!added)
        diagnostics.error(
            errc::fsm_invalid, name_node->position,
            fmt::format("the network '{}' has a state '{}' already, in line {}", draft.network(loading).name,
                        *name, states[known->second].position.line),
            "give it another name");
    }
    states.push_back(std::move(state));
    states[parent].children.push_back(index);
    draft.states.push_back(mapping);
    if (const yaml::Node* inside = mapping.find("states")) outline_states(loading, draft, *inside, index);
  }
}

void read_states(Loading& loading, const Draft& draft, const yaml::Node* network_arcs) {
  auto& states = draft.network(loading).states;
  for (StateIndex i = 1; i < states.size(); ++i)
    states[i].resources = read_requirements(draft.states[i].find("resources"), loading.catalog,
                                            loading.resources, loading.diagnostics);
  for (StateIndex i = 1; i < states.size(); ++i) read_state(loading, draft, i);
  for (const yaml::Node* arc : one_or_many(network_arcs)) read_arc(loading, draft, *arc, std::nullopt);
  check_chart(loading, draft);
  for (State& state : states)
    std::stable_sort(state.arcs.begin(), state.arcs.end(),
                     [](const Arc& a, const Arc& b) { return a.priority > b.priority; });
}

}  // namespace leasehold::fsm
