#include "loading.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <leasehold/adapters/all.hpp>

#include "model.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::tool {

namespace {

bool asks_for(const std::vector<ResourceRequirement>& requirements, const std::string& name) {
  return std::any_of(requirements.begin(), requirements.end(),
                     [&](const ResourceRequirement& requirement) { return requirement.name == name; });
}

// "main" for a network, "main.store" for a state, "main.store (arc)" for an arc's actions; in document order.
std::vector<std::string> users_of(const std::string& resource, const fsm::Definition& definition) {
  std::vector<std::string> users;
  for (const fsm::Network& network : definition.networks) {
    if (asks_for(network.resources, resource)) users.push_back(network.name);
    for (std::size_t i = 1; i < network.states.size(); ++i) {  // 0 is the network's root
      const fsm::State& state = network.states[i];
      const std::string name = network.name + "." + state.name;
      if (asks_for(state.resources, resource)) users.push_back(name);
      if (std::any_of(state.arcs.begin(), state.arcs.end(),
                      [&](const fsm::Arc& arc) { return asks_for(arc.resources, resource); }))
        users.push_back(name + " (arc)");
    }
  }
  return users;
}

nlohmann::json describe(const std::string& name, const ResourceManager& manager,
                        const fsm::Definition& definition) {
  const ResourceStatusReport status = manager.get_resource_status(name);
  return {{"name", name},
          {"type", status.type},
          {"used_by", users_of(name, definition)},
          {"configuration", status.configuration},
          {"pool", pool_fields().write(manager.get_pool_config(name))},
          {"breaker", breaker_fields().write(manager.get_breaker_config(name))},
          {"metadata", status.metadata}};
}

std::string shown(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// "max_size 4, acquire_timeout 5s": what differs from the defaults.
std::string difference(const nlohmann::json& given, const nlohmann::json& defaults) {
  std::string text;
  for (const auto& [key, value] : given.items())
    if (value != defaults.value(key, nlohmann::json()))
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key, shown(value));
  return text.empty() ? "defaults" : text;
}

std::string text_of(const nlohmann::json& resource) {
  std::string users;
  for (const auto& user : resource["used_by"])
    users += (users.empty() ? "" : ", ") + user.get_ref<const std::string&>();
  std::string text = fmt::format("{} ({})\n  used by   {}\n", shown(resource["name"]),
                                 shown(resource["type"]), users.empty() ? "nothing" : users);
  text += fmt::format("  pool      {}\n", difference(resource["pool"], pool_fields().write(PoolConfig{})));
  const nlohmann::json no_breaker = breaker_fields().write(BreakerConfig{});
  text +=
      fmt::format("  breaker   {}\n",
                  resource["breaker"] == no_breaker ? "none" : difference(resource["breaker"], no_breaker));
  for (const auto& [key, value] : resource["metadata"].items())
    text += fmt::format("  metadata  {} {}\n", key, shown(value));
  for (const auto& [key, value] : resource["configuration"].items())
    text += fmt::format("    {}: {}\n", key, shown(value));
  return text;
}

}  // namespace

ExitStatus resources(const ResourcesCommand& command) {
  ResourceManager manager({.maintenance = false});
  register_builtin_types(manager);
  const fsm::Machine machine = load(command.machine, manager);
  nlohmann::json all = nlohmann::json::array();
  for (const std::string& name : machine.resources())
    all.push_back(describe(name, manager, machine.definition()));

  if (command.format == Format::json) {
    print(all.dump(2) + "\n");
    return ExitStatus::success;
  }
  std::string text;
  for (const nlohmann::json& resource : all) text += (text.empty() ? "" : "\n") + text_of(resource);
  print(all.empty() ? fmt::format("{} declares no resources\n", machine.name()) : text);
  return ExitStatus::success;
}

}  // namespace leasehold::tool
