#pragma once

// The names of one manager: read by every acquire, written by registrations.
//
// Threads: any. An Entry lives as long as somebody refers to it; its pool and provider outlive its
// registration.

#include <leasehold/manager.hpp>

#include "manager/health_machine.hpp"
#include "pool/pool.hpp"

#include <map>
#include <mutex>
#include <shared_mutex>

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

  std::atomic<Duration> acquire_timeout{};  // of the pool's configuration, to read it without a lock

  mutable std::mutex health_mutex;
  HealthReport last_health;               // under health_mutex
  HealthMachine health;                   // under health_mutex
  std::shared_ptr<HealthRun> health_run;  // under health_mutex; the check that runs, if one does
};

using EntryPtr = std::shared_ptr<Entry>;

class Registry {
 public:
  EntryPtr find(std::string_view name) const;  // null if unknown

  // All or none: adds them unless one of the names is taken; returns the first in the way, or null.
  EntryPtr insert(const std::vector<EntryPtr>& entries);

  // Takes the name out. Null if it was not there.
  EntryPtr remove(std::string_view name);

  // Unregistered while leases of it live: kept until they have ended.
  void keep(EntryPtr entry);
  std::vector<EntryPtr> kept() const;
  bool forget(const EntryPtr& entry);  // false if another thread did

  std::vector<EntryPtr> in_order() const;                // of registration
  std::vector<std::string> names() const;                // alphabetically
  bool serves(const IResourceProvider& provider) const;  // whether it is that of a name or of a kept one
  std::size_t next_order() noexcept { return order_.fetch_add(1, std::memory_order_relaxed); }

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, EntryPtr, std::less<>> by_name_;
  std::vector<EntryPtr> kept_;
  std::atomic<std::size_t> order_ = 0;
};

}  // namespace leasehold::detail
