#pragma once

// The parts of a ResourceManager.

#include "manager/lifecycle.hpp"
#include "manager/registry.hpp"
#include "manager/upkeep.hpp"
#include "pool/process.hpp"

namespace leasehold {

namespace detail {
// So long providers have to dispose of what is idle, also if nobody wants to wait for leases.
inline constexpr Duration grace = std::chrono::milliseconds(250);
}  // namespace detail

class ResourceManager::State {
 public:
  explicit State(ManagerOptions from);

  detail::EntryPtr at(std::string_view name) const;    // throws resource_unknown with the nearest name
  detail::EntryPtr find(std::string_view name) const;  // null if unknown
  detail::EntryPtr note(std::string_view name);        // as at, and this thread knows the name from now on
  std::vector<detail::EntryPtr> entries() const;       // in order of registration
  void require_open() const;                           // throws acquire_closed, acquire_forked

  // The deadline of an acquire and whether it may wait for it.
  struct Limit {
    Clock::time_point deadline;
    bool may_wait;
  };
  Limit limit(const AcquireOptions& options, Duration acquire_timeout) const noexcept;

  struct Type {
    ProviderFactory factory;
    nlohmann::json schema;  // of what the factory reads; null: unknown
  };

  static const CallSite& site_of(const AcquireOptions& options, const CallSite& caller) noexcept {
    return options.site.line != 0 ? options.site : caller;
  }

  // What this thread can have at once of a name that it looked up before, or has the id of: a reference for
  // the caller's lease, or null.
  detail::Hold* lend_known(detail::Thread& self, std::string_view name, const OwnerId& owner,
                           const CallSite& site, detail::Moment& moment) noexcept;
  detail::Hold* lend_known(detail::Thread& self, const detail::Lookup& known, const detail::Name& name,
                           const OwnerId& owner, const CallSite& site, detail::Moment& moment) noexcept;
  detail::Hold* lend_known(detail::Thread& self, const detail::ResourceName* name, const OwnerId& owner,
                           const CallSite& site, detail::Moment& moment) noexcept;

  // What has to be looked up, made or waited for.
  Lease lend_in_time(std::string_view name, const OwnerId& owner, const AcquireOptions& options,
                     const CallSite& site);
  std::optional<Lease> try_lend(std::string_view name, const OwnerId& owner, const CallSite& site);

  // Of an id of this manager; throws config_value if it is none.
  const std::string& text_of(const detail::ResourceName* name) const;

  class Gathering;  // of acquire_all

  // An entry, not yet in the registry.
  detail::EntryPtr make_entry(std::string name, std::shared_ptr<IResourceProvider> provider,
                              ProviderOptions options);

  // Puts entries into the registry, all or none; returns the first in the way, or null.
  detail::EntryPtr publish(const std::vector<detail::EntryPtr>& entries);

  std::optional<ProviderFactory> factory(const std::string& type, const std::string& pointer,
                                         std::vector<ConfigIssue>& issues) const;

  // What a declaration comes to: an entry to insert, the registered one if they are equal, or null and
  // issues.
  struct Examined {
    detail::EntryPtr fresh;
    detail::EntryPtr registered;
    std::shared_ptr<IResourceProvider> provider;
  };
  Examined examine(const ResourceDeclaration& declaration, const std::string& pointer,
                   std::vector<ConfigIssue>& issues, bool with_entry);

  void close(Duration drain, Duration grace);

  ResourceStatusReport status_of(const detail::Entry& entry) const;

  const ManagerOptions options;
  const std::shared_ptr<Clock> clock;
  const std::uint32_t process;  // the epoch of the process it belongs to
  const void* const token;      // unlike that of any other manager, past or present
  const std::shared_ptr<detail::WaitGraph> graph;
  const std::shared_ptr<detail::Fences> fences;
  const std::shared_ptr<detail::Registry> registry;
  const std::shared_ptr<detail::Upkeep> upkeep;
  detail::Lifecycle life;

  mutable detail::sync::Mutex mutex;  // of what follows; no user code runs under it
  std::map<std::string, Type, std::less<>> types;
  std::vector<Hook> startup_hooks;
  std::vector<Hook> shutdown_hooks;
  std::size_t started = 0;  // startup hooks that have run
};

}  // namespace leasehold
