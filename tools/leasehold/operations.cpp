#include "loading.hpp"
#include "operations_text.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <leasehold/adapters/all.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace leasehold::tool {

namespace {

using Providers = std::map<std::string, std::shared_ptr<IResourceProvider>>;

// The least that each type must be told before it says what it can do. Nothing is opened.
const std::map<std::string, nlohmann::json>& smallest_declarations() {
  static const std::map<std::string, nlohmann::json> declarations = {
      {"database", {{"backend", "sqlite3"}, {"connection", ":memory:"}}},
      {"dict", {{"data", nlohmann::json::object()}}},
      {"filesystem", {{"base_path", "."}}},
      {"http", {{"base_url", "http://localhost"}}},
      {"llm", {{"provider", "ollama"}, {"base_url", "http://localhost"}, {"model", "any"}}}};
  return declarations;
}

std::shared_ptr<IResourceProvider> provider_of(const std::string& type, const ResourceManager& manager) {
  nlohmann::json config = smallest_declarations().at(type);
  config["type"] = type;
  std::vector<ConfigIssue> issues;
  std::shared_ptr<IResourceProvider> provider = manager.examine({.name = type, .config = config}, issues);
  if (!provider) throw ConfigError(std::move(issues));
  return provider;
}

bool names_a_file(const std::string& subject) {
  const std::string extension = std::filesystem::path(subject).extension().string();
  std::error_code ignored;
  return extension == ".yaml" || extension == ".yml" || std::filesystem::exists(subject, ignored);
}

Providers providers_of(const std::string& subject, ResourceManager& manager) {
  Providers providers;
  if (!subject.empty() && !manager.has_type(subject) && names_a_file(subject)) {
    for (const std::string& name : load(subject, manager).resources())
      providers[name] = manager.get_provider(name);
    return providers;
  }
  std::vector<std::string> types;
  for (const auto& [type, declaration] : smallest_declarations()) types.push_back(type);
  if (!subject.empty() && std::find(types.begin(), types.end(), subject) == types.end())
    throw Failure(ExitStatus::usage, fmt::format("'{}' is neither a type nor a machine; {}", subject,
                                                 nearest_name(subject, types).empty()
                                                     ? fmt::format("types: {}", fmt::join(types, ", "))
                                                     : suggest_name(subject, types)));
  for (const std::string& type : types)
    if (subject.empty() || subject == type) providers[type] = provider_of(type, manager);
  return providers;
}

nlohmann::json json_of(const Providers& providers) {
  nlohmann::json all = nlohmann::json::object();
  for (const auto& [name, provider] : providers) {
    nlohmann::json operations = nlohmann::json::object();
    for (const auto& [operation, about] : provider->operations())
      operations[operation] = {{"summary", about.summary}, {"arguments", about.arguments}};
    all[name] = {{"type", provider->type()}, {"operations", std::move(operations)}};
  }
  return all;
}

}  // namespace

ExitStatus operations(const OperationsCommand& command) {
  ResourceManager manager({.maintenance = false});
  register_builtin_types(manager);
  const nlohmann::json all = json_of(providers_of(command.subject, manager));
  print(command.format == Format::json ? all.dump(2) + "\n" : operations_text(all));
  return ExitStatus::success;
}

}  // namespace leasehold::tool
