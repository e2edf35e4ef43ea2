#include "arcs.hpp"

#include "conditions.hpp"
#include "expressions.hpp"
#include "keys.hpp"
#include "steps.hpp"

#include <fmt/format.h>

namespace leasehold::fsm {

namespace {

Keys keys_of_network_arc() {
  static const std::vector<Key> all = [] {
    std::vector<Key> keys(std::begin(keys::arc), std::end(keys::arc));
    keys.push_back(keys::from);
    return keys;
  }();
  return all;
}

void read_push(Loading& loading, const Draft& draft, const Mapping& mapping, Arc& arc) {
  Diagnostics& diagnostics = loading.diagnostics;
  const yaml::Node* network = mapping.find("target_network");
  if (!network) {
    for (const char* key : {"return_state", "data_mapping", "result_mapping"})
      if (mapping.has(key))
        diagnostics.error(errc::config_missing, mapping.key_position(key),
                          fmt::format("'{}' belongs to an arc with target_network", key),
                          "add target_network, or remove this key");
    return;
  }
  Push push;
  if (const auto name = read_name(*network, diagnostics)) {
    const auto found = loading.networks.find(*name);
    if (found == loading.networks.end()) {
      std::vector<std::string> names;
      for (const auto& [one, index] : loading.networks) names.push_back(one);
      diagnostics.error(errc::fsm_target, network->position, fmt::format("there is no network '{}'", *name),
                        suggest_name(*name, names));
    } else {
      push.network = found->second;
    }
  }
  if (const yaml::Node* state = mapping.find("return_state"))
    push.return_state = draft.find_state(loading, *state);
  if (const yaml::Node* data = mapping.find("data_mapping"))
    push.data_mapping = read_data_mapping(*data, loading.jq, diagnostics);
  if (const yaml::Node* data = mapping.find("result_mapping"))
    push.result_mapping = read_data_mapping(*data, loading.jq, diagnostics);
  arc.push = std::move(push);
}

// Names with spaces between them are a list, as SCXML writes one. States may have spaces in their names.
void read_events(const Draft& draft, const Mapping& mapping, Arc& arc) {
  constexpr std::string_view done = "done.state.";
  std::vector<std::string> texts;
  mapping.read_texts("event", texts);
  for (const std::string& text : texts) {
    if (text.starts_with(done) && draft.names.contains(text.substr(done.size())))
      arc.events.push_back(text);
    else
      for (std::string& name : words(text)) arc.events.push_back(std::move(name));
  }
}

void read_trigger(Loading& loading, const Draft& draft, const Mapping& mapping, Arc& arc) {
  read_events(draft, mapping, arc);
  mapping.read("after", arc.after);
  if (mapping.has("event") && one_or_many(mapping.find("event")).empty())
    loading.diagnostics.error(errc::config_value, mapping.find("event")->position, "no event is named",
                              "name one, or remove the key for an arc that waits for none");
  if (mapping.has("event") && mapping.has("after"))
    loading.diagnostics.error(errc::fsm_invalid, mapping.key_position("after"),
                              "an arc waits for an event or for a time, not for both", "write two arcs");
  if (!arc.events.empty() || arc.after) loading.definition.event_driven = true;
}

// The source of an arc in its network's list.
StateIndex read_source(Loading& loading, const Draft& draft, const Mapping& mapping) {
  const yaml::Node* from = mapping.find("from");
  if (!from) return none;
  const StateIndex source = draft.find_state(loading, *from);
  if (source != none)
    loading.diagnostics.note(mapping.node().position, "arcs in a list of their network are an older form",
                             fmt::format("write it under arcs of the state '{}'", from->text));
  return source;
}

}  // namespace

void read_arc(Loading& loading, const Draft& draft, const yaml::Node& node,
              std::optional<StateIndex> source) {
  Diagnostics& diagnostics = loading.diagnostics;
  const Mapping mapping(node, source ? Keys(keys::arc) : keys_of_network_arc(), "an arc", diagnostics);
  if (!node.is(yaml::Node::Kind::mapping)) return;
  Arc arc;
  arc.position = node.position;
  arc.source = source ? *source : read_source(loading, draft, mapping);
  read_trigger(loading, draft, mapping, arc);
  arc.targets = draft.find_states(loading, mapping.find("target"));
  if (const yaml::Node* condition = mapping.find("condition"))
    arc.condition = read_condition(loading, draft, *condition);
  mapping.read("priority", arc.priority);
  mapping.read("internal", arc.internal);
  arc.resources =
      read_requirements(mapping.find("resources"), loading.catalog, loading.resources, diagnostics);
  if (const yaml::Node* actions = mapping.find("actions")) {
    ResourceScope scope = arc.source == none ? ResourceScope() : draft.scope(loading, arc.source);
    scope.add(arc.resources);
    arc.actions = read_steps(loading, actions, scope);
  }
  read_push(loading, draft, mapping, arc);
  if (mapping.has("target") && one_or_many(mapping.find("target")).empty())
    diagnostics.error(errc::config_value, mapping.find("target")->position, "no target is named",
                      "name one, or remove the key for an arc that stays");
  const auto says = [&mapping](const char* key) { return mapping.has(key) || mapping.misspelt(key); };
  if (!says("target") && !says("target_network") && !says("actions") &&
      !says("event"))  // with an event: it ends here
    diagnostics.error(errc::config_missing, node.position, "the arc leads nowhere and does nothing",
                      "add target: the state it leads to");
  if (arc.source == none) return;
  draft.network(loading).states[arc.source].arcs.push_back(std::move(arc));
}

}  // namespace leasehold::fsm
