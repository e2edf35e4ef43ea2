// Registering, declaring and unregistering.

#include <leasehold/adapters/dict.hpp>

#include "manager/declaration.hpp"
#include "manager/state.hpp"

#include <fmt/format.h>

namespace leasehold {

using detail::EntryPtr;

namespace {

std::string shown_origin(const detail::Entry& entry) {
  return entry.origin.empty() ? std::string("the program") : entry.origin;
}

ConfigIssue duplicate(const std::string& name, const std::string& pointer, const std::string& here,
                      const std::string& there, const std::vector<std::string>& differing) {
  return {errc::resource_duplicate, pointer,
          fmt::format("resource '{}' of {} is registered already, by {}", name, here, there),
          differing.empty()
              ? "give it another name"
              : fmt::format("give it another name, or make equal: {}", fmt::join(differing, ", ")),
          true};
}

[[noreturn]] void throw_duplicate(const std::string& name, const detail::Entry& taken) {
  throw ConfigError(errc::resource_duplicate,
                    fmt::format("resource '{}' is registered already, by {}", name, shown_origin(taken)),
                    {.resource = name, .hint = "give it another name, or unregister the other first"});
}

void require_name(const std::string& name) {
  if (name.empty())
    throw ConfigError(errc::config_value, "a resource needs a name", {.hint = "give one that is not empty"});
  try {
    static_cast<void>(nlohmann::json(name).dump());
  } catch (const nlohmann::json::type_error&) {  // it would make the text of all metrics unreadable
    throw ConfigError(errc::config_value, "the name of a resource is not UTF-8 text",
                      {.hint = "give one that is"});
  }
}

}  // namespace

void ResourceManager::register_provider(std::string name, std::shared_ptr<IResourceProvider> provider,
                                        ProviderOptions options) {
  state_->require_open();
  require_name(name);
  if (!provider)
    throw ConfigError(errc::config_value, fmt::format("the provider of '{}' is null", name),
                      {.resource = name});
  std::vector<ConfigIssue> issues;
  detail::check_options(options, issues);
  if (!issues.empty()) throw ConfigError(std::move(issues), {.resource = name});
  const EntryPtr entry = state_->make_entry(name, std::move(provider), std::move(options));
  if (const EntryPtr taken = state_->publish({entry})) throw_duplicate(name, *taken);
}

EntryPtr ResourceManager::State::publish(const std::vector<EntryPtr>& entries) {
  upkeep->start();
  if (EntryPtr taken = registry->insert(entries)) return taken;
  if (life.phase() == detail::LifePhase::closing || life.phase() == detail::LifePhase::closed) {
    for (const EntryPtr& entry : entries) registry->remove(entry->name);  // close may have missed them
    require_open();
  }
  upkeep->bump();
  return nullptr;
}

ResourceManager::State::Examined ResourceManager::State::examine(const ResourceDeclaration& declaration,
                                                                 const std::string& pointer,
                                                                 std::vector<ConfigIssue>& issues,
                                                                 bool with_entry) {
  Examined examined;
  auto parsed = detail::parse_declaration(declaration.config, pointer, issues);
  if (!parsed) return examined;
  // A plain {data: ...} needs no registered type.
  const bool simple = !declaration.config.contains("type");
  const auto made_by = simple ? std::optional(dict_factory()) : factory(parsed->type, pointer, issues);
  if (!made_by) return examined;
  auto provider = detail::make_provider(*made_by, declaration.name, parsed->rest, pointer, issues);
  if (!provider) return examined;

  if (const EntryPtr taken = registry->find(declaration.name)) {
    const std::string here = declaration.origin.empty() ? "this declaration" : declaration.origin;
    if (taken->declared.is_null()) {
      issues.push_back(duplicate(declaration.name, pointer, here, shown_origin(*taken), {}));
      return examined;
    }
    const auto differing = detail::differences(*taken, *parsed, *provider);
    if (!differing.empty()) {
      issues.push_back(duplicate(declaration.name, pointer, here, shown_origin(*taken), differing));
      return examined;
    }
    examined.registered = taken;
    examined.provider = taken->provider;
    return examined;
  }
  examined.provider = provider;
  if (!with_entry) return examined;
  examined.fresh =
      make_entry(declaration.name, std::move(provider),
                 {.pool = parsed->pool, .breaker = parsed->breaker, .metadata = parsed->metadata});
  examined.fresh->declared = std::move(parsed->rest);
  examined.fresh->declared_type = std::move(parsed->type);
  examined.fresh->declared_pool = parsed->pool;
  examined.fresh->origin = declaration.origin;
  return examined;
}

void ResourceManager::declare(std::span<const ResourceDeclaration> declarations) {
  state_->require_open();
  for (const ResourceDeclaration& declaration : declarations) require_name(declaration.name);
  // Factories are user code, so nothing is locked meanwhile; if a name is taken in between, look again.
  while (true) {
    std::vector<ConfigIssue> issues;
    std::vector<EntryPtr> fresh;
    std::map<std::string_view, const ResourceDeclaration*> seen;
    for (const ResourceDeclaration& declaration : declarations) {
      const std::string pointer = pointer_join("", declaration.name);
      if (const auto [twice, first] = seen.emplace(declaration.name, &declaration); !first) {
        issues.push_back(duplicate(declaration.name, pointer, declaration.origin, twice->second->origin, {}));
        continue;
      }
      auto examined = state_->examine(declaration, pointer, issues, true);
      if (examined.fresh) fresh.push_back(std::move(examined.fresh));
    }
    if (!issues.empty()) throw ConfigError(std::move(issues));
    if (!state_->publish(fresh)) return;
  }
}

std::shared_ptr<IResourceProvider> ResourceManager::examine(const ResourceDeclaration& declaration,
                                                            std::vector<ConfigIssue>& issues) const {
  state_->require_open();
  return state_->examine(declaration, pointer_join("", declaration.name), issues, false).provider;
}

void ResourceManager::register_from_dict(std::string name, const nlohmann::json& config) {
  state_->require_open();
  require_name(name);
  std::vector<ConfigIssue> issues;
  const auto examined = state_->examine({name, config, "register_from_dict"}, "", issues, true);
  if (!issues.empty()) throw ConfigError(std::move(issues), {.resource = name});
  if (examined.registered) throw_duplicate(name, *examined.registered);
  if (const EntryPtr taken = state_->publish({examined.fresh})) throw_duplicate(name, *taken);
}

void ResourceManager::register_type(std::string type, ProviderFactory factory, nlohmann::json schema) {
  state_->require_open();
  if (type.empty() || !factory)
    throw ConfigError(errc::config_value, "a type needs a name and a factory", {.hint = "give both"});
  const std::lock_guard lock(state_->mutex);
  if (!state_->types.emplace(type, State::Type{std::move(factory), std::move(schema)}).second)
    throw ConfigError(errc::resource_duplicate, fmt::format("type '{}' is registered already", type),
                      {.hint = "ask has_type first, or give it another name"});
}

nlohmann::json ResourceManager::type_schema(std::string_view type) const {
  state_->require_open();
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->types.find(type);
  return found == state_->types.end() ? nlohmann::json() : found->second.schema;
}

bool ResourceManager::has_type(std::string_view type) const {
  state_->require_open();
  const std::lock_guard lock(state_->mutex);
  return state_->types.find(type) != state_->types.end();
}

std::vector<std::string> ResourceManager::types() const {
  state_->require_open();
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> all;
  for (const auto& [type, registered] : state_->types) all.push_back(type);
  return all;
}

bool ResourceManager::unregister_provider(std::string_view name, Duration drain) {
  state_->require_open();
  const EntryPtr entry = state_->registry->set_aside(name);
  if (!entry) {
    state_->require_open();
    return false;
  }
  entry->pool->begin_close();
  state_->upkeep->health().stop({entry});
  if (entry->pool->drain(state_->clock->deadline_after(drain),
                         state_->clock->deadline_after(detail::grace))) {
    if (state_->registry->forget(entry)) entry->provider->close();
  } else {
    entry->unregistering.store(false);
    state_->upkeep->bump();  // which closes the provider when the last lease has ended
  }
  return true;
}

}  // namespace leasehold
