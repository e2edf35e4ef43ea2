#include "keys.hpp"
#include "states.hpp"

#include <leasehold/breaker.hpp>
#include <leasehold/fsm/schema.hpp>

#include <algorithm>

namespace leasehold::fsm {

namespace {

using nlohmann::json;

json reference_to(const std::string& definition) {
  return {{"$ref", "#/$defs/" + definition}};
}

json any_of(std::initializer_list<json> options) {
  return {{"anyOf", json(options)}};
}

json list_of(json item, std::size_t at_least = 0) {
  json list = {{"type", "array"}, {"items", std::move(item)}};
  if (at_least > 0) list["minItems"] = at_least;
  return list;
}

json one_or_list_of(const json& item, std::size_t at_least = 0) {
  return any_of({item, list_of(item, at_least)});
}

json number(const char* type, int from) {
  return {{"type", type}, {"minimum", from}};
}

json number(const char* type, int from, int to) {
  return {{"type", type}, {"minimum", from}, {"maximum", to}};
}

template <class T>
json field() {
  return detail::field_schema(static_cast<const T*>(nullptr));
}

// The same, for a document whose variables are not filled in yet: "${VAR}" may come to anything.
json admit_variables(json schema) {
  if (schema.empty()) return schema;
  const json type = schema.value("type", json());
  if (type == "object" || type == "array") {
    if (schema.contains("properties"))
      for (json& property : schema["properties"]) property = admit_variables(std::move(property));
    for (const char* inside : {"additionalProperties", "items"})
      if (schema.contains(inside) && schema[inside].is_object())
        schema[inside] = admit_variables(std::move(schema[inside]));
    return schema;
  }
  if (type == "string" && !schema.contains("pattern")) return schema;
  json admitted = json::object(), options = json::array();
  for (const char* annotation : {"description", "default"})
    if (schema.contains(annotation)) {
      admitted[annotation] = schema[annotation];
      schema.erase(annotation);
    }
  if (schema.contains("anyOf") && schema.size() == 1) {
    for (json& option : schema["anyOf"]) options.push_back(admit_variables(std::move(option)));
    // an option that admits variables is {"anyOf": [it, variable]}: one level is enough for a reader
    for (json& option : options)
      if (option.contains("anyOf")) option = json(option["anyOf"][0]);
  } else {
    options.push_back(std::move(schema));
  }
  options.push_back(reference_to("variable"));
  admitted["anyOf"] = std::move(options);
  return admitted;
}

json state_type_schema() {
  json words = json::array();
  for (const auto& [word, type] : state_types) words.push_back(word);
  return {{"enum", std::move(words)}};
}

json schema_of(Shape shape) {
  switch (shape) {
    case Shape::anything:
      return json::object();
    case Shape::name:
      return reference_to("name");
    case Shape::names:
      return one_or_list_of(reference_to("name"));
    case Shape::some_names:
      return one_or_list_of(reference_to("name"), 1);
    case Shape::text:
      return field<std::string>();
    case Shape::boolean:
      return admit_variables(field<bool>());
    case Shape::integer:
      return admit_variables(field<int>());
    case Shape::positive:
      return admit_variables(number("integer", 1));
    case Shape::factor:
      return admit_variables(number("number", 1, 1000));
    case Shape::share:
      return admit_variables(number("number", 0, 1));
    case Shape::duration:
      return admit_variables(field<Duration>());
    case Shape::duration_or_off:
      return admit_variables(field<std::optional<Duration>>());
    case Shape::json_schema:
      return {{"type", "object"}};
    case Shape::state_type:
      return admit_variables(state_type_schema());
    case Shape::jq:
      return {{"type", {"string", "boolean"}}};
    case Shape::data_path:
      return admit_variables({{"type", "string"}, {"pattern", R"(^\.)"}});
    case Shape::arguments:
      return admit_variables(any_of({{{"type", "object"}}, {{"type", "string"}, {"pattern", R"(^\$\{\{)"}}}));
    case Shape::declarations:
      return any_of({{{"type", "object"},
                      {"propertyNames", {{"minLength", 1}}},
                      {"additionalProperties", reference_to("resource")}},
                     {{"type", "array"}, {"items", reference_to("listed_resource")}, {"deprecated", true}}});
    case Shape::requirements:
      return one_or_list_of(any_of({reference_to("name"), reference_to("requirement")}));
    case Shape::networks:
      return list_of(reference_to("network"), 1);
    case Shape::states:
      return list_of(reference_to("state"));
    case Shape::some_states:
      return list_of(reference_to("state"), 1);
    case Shape::arcs:
      return one_or_list_of(reference_to("arc"));
    case Shape::network_arcs:
      return one_or_list_of(reference_to("network_arc"));
    case Shape::functions:
      return reference_to("functions");
    case Shape::contract:
      return reference_to("contract");
    case Shape::steps:
      return one_or_list_of(reference_to("step"));
    case Shape::condition:
      return reference_to("condition");
    case Shape::conditions:
      return one_or_list_of(reference_to("condition"));
    case Shape::some_conditions:
      return one_or_list_of(reference_to("condition"), 1);
    case Shape::retry:
      return reference_to("retry");
    case Shape::catches:
      return one_or_list_of(reference_to("catch"));
  }
  return json::object();
}

json requires_key(std::string_view key) {
  return {{"required", json::array({key})}};
}

json never_together(std::string_view one, std::string_view other) {
  return {{"not", {{"required", json::array({one, other})}}}};
}

json with_one_of(std::initializer_list<std::string_view> keys) {
  json options = json::array();
  for (const std::string_view key : keys) options.push_back(requires_key(key));
  return {{"anyOf", std::move(options)}};
}

const Key& canonical(Keys keys, const Key& older) {
  return *std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == older.canonical; });
}

