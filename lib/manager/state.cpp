#include "manager/state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold {

using detail::EntryPtr;

namespace {

// Compared, never followed. A number, because the address of a new manager may be that of one that is gone
// while leases of that one still live.
const void* unique_token() noexcept {
  static detail::sync::Atomic<std::uintptr_t> next = 0;
  return reinterpret_cast<const void*>(++next);  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace

ResourceManager::State::State(ManagerOptions from)
    : options(std::move(from)),
      clock(options.clock ? options.clock : Clock::steady()),
      process(detail::process_epoch()),
      token(unique_token()),
      graph(detail::make_wait_graph()),
      fences(std::make_shared<detail::Fences>()),
      registry(std::make_shared<detail::Registry>()),
      upkeep(std::make_shared<detail::Upkeep>(registry, options, clock)) {}

void ResourceManager::State::require_open() const {
  if (detail::process_epoch() != process)
    throw StateError(errc::acquire_forked, "the manager belongs to the parent process",
                     {.hint = "make a manager of its own in the child"});
  const auto phase = life.phase();
  if (phase == detail::LifePhase::closing || phase == detail::LifePhase::closed)
    throw StateError(errc::acquire_closed, "the manager is closed", {.hint = "acquire before close"});
}

EntryPtr ResourceManager::State::find(std::string_view name) const {
  if (detail::process_epoch() != process) require_open();
  return registry->find(name);
}

std::vector<EntryPtr> ResourceManager::State::entries() const {
  if (detail::process_epoch() != process) require_open();
  return registry->in_order();
}

EntryPtr ResourceManager::State::at(std::string_view name) const {
  if (EntryPtr entry = find(name)) return entry;
  std::string hint = suggest_name(name, registry->names());
  if (hint.empty()) hint = "register its provider first";
  throw_error(errc::resource_unknown, fmt::format("no resource '{}' is registered", name),
              {.resource = std::string(name), .hint = std::move(hint)});
}

ResourceManager::State::Limit ResourceManager::State::limit(const AcquireOptions& from,
                                                            Duration acquire_timeout) const noexcept {
  // Timeout 0 does not wait for others, but making the resource may take its time.
  const bool may_wait = !from.timeout || *from.timeout > Duration::zero();
  Clock::time_point deadline =
      clock->deadline_after(may_wait ? from.timeout.value_or(acquire_timeout) : acquire_timeout);
  if (from.deadline) deadline = std::min(deadline, *from.deadline);
  return {deadline, may_wait};
}

EntryPtr ResourceManager::State::make_entry(std::string name, std::shared_ptr<IResourceProvider> provider,
                                            ProviderOptions from) {
  auto entry = std::make_shared<detail::Entry>();
  entry->name = std::move(name);
  entry->order = registry->next_order();
  entry->provider = std::move(provider);
  entry->breaker = std::make_shared<Breaker>(from.breaker, clock);
  entry->breaker_config = from.breaker;
  entry->metadata = std::move(from.metadata);
  entry->acquire_timeout.store(from.pool.acquire_timeout);
  entry->pool = detail::Pool::open({.name = entry->name,
                                    .order = entry->order,
                                    .provider = entry->provider,
                                    .config = from.pool,
                                    .breaker = entry->breaker,
                                    .clock = clock,
                                    .logger = options.logger,
                                    .metrics = options.metrics,
                                    .graph = graph,
                                    .fences = fences,
                                    .deadlock_check = options.deadlock_check,
                                    .manager = token});
  return entry;
}

std::optional<ProviderFactory> ResourceManager::State::factory(const std::string& type,
                                                               const std::string& pointer,
                                                               std::vector<ConfigIssue>& issues) const {
  std::vector<std::string> known;
  {
    const std::lock_guard lock(mutex);
    if (const auto found = types.find(type); found != types.end()) return found->second.factory;
    for (const auto& [name, registered] : types) known.push_back(name);
  }
  std::string hint = suggest_name(type, known);
  if (known.empty()) hint = "call register_type or register_builtin_types first";
  issues.push_back({errc::config_value, pointer_join(pointer, "type"),
                    fmt::format("no type '{}' is registered", type), std::move(hint), false});
  return std::nullopt;
}

ResourceStatusReport ResourceManager::State::status_of(const detail::Entry& entry) const {
  detail::PoolStatus pool = entry.pool->status();
  ResourceStatusReport report;
  report.provider_exists = true;
  report.has_pool = true;
  report.active_count = pool.counts.active;
  report.idle_count = pool.counts.idle;
  report.waiting_count = pool.counts.waiting;
  report.owners = std::move(pool.holders);
  report.max_size = pool.max_size;
  report.revoked_in_use = pool.counts.revoked_in_use;
  report.suspended = pool.suspended;
  report.type = std::string(entry.provider->type());
  report.breaker = entry.breaker->state();
  report.metadata = entry.metadata;
  {
    const std::lock_guard lock(entry.health_mutex);
    report.health = entry.last_health;
  }
  try {
    report.configuration = entry.provider->describe();
  } catch (...) {  // a provider that cannot describe itself still has a status
    report.configuration = nullptr;
  }
  return report;
}

}  // namespace leasehold
