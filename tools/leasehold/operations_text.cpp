#include "operations_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

namespace leasehold::tool {

namespace {

std::string word_for(const std::string& type) {
  if (type == "string") return "text";
  if (type == "array") return "list";
  if (type == "object") return "mapping";
  return type;  // integer, number, boolean, null
}

std::string join_or(const nlohmann::json& schemas) {
  std::vector<std::string> kinds;
  for (const nlohmann::json& schema : schemas)
    if (std::string kind = kind_of(schema); std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
      kinds.push_back(std::move(kind));
  return fmt::format("{}", fmt::join(kinds, " or "));
}

struct Argument {
  std::string name, kind, text;
};

std::vector<Argument> arguments_of(const nlohmann::json& schema) {
  std::set<std::string> required;
  for (const nlohmann::json& name : schema.value("required", nlohmann::json::array()))
    required.insert(name.get<std::string>());
  std::vector<Argument> needed, others;
  const nlohmann::json properties = schema.value("properties", nlohmann::json::object());
  for (const auto& [name, property] : properties.items()) {
    std::string text = property.is_object() ? property.value("description", "") : "";
    if (property.is_object() && property.contains("default"))
      text += fmt::format("{}default {}", text.empty() ? "" : "; ", property["default"].dump());
    (required.count(name) ? needed : others)
        .push_back({name + (required.count(name) ? "*" : ""), kind_of(property), std::move(text)});
  }
  needed.insert(needed.end(), others.begin(), others.end());
  if (!schema.contains("additionalProperties") || schema["additionalProperties"] != false)
    needed.push_back({"...", "anything", "any other argument"});
  return needed;
}

}  // namespace

std::string kind_of(const nlohmann::json& schema) {
  if (!schema.is_object()) return "anything";
  if (schema.contains("const")) return schema["const"].dump();
  if (schema.contains("enum")) {
    std::string words;
    for (const nlohmann::json& word : schema["enum"])
      words += (words.empty() ? "" : "|") + (word.is_string() ? word.get<std::string>() : word.dump());
    return words;
  }
  for (const char* choice : {"anyOf", "oneOf"})
    if (schema.contains(choice)) return join_or(schema[choice]);
  const auto type = schema.find("type");
  if (type == schema.end()) return "anything";
  if (type->is_array()) {
    std::vector<std::string> words;
    for (const nlohmann::json& word : *type) words.push_back(word_for(word.get<std::string>()));
    return fmt::format("{}", fmt::join(words, " or "));
  }
  const std::string word = word_for(type->get<std::string>());
  const std::string items =
      word == "list" && schema.contains("items") ? kind_of(schema["items"]) : "anything";
  return items == "anything" ? word : fmt::format("{} of {}", word, items);
}

std::string operations_text(const nlohmann::json& providers) {
  std::string text;
  bool starred = false;
  for (const auto& [name, provider] : providers.items()) {
    const std::string type = provider["type"].get<std::string>();
    text += (text.empty() ? "" : "\n") + (name == type ? name : fmt::format("{} ({})", name, type)) + "\n";
    if (provider["operations"].empty()) text += "  no operations\n";
    for (const auto& [operation, about] : provider["operations"].items()) {
      text += fmt::format("  {}.{}: {}\n", name, operation, about["summary"].get<std::string>());
      const std::vector<Argument> arguments = arguments_of(about["arguments"]);
      std::size_t names = 0, kinds = 0;
      for (const Argument& argument : arguments) {
        names = std::max(names, argument.name.size());
        kinds = std::max(kinds, std::min<std::size_t>(argument.kind.size(), 24));
      }
      for (const Argument& argument : arguments) {
        std::string line = fmt::format("      {:<{}}  {:<{}}  {}", argument.name, names, argument.kind, kinds,
                                       argument.text);
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
        starred = starred || argument.name.back() == '*';
      }
    }
  }
  return text + (starred ? "\n* required\n" : "");
}

}  // namespace leasehold::tool
