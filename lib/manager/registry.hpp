#pragma once

// The names of one manager: read by every acquire, written by registrations.
//
// Threads: any. An Entry lives as long as somebody refers to it; its pool and provider outlive its
// registration.

#include <leasehold/manager.hpp>

#include "manager/health_machine.hpp"
#include "pool/pool.hpp"
#include "sync/sync.hpp"

#include <unordered_map>

namespace leasehold::detail {

struct HealthRun;  // one running health check, see manager/health_monitor.hpp

// What was registered under one name.
struct Entry {
  std::string name;
  std::size_t order = 0;  // of registration: the canonical order of acquire_all
  std::shared_ptr<IResourceProvider> provider;
  std::shared_ptr<Breaker> breaker;
  std::shared_ptr<Pool> pool;
  Metadata metadata;
  BreakerConfig breaker_config;

  // How it was declared, for comparing; private, it may hold secrets. Null: registered from C++.
  nlohmann::json declared;
  std::string declared_type;
  PoolConfig declared_pool;
  std::string origin;

  sync::Atomic<Duration> acquire_timeout{};  // of the pool's configuration, to read it without a lock

  mutable sync::Mutex health_mutex;
  HealthReport last_health;               // under health_mutex
  HealthMachine health;                   // under health_mutex
  std::shared_ptr<HealthRun> health_run;  // under health_mutex; the check that runs, if one does

  sync::Atomic<bool> unregistering = false;  // somebody waits for its leases, and upkeep need not look
  sync::Atomic<bool> tended = false;         // upkeep is at it
};

using EntryPtr = std::shared_ptr<Entry>;

class Registry;

// A name that somebody has the id of, and where it leads now.
struct ResourceName {
  const std::string text;
  const Registry* const registry;  // whose
  // Null: not registered, or visits are not safe here. Look again in a visit of it.
  sync::Atomic<Pool*> pool = nullptr;
  sync::Atomic<std::size_t> order = 0;  // of its registration
};

// Where this thread noted the name, or would note it: one of two places. What is there may be another's.
inline Lookup& lookup(Thread& self, const Name& name) noexcept {
  const std::uint64_t place = name.hash() >> 59;
  Lookup& first = self.lookups[place];
  if (first.name == name) [[likely]]
    return first;
  Lookup& second = self.lookups[place ^ 1];
  return second.name == name || first.version > second.version ? second : first;
}

class Registry {
 public:
  Registry() noexcept { prepare_barriers(); }

  EntryPtr find(std::string_view name) const;  // null if unknown

  // Changes whenever a name is added or removed, and is unlike that of any other registry, past or present.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  const sync::Atomic<std::uint64_t>& sign() const noexcept { return version_; }

  // Notes for this thread where the name leads, if it is known and visits are safe there.
  void remember(Lookup& lookup, std::string_view name) const noexcept;

  // The one of this name, as long as the registry lives.
  const ResourceName& intern(std::string_view name);

  // All or none: adds them unless one of the names is taken; returns the first in the way, or null.
  EntryPtr insert(const std::vector<EntryPtr>& entries);

  // Takes the name out. Null if it was not there.
  EntryPtr remove(std::string_view name);

  // The same, but the entry is kept until its leases have ended, so that somebody closes its provider: who
  // forgets it, or close, which takes all that are left. Null after that too.
  EntryPtr set_aside(std::string_view name);
  std::vector<EntryPtr> kept() const;
  bool forget(const EntryPtr& entry);  // true if its provider serves nothing else now: to be closed
  // Once: those that are registered, in order, and those that were kept.
  std::vector<EntryPtr> close() noexcept;

  std::vector<EntryPtr> in_order() const;  // of registration
  std::vector<std::string> names() const;  // alphabetically
  std::size_t next_order() noexcept { return order_.fetch_add(1, std::memory_order_relaxed); }

 private:
  struct NameHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Names = std::unordered_map<std::string, EntryPtr, NameHash, std::equal_to<>>;

  void change_version() noexcept;                                 // lock
  void lead(std::string_view name, const Entry* entry) noexcept;  // lock: to it from now on, or nowhere
  EntryPtr take(std::string_view name);                           // lock
  void list(std::vector<EntryPtr>& all) const;                    // lock: those registered, in order

  mutable sync::SharedMutex mutex_;
  sync::Atomic<std::uint64_t> version_ = 0;
  Names by_name_;
  std::unordered_map<std::string_view, std::unique_ptr<ResourceName>>
      interned_;  // keys point into the values
  std::vector<EntryPtr> kept_;
  std::vector<EntryPtr> closing_;  // empty, with room for all: closing needs no memory
  bool closed_ = false;
  sync::Atomic<std::size_t> order_ = 0;
};

}  // namespace leasehold::detail