// What the table says, and `rules` over several keys.
json mapping(Keys keys, json rules = json::array()) {
  json properties = json::object(), needed = json::array();
  for (const Key& key : keys) {
    const Key& meant = key.canonical.empty() ? key : canonical(keys, key);
    json& property = properties[std::string(key.name)] = schema_of(meant.shape);
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

json document() {
  json rules = json::array({{{"oneOf", {requires_key("networks"), requires_key("states")}}}});
  for (const char* own : {"initial", "arcs", "on_error"}) rules.push_back(never_together("networks", own));
  return mapping(keys::document, std::move(rules));
}

json arc(Keys keys) {
  return mapping(keys, {never_together("event", "after"),
                        with_one_of({"target", "to", "target_network", "actions", "transform"})});
}

// --- Resources: what every type has, and for each registered type what its factory reads
// ---------------------------------------------------------------------------------------

json common_properties(const std::vector<std::string>& types) {
  return {{"type",
           {{"description", "the kind of resource"}, {"anyOf", {{{"enum", types}}, {{"type", "string"}}}}}},
          {"pool", admit_variables(pool_fields().schema())},
          {"breaker", admit_variables(breaker_fields().schema())},
          {"metadata", admit_variables(field<Metadata>())}};
}

json is_of_type(const std::string& type) {
  return {{"properties", {{"type", {{"const", type}}}}}, {"required", json::array({"type"})}};
}

constexpr const char* type_of_plain_data = "dict";  // of {data: ...} without a type

json when(json condition, json declaration) {
  return {{"if", std::move(condition)}, {"then", std::move(declaration)}};
}

struct Declarations {
  json mapped;  // in a mapping of names
  json listed;  // in a list, the older form: with a name, and the type's own keys under config or beside
};

Declarations declarations(const ResourceManager& manager) {
  const std::vector<std::string> types = manager.types();
  const json common = common_properties(types);
  json mapped = json::array(), listed = json::array();
  for (const std::string& type : types) {
    json schema = admit_variables(manager.type_schema(type));
    if (!schema.is_object() || !schema.contains("properties")) continue;
    for (const auto& [key, property] : common.items())
      schema["properties"][key] = reference_to("resource_" + key);
    json in_list = schema;
    in_list.erase("required");
    in_list["properties"]["config"] = in_list;
    in_list["properties"]["name"] = reference_to("name");
    json condition = is_of_type(type);
    if (type == type_of_plain_data) condition = any_of({condition, {{"not", requires_key("type")}}});
    mapped.push_back(when(std::move(condition), std::move(schema)));
    listed.push_back(when(is_of_type(type), std::move(in_list)));
  }
  mapped.push_back(with_one_of({"type", "data"}));
  json properties = json::object();
  for (const auto& [key, property] : common.items()) properties[key] = reference_to("resource_" + key);
  Declarations all;
  all.mapped = {{"type", "object"}, {"properties", properties}, {"allOf", std::move(mapped)}};
  properties["name"] = reference_to("name");
  all.listed = {
      {"type", "object"}, {"properties", std::move(properties)}, {"required", json::array({"name"})}};
  if (!listed.empty()) all.listed["allOf"] = std::move(listed);
  return all;
}

json definitions(const ResourceManager& manager) {
  Declarations declared = declarations(manager);
  std::vector<Key> network_arc(std::begin(keys::arc), std::end(keys::arc));
  network_arc.push_back(keys::from);
  json all = {
      {"name", {{"type", "string"}, {"minLength", 1}}},
      {"variable",
       {{"description", "filled in from the environment at load"},
        {"type", "string"},
        {"pattern", R"(\$\{[A-Za-z_])"}}},
      {"resource", std::move(declared.mapped)},
      {"listed_resource", std::move(declared.listed)},
      {"network", mapping(keys::network)},
      {"state", mapping(keys::state)},
      {"arc", arc(keys::arc)},
      {"network_arc", arc(network_arc)},
      {"requirement", mapping(keys::requirement)},
      {"functions", mapping(keys::functions)},
      {"contract", mapping(keys::contract)},
      {"retry", mapping(keys::retry)},
      {"catch", mapping(keys::caught)},
      {"step", any_of({reference_to("name"), mapping(keys::call), mapping(keys::jq), mapping(keys::raise),
                       mapping(keys::send), mapping(keys::cancel), mapping(keys::named_function)})},
      {"condition", any_of({schema_of(Shape::jq), mapping(keys::jq_condition), mapping(keys::in_condition),
                            mapping(keys::not_condition), mapping(keys::all_condition),
                            mapping(keys::any_condition), mapping(keys::named_function)})}};
  const json common = common_properties(manager.types());
  for (const auto& [key, property] : common.items()) all["resource_" + key] = property;
  return all;
}

}  // namespace

json machine_schema(const ResourceManager& manager) {
  json schema = document();
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "A machine of leasehold";
  schema["$defs"] = definitions(manager);
  return schema;
}

}  // namespace leasehold::fsm
