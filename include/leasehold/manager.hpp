#pragma once

// ResourceManager: registers providers by name, lends their resources to owners, and takes them back.
//
//   ResourceManager manager;
//   manager.register_provider("db", provider, {.pool = {.max_size = 4}});
//   auto db = manager.acquire<Database>("db", "orders/store#42", {.timeout = 5s});
//   db->execute(...);
//   // the end of `db` is the return
//
// Threads: every member may be called from any thread. Leases must end before the manager does; close() waits
// for them (and revokes what is left).
// Blocks: acquire*, unregister_provider, health_check, validate_resource and close, each with a deadline.

#include <leasehold/breaker.hpp>
#include <leasehold/health.hpp>
#include <leasehold/holder.hpp>
#include <leasehold/lease.hpp>
#include <leasehold/log.hpp>
#include <leasehold/metrics.hpp>
#include <leasehold/pool.hpp>
#include <leasehold/provider.hpp>
#include <leasehold/requirement.hpp>
#include <leasehold/resource_id.hpp>

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold {

using Metadata = std::map<std::string, std::string>;

struct ManagerOptions {
  std::shared_ptr<Clock> clock = nullptr;  // null: Clock::steady()
  Logger logger = nullptr;                 // null: silent
  bool metrics = true;                     // false: histograms and counters stay zero and cost nothing
  bool maintenance = true;                 // false: no background thread; call maintain() yourself
  std::optional<Duration> health_interval = std::nullopt;   // periodic health_check of every provider
  Duration health_timeout = std::chrono::seconds(5);        // bounds each of them
  Duration deadlock_check = std::chrono::milliseconds(20);  // a waiter looks for a cycle this often
};

struct AcquireOptions {
  std::optional<Duration> timeout = std::nullopt;  // none: the pool's acquire_timeout; 0: never waits
  std::stop_token stop = {};
  std::optional<Clock::time_point> deadline = std::nullopt;  // if both are given the earlier counts
  CallSite site = {};                                        // overrides the caller's own
};

namespace detail {
// The options of who gives none: not made for every call, and there until the last one.
union NoOptions {
  AcquireOptions options;
  constexpr NoOptions() noexcept : options() {}
  ~NoOptions() {}
};
inline constinit const NoOptions none;
}  // namespace detail

struct ProviderOptions {
  PoolConfig pool = {};
  BreakerConfig breaker = {};
  Metadata metadata = {};
};

struct ResourceStatusReport {
  bool provider_exists = false;
  bool has_pool = false;
  std::size_t active_count = 0;
  std::size_t idle_count = 0;
  std::size_t waiting_count = 0;
  std::vector<HolderInfo> owners = {};  // oldest first
  std::size_t max_size = 0;
  std::size_t revoked_in_use = 0;
  bool suspended = false;
  std::string type = {};
  BreakerState breaker = BreakerState::closed;
  HealthReport health = {};  // the last one
  Metadata metadata = {};
  nlohmann::json configuration = {};  // the provider's describe()
};

nlohmann::json to_json(const ResourceStatusReport&);

// A resource as a document declares it: {"type":"database", ..., "pool":{...}} or {"data":{...}}.
struct ResourceDeclaration {
  std::string name;
  nlohmann::json config;
  std::string origin = {};  // where it stands, for messages: "import.yaml:3:3"
};

// Makes a provider from the declaration's own keys (without type, pool, breaker and metadata). Must do no
// I/O; throws ConfigError whose pointers are relative to the declaration ("/connection").
using ProviderFactory =
    std::function<std::shared_ptr<IResourceProvider>(const std::string& name, const nlohmann::json& config)>;

using Hook = std::function<void()>;

class ResourceManager {
 public:
  explicit ResourceManager(ManagerOptions options = {});
  ResourceManager(const ResourceManager&) = delete;
  ResourceManager& operator=(const ResourceManager&) = delete;
  ~ResourceManager();  // close() with no drain, and up to 5 s for what providers are at

  // --- What can be lent -----------------------------------------------------------------------------------

  // Throws ConfigError: resource_duplicate, or the pool's or breaker's contradictions.
  void register_provider(std::string name, std::shared_ptr<IResourceProvider>, ProviderOptions = {});
  void register_from_dict(std::string name, const nlohmann::json& config);

  // `schema` is the JSON Schema of what the factory reads, as Fields::schema() gives it, for editors; null:
  // unknown.
  void register_type(std::string type, ProviderFactory factory, nlohmann::json schema = nullptr);
  template <std::invocable<const nlohmann::json&> Factory>  // one that needs no name
  void register_type(std::string type, Factory factory, nlohmann::json schema = nullptr) {
    register_type(
        std::move(type),
        ProviderFactory([factory = std::move(factory)](const std::string&, const nlohmann::json& config) {
          return factory(config);
        }),
        std::move(schema));
  }
  nlohmann::json type_schema(std::string_view type) const;  // null if unknown
  bool has_type(std::string_view type) const;
  std::vector<std::string> types() const;

  // Registers what one document declares, all or nothing. A name declared before with equal knobs is shared;
  // with others it is refused with resource_duplicate, naming both origins. Pointers of the ConfigError start
  // with
  // "/<name>".
  void declare(std::span<const ResourceDeclaration> declarations);

  // What declare would make of it: a provider that is not registered, or the registered one if they are
  // equal. Appends issues (pointers start with "/<name>") and returns null if it is refused.
  std::shared_ptr<IResourceProvider> examine(const ResourceDeclaration&,
                                             std::vector<ConfigIssue>& issues) const;

  // Refuses new acquires of the name at once, waits up to `drain` for held leases, then detaches them (they
  // stay usable and are disposed of at their end). The provider has at least 250 ms to dispose of what is
  // idle, and is closed when it has done so and the last lease has ended. False if there is no such name.
  bool unregister_provider(std::string_view name, Duration drain = std::chrono::seconds(0));
  std::shared_ptr<IResourceProvider> get_provider(std::string_view name) const;  // null if unknown
  std::vector<std::string> names() const;
  PoolConfig get_pool_config(std::string_view name) const;
  BreakerConfig get_breaker_config(std::string_view name) const;

  // --- Lending --------------------------------------------------------------------------------------------

  // By name, or by an id of this manager, which spares the look-up. The id of another manager is refused with
  // config_value.
  Lease acquire(std::string_view name, const OwnerId& owner, const AcquireOptions& = detail::none.options,
                CallSite = CallSite::here());
  Lease acquire(ResourceId id, const OwnerId& owner, const AcquireOptions& = detail::none.options,
                CallSite = CallSite::here());
  template <class T>
  TypedLease<T> acquire(std::string_view name, const OwnerId& owner,
                        const AcquireOptions& options = detail::none.options,
                        CallSite site = CallSite::here()) {
    return TypedLease<T>(acquire(name, owner, options, site));
  }
  template <class T>
  TypedLease<T> acquire(ResourceId id, const OwnerId& owner,
                        const AcquireOptions& options = detail::none.options,
                        CallSite site = CallSite::here()) {
    return TypedLease<T>(acquire(id, owner, options, site));
  }

  // nullopt if nothing can be lent at once: never waits, but may create. Other errors throw.
  std::optional<Lease> try_acquire(std::string_view name, const OwnerId& owner, CallSite = CallSite::here());
  std::optional<Lease> try_acquire(ResourceId id, const OwnerId& owner, CallSite = CallSite::here());
  template <class T>
  std::optional<TypedLease<T>> try_acquire(std::string_view name, const OwnerId& owner,
                                           CallSite site = CallSite::here()) {
    return typed<T>(try_acquire(name, owner, site));
  }
  template <class T>
  std::optional<TypedLease<T>> try_acquire(ResourceId id, const OwnerId& owner,
                                           CallSite site = CallSite::here()) {
    return typed<T>(try_acquire(id, owner, site));
  }

  // The name's id, whether it is registered or not. The manager keeps the name as long as it lives.
  ResourceId resource_id(std::string_view name);

  // All or none, under one deadline (options, else the largest acquire_timeout), in the canonical order of
  // the manager (registration order), whatever the order of the requirements. What release or release_all
  // took back of it from another thread meanwhile is in the set as a revoked lease.
  LeaseSet acquire_all(std::span<const ResourceRequirement>, const OwnerId& owner,
                       const AcquireOptions& = detail::none.options, CallSite = CallSite::here());
  LeaseSet acquire_all(std::initializer_list<ResourceRequirement> requirements, const OwnerId& owner,
                       const AcquireOptions& options = detail::none.options,
                       CallSite site = CallSite::here()) {
    return acquire_all(std::span(requirements.begin(), requirements.size()), owner, options, site);
  }

  // The same with requirements that were looked up before. A set of another manager is refused with
  // config_value.
  LeaseSet acquire_all(const RequirementSet&, const OwnerId& owner,
                       const AcquireOptions& = detail::none.options, CallSite = CallSite::here());
  RequirementSet prepare(std::span<const ResourceRequirement>);
  RequirementSet prepare(std::initializer_list<ResourceRequirement> requirements) {
    return prepare(std::span(requirements.begin(), requirements.size()));
  }

  LeaseSet configure_from_requirements(std::span<const ResourceRequirement>, const OwnerId& owner,
                                       CallSite = CallSite::here());
  LeaseSet configure_from_requirements(std::initializer_list<ResourceRequirement> requirements,
                                       const OwnerId& owner, CallSite site = CallSite::here()) {
    return configure_from_requirements(std::span(requirements.begin(), requirements.size()), owner, site);
  }

  // Takes back what the owner holds, whatever Lease objects live: see Lease. False / 0 if it holds nothing.
  bool release(std::string_view name, const OwnerId& owner);
  std::size_t release_all(const OwnerId& owner);

  // --- Looking --------------------------------------------------------------------------------------------

  bool has_resource(std::string_view name, const OwnerId& owner) const;
  std::vector<std::string> get_resource_owners(std::string_view name) const;  // oldest first
  ResourceStatusReport get_resource_status(std::string_view name) const;  // provider_exists false if unknown
  std::map<std::string, ResourceStatusReport> get_all_resources() const;
  std::map<std::string, ResourceMetrics> get_metrics(std::optional<std::string_view> name = {}) const;

  // Runs the providers' health checks, each bounded by health_timeout. An unhealthy one retires its
  // generation: held leases finish, new ones get new resources.
  std::map<std::string, HealthReport> health_check(std::optional<std::string_view> name = {});
  bool validate_resource(std::string_view name);  // opens or borrows one and validates it

  // --- Steering -------------------------------------------------------------------------------------------

  // Grows at once. Shrinks by what is idle now and by what comes back, or comes from being opened or checked:
  // held leases finish, and nothing is lent beyond the new max_size. All other knobs count from now on.
  void resize_pool(std::string_view name, PoolConfig config);
  // Acquires wait (to their deadline) until resume, also those for which one is being opened or checked.
  // Who holds a resource keeps it, and shares it with further acquires of the same owner.
  void suspend(std::string_view name);
  void resume(std::string_view name);
  // Idle ones go now, held ones and those that are just being opened at their return. Like resize_pool it
  // waits a second at most for the provider.
  void evict(std::string_view name);
  Breaker& breaker(std::string_view name);

  // Startup hooks run in order in initialize(); if one throws, the shutdown hooks of the parts already
  // started run in reverse and the error goes on. Shutdown hooks run in reverse in close(). The n-th startup
  // and the n-th shutdown hook belong together.
  void add_startup_hook(Hook hook);
  void add_shutdown_hook(Hook hook);
  void initialize();  // idempotent; acquire works without it

  // Idempotent. Wakes every waiter with acquire_closed, waits up to `drain` for held leases and revokes what
  // is left, runs the shutdown hooks (except those whose startup hook has not run), and closes the providers.
  // A provider that is still at work on a resource at the end of `drain`, or after 250 ms if that is later,
  // is logged, left behind and not closed; it and its pool go when it returns. What a hook throws is logged
  // and stops nothing; the first of them is thrown when everything is closed.
  void close(Duration drain = std::chrono::seconds(30));
  bool closed() const noexcept;

  // One round of maintenance, for managers without a background thread. Returns when the next is due.
  Clock::time_point maintain();

  const std::shared_ptr<Clock>& clock() const noexcept;

 private:
  template <class T>
  static std::optional<TypedLease<T>> typed(std::optional<Lease> lease) {
    if (!lease) return std::nullopt;
    return TypedLease<T>(std::move(*lease));
  }

  class State;
  std::unique_ptr<State> state_;
};

// A provider of plain data, lent to any number of owners at once as a Dict (<leasehold/adapters/dict.hpp>).
std::shared_ptr<IResourceProvider> create_simple_provider(std::string name, nlohmann::json data);

}  // namespace leasehold
