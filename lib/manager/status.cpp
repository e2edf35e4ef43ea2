// Looking at a manager and steering it.

#include "manager/declaration.hpp"
#include "manager/state.hpp"
#include "metrics/seconds.hpp"

#include <fmt/format.h>

namespace leasehold {

using detail::EntryPtr;

nlohmann::json to_json(const ResourceStatusReport& report) {
  nlohmann::json owners = nlohmann::json::array();
  for (const HolderInfo& holder : report.owners)
    owners.push_back({{"owner", holder.owner},
                      {"age_seconds", detail::seconds(holder.age)},
                      {"site", holder.site},
                      {"fence", holder.fence},
                      {"leases", holder.leases}});
  return {{"provider_exists", report.provider_exists},
          {"has_pool", report.has_pool},
          {"type", report.type},
          {"active_count", report.active_count},
          {"idle_count", report.idle_count},
          {"waiting_count", report.waiting_count},
          {"max_size", report.max_size},
          {"revoked_in_use", report.revoked_in_use},
          {"suspended", report.suspended},
          {"breaker", to_string(report.breaker)},
          {"health",
           {{"health", to_string(report.health.health)},
            {"message", report.health.message},
            {"took_seconds", detail::seconds(report.health.took)}}},
          {"owners", std::move(owners)},
          {"metadata", report.metadata},
          {"configuration", report.configuration}};
}

std::shared_ptr<IResourceProvider> ResourceManager::get_provider(std::string_view name) const {
  const EntryPtr entry = state_->find(name);
  return entry ? entry->provider : nullptr;
}

std::vector<std::string> ResourceManager::names() const {
  std::vector<std::string> all;
  for (const EntryPtr& entry : state_->entries()) all.push_back(entry->name);
  return all;
}

PoolConfig ResourceManager::get_pool_config(std::string_view name) const {
  return state_->at(name)->pool->config();
}

BreakerConfig ResourceManager::get_breaker_config(std::string_view name) const {
  return state_->at(name)->breaker_config;
}

bool ResourceManager::has_resource(std::string_view name, const OwnerId& owner) const {
  const EntryPtr entry = state_->find(name);
  return entry && owner && entry->pool->holds(owner);
}

std::vector<std::string> ResourceManager::get_resource_owners(std::string_view name) const {
  std::vector<std::string> owners;
  if (const EntryPtr entry = state_->find(name))
    for (HolderInfo& holder : entry->pool->holders()) owners.push_back(std::move(holder.owner));
  return owners;
}

ResourceStatusReport ResourceManager::get_resource_status(std::string_view name) const {
  const EntryPtr entry = state_->find(name);
  return entry ? state_->status_of(*entry) : ResourceStatusReport{};
}

std::map<std::string, ResourceStatusReport> ResourceManager::get_all_resources() const {
  std::map<std::string, ResourceStatusReport> all;
  for (const EntryPtr& entry : state_->entries()) all.emplace(entry->name, state_->status_of(*entry));
  return all;
}

std::map<std::string, ResourceMetrics> ResourceManager::get_metrics(
    std::optional<std::string_view> name) const {
  std::map<std::string, ResourceMetrics> all;
  if (name) {
    if (const EntryPtr entry = state_->find(*name)) all.emplace(entry->name, entry->pool->metrics());
  } else {
    for (const EntryPtr& entry : state_->entries()) all.emplace(entry->name, entry->pool->metrics());
  }
  return all;
}

std::map<std::string, HealthReport> ResourceManager::health_check(std::optional<std::string_view> name) {
  state_->require_open();
  return state_->upkeep->health().check(name ? std::vector{state_->at(*name)} : state_->entries());
}

bool ResourceManager::validate_resource(std::string_view name) {
  state_->require_open();
  const EntryPtr entry = state_->at(name);
  return entry->pool->validate_one(state_->clock->deadline_after(entry->acquire_timeout.load()));
}

void ResourceManager::resize_pool(std::string_view name, PoolConfig config) {
  state_->require_open();
  const EntryPtr entry = state_->at(name);
  std::vector<ConfigIssue> issues;
  pool_fields().verify_into(config, "", issues);
  if (!issues.empty()) throw ConfigError(std::move(issues), {.resource = entry->name});
  entry->pool->resize(config);
  entry->acquire_timeout.store(config.acquire_timeout);
  state_->upkeep->bump();
}

void ResourceManager::suspend(std::string_view name) {
  state_->require_open();
  state_->at(name)->pool->suspend();
}

void ResourceManager::resume(std::string_view name) {
  state_->require_open();
  state_->at(name)->pool->resume();
}

void ResourceManager::evict(std::string_view name) {
  state_->require_open();
  state_->at(name)->pool->evict();
  state_->upkeep->bump();
}

Breaker& ResourceManager::breaker(std::string_view name) {
  return *state_->at(name)->breaker;
}

Clock::time_point ResourceManager::maintain() {
  state_->require_open();
  return state_->upkeep->round(std::chrono::seconds(1));
}

const std::shared_ptr<Clock>& ResourceManager::clock() const noexcept {
  return state_->clock;
}

}  // namespace leasehold
