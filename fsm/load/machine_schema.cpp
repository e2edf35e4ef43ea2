#include "chart.hpp"
#include "keys.hpp"
#include "schema_declarations.hpp"
#include "states.hpp"

#include <leasehold/fsm/schema.hpp>

#include <algorithm>

namespace leasehold::fsm {

namespace {

using namespace schema;

const Key& canonical(Keys keys, const Key& older) {
  return *std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == older.canonical; });
}

// What the table says, and `rules` over several keys.
json mapping(Keys keys, json rules = json::array()) {
  json properties = json::object(), needed = json::array();
  for (const Key& key : keys) {
    const Key& meant = key.canonical.empty() ? key : canonical(keys, key);
    json& property = properties[std::string(key.name)] = of(meant.shape);
    property["description"] = meant.meaning;
    if (key.presence == Presence::older) property["deprecated"] = true;
    if (key.presence == Presence::required) needed.push_back(key.name);
    if (!key.canonical.empty()) rules.push_back(never_together(key.name, key.canonical));
  }
  json schema = {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!needed.empty()) schema["required"] = std::move(needed);
  if (!rules.empty()) schema["allOf"] = std::move(rules);
  return schema;
}

json arc(Keys keys) {
  json rules =
      json::array({never_together("event", "after"),
                   requires_one_of({"target", "to", "target_network", "actions", "transform", "event"})});
  for (const char* of_push : {"return_state", "data_mapping", "result_mapping"})
    rules.push_back(any_of({none_of(requires_key(of_push)), requires_key("target_network")}));
  return mapping(keys, std::move(rules));
}

json network_arc() {
  std::vector<Key> all(std::begin(keys::arc), std::end(keys::arc));
  all.push_back(keys::from);
  return arc(all);
}

// --- The states of each type
// --------------------------------------------------------------------------------

json is_of_type(StateType type) {
  const auto* named = std::find_if(std::begin(state_types), std::end(state_types),
                                   [type](const auto& word) { return word.second == type; });
  json written = has("type", {{"const", named->first}});
  return type == StateType::final ? any_of({std::move(written), has("is_end", {{"const", true}})})
                                  : std::move(written);
}

json of_unknown_type() {
  return any_of({has("type", reference_to("variable")), has("is_end", reference_to("variable"))});
}

json states_unlike(StateType type) {
  return with("states", {{"items", none_of(is_of_type(type))}});
}

json state() {
  json rules = json::array();
  for (const OnlyIn& only : only_in)
    rules.push_back(any_of({none_of(requires_key(only.key)), is_of_type(only.type), of_unknown_type()}));
  for (const NeverIn& never : never_in)
    rules.push_back(
        any_of({with(never.key, {{"type", "array"}, {"maxItems", 0}}), none_of(is_of_type(never.type))}));
  for (const StateType type : {StateType::normal, StateType::parallel, StateType::history})
    rules.push_back(none_of({{"allOf", {is_of_type(type), has("is_end", {{"const", true}})}}}));
  rules.push_back(when(is_of_type(StateType::final), with("arcs", {{"type", "array"}, {"maxItems", 0}})));
  rules.push_back(when(is_of_type(StateType::history), with("arcs", reference_to("default_arcs"))));
  rules.push_back(when(is_of_type(StateType::parallel),
                       {{"allOf", {has("states", {{"minItems", 1}}), states_unlike(StateType::final)}}}));
  return mapping(keys::state, std::move(rules));
}

// The arcs of a history: one that only has a target.
json default_arcs() {
  json forbidden = json::array();
  for (const char* key : {"event", "after", "condition", "pre_test", "target_network"})
    forbidden.push_back(requires_key(key));
  json arcs = one_or_list_of(none_of({{"anyOf", std::move(forbidden)}}));
  arcs["maxItems"] = 1;
  return arcs;
}

// A final state that ends its network raises no event, which could have data.
json states_without_data() {
  return with("states", {{"items", none_of(requires_key("data"))}});
}

// A history belongs to the state around it, so none stands in a network itself.
json network() {
  return mapping(keys::network, json::array({states_unlike(StateType::history), states_without_data()}));
}

json document() {
  json rules = json::array({{{"oneOf", {requires_key("networks"), requires_key("states")}}}});
  for (const char* own : {"initial", "arcs", "on_error"}) rules.push_back(never_together("networks", own));
  rules.push_back(states_unlike(StateType::history));
  rules.push_back(states_without_data());
  return mapping(keys::document, std::move(rules));
}

json definitions(const ResourceManager& manager) {
  json all = {
      {"name", {{"type", "string"}, {"minLength", 1}, {"pattern", R"(^[^\u0000-\u001F]*$)"}}},
      {"event", {{"type", "string"}, {"pattern", R"(^([^\u0000-\u0020]+|.*\$\{.*)$)"}}},
      {"variable",
       {{"description", "filled in from the environment at load"},
        {"type", "string"},
        {"pattern", R"(\$\{[A-Za-z_])"}}},
      {"use", mapping(keys::use)},
      {"network", network()},
      {"state", state()},
      {"initial", mapping(keys::initial)},
      {"default_arcs", default_arcs()},
      {"arc", arc(keys::arc)},
      {"network_arc", network_arc()},
      {"requirement", mapping(keys::requirement, json::array({never_together("role", "as")}))},
      {"functions", mapping(keys::functions)},
      {"contract", mapping(keys::contract)},
      {"retry", mapping(keys::retry)},
      {"catch", mapping(keys::caught)},
      {"error", error_pattern()},
      {"lint", mapping(keys::lint)},
      {"rule", rule()},
      {"step", any_of({reference_to("name"), mapping(keys::call), mapping(keys::jq), mapping(keys::raise),
                       mapping(keys::send), mapping(keys::cancel), mapping(keys::named_function)})},
      {"condition", any_of({of(Shape::jq), mapping(keys::jq_condition), mapping(keys::in_condition),
                            mapping(keys::not_condition), mapping(keys::all_condition),
                            mapping(keys::any_condition), mapping(keys::named_function)})}};
  all.update(declarations(manager));
  return all;
}

}  // namespace

nlohmann::json machine_schema(const ResourceManager& manager) {
  json schema = document();
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "A machine of leasehold";
  schema["$defs"] = definitions(manager);
  return schema;
}

}  // namespace leasehold::fsm
