#include "schema_declarations.hpp"

#include <leasehold/breaker.hpp>

namespace leasehold::fsm::schema {

namespace {

constexpr const char* type_of_plain_data = "dict";  // of {data: ...} without a type

json common_properties(const std::vector<std::string>& types) {
  return {{"type", admit_variables({{"description", "the kind of resource"}, {"enum", types}})},
          {"pool", admit_variables(pool_fields().schema())},
          {"breaker", admit_variables(breaker_fields().schema())},
          {"metadata", admit_variables(of_field<Metadata>())}};
}

json is_of_type(const std::string& type) {
  return has("type", {{"const", type}});
}

}  // namespace

json declarations(const ResourceManager& manager) {
  const std::vector<std::string> types = manager.types();
  const json properties = common_properties(types);
  json definitions = json::object(), common = json::object();
  for (const auto& [key, property] : properties.items()) {
    definitions["resource_" + key] = property;
    common[key] = reference_to("resource_" + key);
  }
  json mapped = json::array({requires_one_of({"type", "data"})});
  json listed = json::array({requires_one_of({"type", "data", "config"})});
  for (const std::string& type : types) {
    json own = admit_variables(manager.type_schema(type));
    if (!own.is_object() || !own.contains("properties")) continue;  // open
    own["properties"].update(common);
    json in_list = own;  // its keys stand under config or beside the name
    in_list.erase("required");
    in_list["properties"]["config"] = in_list;
    in_list["properties"]["name"] = reference_to("name");
    json condition = is_of_type(type);
    if (type == type_of_plain_data) condition = any_of({condition, none_of(requires_key("type"))});
    mapped.push_back(when(std::move(condition), std::move(own)));
    listed.push_back(when(is_of_type(type), std::move(in_list)));
  }
  definitions["resource"] = {{"type", "object"}, {"properties", common}, {"allOf", std::move(mapped)}};
  common["name"] = reference_to("name");
  definitions["listed_resource"] = {{"type", "object"},
                                    {"properties", std::move(common)},
                                    {"required", json::array({"name"})},
                                    {"allOf", std::move(listed)}};
  return definitions;
}

}  // namespace leasehold::fsm::schema
