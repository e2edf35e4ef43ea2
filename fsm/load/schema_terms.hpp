#pragma once

// The turns of JSON Schema that the schema of machines is written in. They are those that the drafts 7 and
// 2020-12 share.

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

namespace leasehold::fsm::schema {

using nlohmann::json;

inline json reference_to(const std::string& definition) {
  return {{"$ref", "#/$defs/" + definition}};
}
inline json any_of(std::initializer_list<json> options) {
  return {{"anyOf", json(options)}};
}
inline json none_of(json forbidden) {
  return {{"not", std::move(forbidden)}};
}
inline json requires_key(std::string_view key) {
  return {{"required", json::array({key})}};
}
inline json requires_one_of(std::initializer_list<std::string_view> keys) {
  json options = json::array();
  for (const std::string_view key : keys) options.push_back(requires_key(key));
  return {{"anyOf", std::move(options)}};
}
inline json never_together(std::string_view one, std::string_view other) {
  return none_of({{"required", json::array({one, other})}});
}
inline json when(json condition, json consequence) {
  return {{"if", std::move(condition)}, {"then", std::move(consequence)}};
}

// A mapping whose `key`, if it has that, has such a value; and one that has the key.
inline json with(const std::string& key, json value) {
  json properties = json::object();
  properties[key] = std::move(value);
  return {{"properties", std::move(properties)}};
}
inline json has(const std::string& key, json value) {
  json mapping = with(key, std::move(value));
  mapping["required"] = json::array({key});
  return mapping;
}

inline json list_of(json item, std::size_t at_least = 0) {
  json list = {{"type", "array"}, {"items", std::move(item)}};
  if (at_least > 0) list["minItems"] = at_least;
  return list;
}
inline json one_or_list_of(const json& item, std::size_t at_least = 0) {
  return any_of({item, list_of(item, at_least)});
}

}  // namespace leasehold::fsm::schema
