#include "arguments.hpp"

#include <leasehold/config.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::detail {

namespace {

using Json = nlohmann::json;

bool is_of_type(const Json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer();
  return type == value.type_name();
}

void check_value(const Json& schema, const Json& value, const std::string& name) {
  const auto refuse = [&name](const std::string& what) {
    throw_error(errc::config_value, fmt::format("{} must be {}", name, what));
  };
  if (const auto type = schema.find("type");
      type != schema.end() && !is_of_type(value, type->get<std::string>()))
    refuse(fmt::format("of type {}, not {}", type->get<std::string>(), value.type_name()));
  if (const auto words = schema.find("enum");
      words != schema.end() && std::find(words->begin(), words->end(), value) == words->end())
    refuse("one of " + words->dump());
  if (const auto least = schema.find("minimum"); least != schema.end() && value < *least)
    refuse("at least " + least->dump());
  if (const auto most = schema.find("maximum"); most != schema.end() && value > *most)
    refuse("at most " + most->dump());
  if (const auto items = schema.find("items"); items != schema.end())
    for (const Json& item : value) check_value(*items, item, "each of " + name);
}

}  // namespace

void check_arguments(const Json& schema, const Json& arguments, std::string_view operation) {
  if (!arguments.is_object())
    throw_error(errc::config_value, fmt::format("the arguments of '{}' must be an object", operation));
  const Json& properties = schema.at("properties");
  for (const auto& [key, value] : arguments.items()) {
    const auto known = properties.find(key);
    if (known == properties.end()) {
      std::vector<std::string> names;
      for (const auto& [name, about] : properties.items()) names.push_back(name);
      throw_error(errc::config_unknown_key, fmt::format("'{}' takes no argument '{}'", operation, key),
                  {.hint = suggest_name(key, names)});
    }
    check_value(*known, value, fmt::format("'{}' of '{}'", key, operation));
  }
  for (const Json& name : schema.value("required", Json::array()))
    if (!arguments.contains(name.get_ref<const std::string&>()))
      throw_error(errc::config_missing,
                  fmt::format("'{}' needs the argument '{}'", operation, name.get<std::string>()));
}

}  // namespace leasehold::detail
