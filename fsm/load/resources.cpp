#include "resources.hpp"

#include "keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace leasehold::fsm {

using nlohmann::literals::operator""_json_pointer;

void ResourceTable::declare(ResourceDeclaration declaration, const yaml::Node& node, Known known) {
  nodes_[declaration.name] = &node;
  known_[declaration.name] = std::move(known);
  declarations_.push_back(std::move(declaration));
}

const ResourceTable::Known* ResourceTable::find(const std::string& name, const ResourceCatalog& catalog) {
  const auto found = known_.find(name);
  if (found != known_.end()) return &found->second;
  auto provider = catalog.find(name);
  if (!provider) return nullptr;
  const PoolConfig pool = catalog.pool(name);
  Known known{std::move(provider), pool.max_size};
  if (pool.acquire_timeout != PoolConfig{}.acquire_timeout) known.acquire_timeout = pool.acquire_timeout;
  return &known_.emplace(name, std::move(known)).first->second;
}

std::vector<std::string> ResourceTable::names(const ResourceCatalog& catalog) const {
  std::vector<std::string> names = catalog.names();
  for (const ResourceDeclaration& declaration : declarations_) names.push_back(declaration.name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void ResourceTable::report(const std::vector<ConfigIssue>& issues, Diagnostics& diagnostics) const {
  const Diagnostics earlier = diagnostics;
  for (const ConfigIssue& issue : issues) {
    std::string_view pointer = issue.pointer;
    const auto declared = pointer.starts_with('/') ? nodes_.find(yaml::take_token(pointer)) : nodes_.end();
    const Position where =
        declared == nodes_.end() ? Position() : yaml::locate(*declared->second, pointer, issue.at_key);
    // What is wrong with a value that could not be read, such as an unset variable, is no second error.
    const bool follows = !issue.at_key && where.line != 0 && earlier.failed_at(where);
    if (!follows) diagnostics.error(issue.code, where, issue.message, issue.hint);
  }
}

namespace {

void read_pool(const nlohmann::json& config, ResourceTable::Known& known) {
  const auto at = [&config](const nlohmann::json::json_pointer& pointer) {
    return config.contains(pointer) ? config.at(pointer) : nlohmann::json();
  };
  const auto size = at("/pool/max_size"_json_pointer);
  known.pool_size = size.is_number_integer() ? size.get<std::size_t>() : PoolConfig{}.max_size;
  const auto timeout = at("/pool/acquire_timeout"_json_pointer);
  if (timeout.is_string()) known.acquire_timeout = parse_duration(timeout.get<std::string>());
}

void declare(const std::string& name, Position where, const yaml::Node& node, const ResourceCatalog& catalog,
             ResourceTable& table, Diagnostics& diagnostics) {
  ResourceTable::Known known;
  ResourceDeclaration declaration{
      name, nullptr, fmt::format("{}:{}:{}", diagnostics.source().name(), where.line, where.column)};
  if (!node.is(yaml::Node::Kind::mapping)) {
    diagnostics.error(errc::config_value, node.position,
                      fmt::format("the resource '{}' is a mapping, not {}", name, yaml::kind_name(node.kind)),
                      "write {type: ..., ...} or {data: ...}");
    return table.declare(std::move(declaration), node, {});
  }
  if (auto config = to_json(node, diagnostics, Off::text)) {
    declaration.config = std::move(*config);
    read_pool(declaration.config, known);
    std::vector<ConfigIssue> issues;
    known.provider = catalog.examine(declaration, issues);
    table.declare(std::move(declaration), node, std::move(known));
    return table.report(issues, diagnostics);
  }
  table.declare(std::move(declaration), node, {});
}

// {name: db, type: database, config: {...}}, as the guides' lists have it, in today's form.
const yaml::Node& flatten(const yaml::Node& item, yaml::Document& document) {
  yaml::Node flat{.kind = yaml::Node::Kind::mapping, .position = item.position};
  for (const yaml::Entry& entry : item.entries) {
    if (entry.key == "config" && entry.value->is(yaml::Node::Kind::mapping)) {
      flat.entries.insert(flat.entries.end(), entry.value->entries.begin(), entry.value->entries.end());
    } else if (entry.key != "name") {
      flat.entries.push_back(entry);
    }
  }
  return document.add(std::move(flat));
}

}  // namespace

void read_declarations(const yaml::Node& node, yaml::Document& document, const ResourceCatalog& catalog,
                       ResourceTable& table, Diagnostics& diagnostics) {
  if (node.is(yaml::Node::Kind::mapping)) {
    for (const yaml::Entry& entry : node.entries) {
      if (entry.key.empty())
        diagnostics.error(errc::config_value, entry.position, "a resource needs a name");
      else
        declare(entry.key, entry.position, *entry.value, catalog, table, diagnostics);
    }
    return;
  }
  if (!node.is(yaml::Node::Kind::sequence)) {
    diagnostics.error(
        errc::config_value, node.position,
        fmt::format("resources are a mapping of names to resources, not {}", yaml::kind_name(node.kind)),
        "write resources: {db: {type: database, ...}}");
    return;
  }
  diagnostics.note(node.position, "a list of resources is an older form",
                   "write resources: {name: {type: ..., ...}}");
  std::set<std::string> seen;
  for (const yaml::Node* item : node.items) {
    const yaml::Node* name_node = item->find("name");
    if (!name_node) {
      diagnostics.error(errc::config_missing, item->position, "a resource needs a name",
                        "write resources: {name: {type: ..., ...}}");
      continue;
    }
    const auto name = read_name(*name_node, diagnostics);
    if (!name) continue;
    if (!seen.insert(*name).second) {
      diagnostics.error(errc::config_duplicate_key, name_node->position,
                        fmt::format("the resource '{}' is declared twice", *name), "remove one of them");
      continue;
    }
    declare(*name, name_node->position, flatten(*item, document), catalog, table, diagnostics);
  }
}

std::vector<ResourceRequirement> read_requirements(const yaml::Node* node, const ResourceCatalog& catalog,
                                                   ResourceTable& table, Diagnostics& diagnostics) {
  std::vector<ResourceRequirement> requirements;
  std::set<std::string> seen;
  for (const yaml::Node* item : one_or_many(node)) {
    ResourceRequirement requirement;
    const yaml::Node* name_node = item;
    if (item->is(yaml::Node::Kind::mapping)) {
      const Mapping mapping(*item, keys::requirement, "a required resource", diagnostics);
      name_node = mapping.find("name");
      mapping.read("required", requirement.required);
      if (mapping.find("timeout")) mapping.read("timeout", requirement.timeout.emplace());
      for (const char* const key : {"role", "as"}) {
        if (const yaml::Node* const role = mapping.find(key); role && is_letter(*role))
          requirement.role = role->text;
        else
          mapping.read(key, requirement.role);
      }
      if (mapping.has("role") && mapping.has("as"))
        diagnostics.error(errc::config_duplicate_key, mapping.key_position("as"),
                          "'as' is another name of 'role', which is here too", "remove one of them");
      if (!name_node) continue;
    }
    const auto name = read_name(*name_node, diagnostics);
    if (!name) continue;
    requirement.name = *name;
    if (!table.find(*name, catalog)) {
      diagnostics.error(errc::fsm_resource, name_node->position,
                        fmt::format("there is no resource '{}'", *name),
                        suggest_name(*name, table.names(catalog)));
      continue;
    }
    bool twice = !seen.insert(*name).second;
    if (!requirement.role.empty() && requirement.role != *name)
      twice = !seen.insert(requirement.role).second || twice;
    if (twice) {
      diagnostics.error(errc::config_value, name_node->position,
                        fmt::format("'{}' stands here twice, as a name or a role", *name),
                        "remove one of them");
      continue;
    }
    requirements.push_back(std::move(requirement));
  }
  return requirements;
}

void ResourceScope::add(const std::vector<ResourceRequirement>& requirements) {
  requirements_.insert(requirements_.begin(), requirements.begin(), requirements.end());
}

const ResourceRequirement* ResourceScope::find(std::string_view name_or_role) const noexcept {
  const auto found =
      std::find_if(requirements_.begin(), requirements_.end(), [&](const ResourceRequirement& r) {
        return r.name == name_or_role || (!r.role.empty() && r.role == name_or_role);
      });
  return found == requirements_.end() ? nullptr : &*found;
}

std::vector<std::string> ResourceScope::names() const {
  std::vector<std::string> names;
  for (const ResourceRequirement& requirement : requirements_) {
    names.push_back(requirement.name);
    if (!requirement.role.empty()) names.push_back(requirement.role);
  }
  return names;
}

}  // namespace leasehold::fsm
