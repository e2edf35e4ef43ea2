#include "schema_values.hpp"

#include "failure.hpp"
#include "states.hpp"

#include <leasehold/fsm/lint.hpp>

namespace leasehold::fsm::schema {

namespace {

json number(const char* type, int from) {
  return {{"type", type}, {"minimum", from}};
}

json number(const char* type, int from, int to) {
  return {{"type", type}, {"minimum", from}, {"maximum", to}};
}

// .name, ."any text" or .[0], and more of them; or . alone: see DataPath
std::string path_pattern() {
  const std::string text = R"re("([^"\\]|\\.)*")re";
  const std::string bracket = R"(\[\s*([0-9]+|)" + text + R"()\s*\])";
  const std::string after_dot = "([A-Za-z_][A-Za-z0-9_]*|" + text + "|" + bracket + ")";
  return R"(^\.()" + after_dot + R"((\.)" + after_dot + "|" + bracket + ")*)?$";
}

json requirements() {
  json schema = one_or_list_of(any_of({reference_to("name"), reference_to("requirement")}));
  schema["uniqueItems"] = true;
  return schema;
}

json map_to(json value) {
  return {{"type", "object"}, {"additionalProperties", std::move(value)}};
}

json state_type_schema() {
  json words = json::array();
  for (const auto& [word, type] : state_types) words.push_back(word);
  return {{"enum", std::move(words)}};
}

}  // namespace

json error_pattern() {
  json words = json::array({"*"});
  for (const std::string& pattern : known_errors()) words.push_back(pattern);
  return admit_variables({{"enum", std::move(words)}});
}

json rule() {
  json words = json::array();
  for (const LintRule& rule : lint_rules()) words.push_back(rule.id);
  return admit_variables({{"enum", std::move(words)}});
}

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

json of(Shape shape) {
  switch (shape) {
    case Shape::anything:
      return json::object();
    case Shape::name:
      return reference_to("name");
    case Shape::names:
      return one_or_list_of(reference_to("name"));
    case Shape::some_names:
      return one_or_list_of(reference_to("name"), 1);
    case Shape::initial:
      return any_of({of(Shape::names), reference_to("initial")});
    case Shape::event:
      return reference_to("event");
    case Shape::text:
      return of_field<std::string>();
    case Shape::boolean:
      return admit_variables(of_field<bool>());
    case Shape::integer:
      return admit_variables(of_field<int>());
    case Shape::positive:
      return admit_variables(number("integer", 1));
    case Shape::factor:
      return admit_variables(number("number", 1, 1000));
    case Shape::share:
      return admit_variables(number("number", 0, 1));
    case Shape::duration:
      return admit_variables(of_field<Duration>());
    case Shape::duration_or_off:
      return admit_variables(of_field<std::optional<Duration>>());
    case Shape::computed_duration:
      return admit_variables(any_of({of_field<Duration>(), {{"type", "string"}, {"pattern", R"(^\$\{\{)"}}}));
    case Shape::json_schema:
      return {{"type", "object"}};
    case Shape::state_type:
      return admit_variables(state_type_schema());
    case Shape::jq:
      return {{"type", {"string", "boolean"}}, {"pattern", R"(\S)"}};
    case Shape::data_path:
      return admit_variables({{"type", "string"}, {"pattern", path_pattern()}});
    case Shape::operation:
      return admit_variables({{"type", "string"}, {"pattern", R"(^.+\..+$)"}});
    case Shape::errors:
      return one_or_list_of(reference_to("error"), 1);
    case Shape::arguments:
      return admit_variables(any_of({{{"type", "object"}}, {{"type", "string"}, {"pattern", R"(^\$\{\{)"}}}));
    case Shape::declarations:
      return any_of({{{"type", "object"},
                      {"propertyNames", {{"minLength", 1}}},
                      {"additionalProperties", reference_to("resource")}},
                     {{"type", "array"}, {"items", reference_to("listed_resource")}, {"deprecated", true}}});
    case Shape::requirements:
      return requirements();
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
    case Shape::steps:
      return one_or_list_of(reference_to("step"));
    case Shape::condition:
      return reference_to("condition");
    case Shape::conditions:
      return one_or_list_of(reference_to("condition"));
    case Shape::some_conditions:
      return one_or_list_of(reference_to("condition"), 1);
    case Shape::retry:
      return any_of({reference_to("retry"), reference_to("name")});
    case Shape::lint:
      return reference_to("lint");
    case Shape::rules:
      return one_or_list_of(reference_to("rule"));
    case Shape::catches:
      return one_or_list_of(any_of({reference_to("catch"), reference_to("name")}));
    case Shape::timeout:
      return any_of({of(Shape::duration_or_off), {{"type", "string"}, {"pattern", "^[A-Za-z_]"}}});
    case Shape::contract:
      return any_of({reference_to("contract"), reference_to("name")});
    case Shape::policies:
      return reference_to("use");
    case Shape::named_retries:
      return map_to(reference_to("retry"));
    case Shape::named_catches:
      return map_to(one_or_list_of(reference_to("catch")));
    case Shape::named_timeouts: {
      json timeouts = map_to(of(Shape::duration_or_off));
      timeouts["propertyNames"] = {{"pattern", "^[A-Za-z_]"}, {"not", {{"const", "off"}}}};
      return timeouts;
    }
    case Shape::named_contracts:
      return map_to(reference_to("contract"));
  }
  return json::object();
}

}  // namespace leasehold::fsm::schema
