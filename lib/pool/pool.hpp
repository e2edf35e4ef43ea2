#pragma once

// Pool: the bounded set of resources of one registered name, lent to owners.
//
// Threads: any, for every member. No user code (provider, logger, stop callbacks) runs under a lock.
// Lifetime: open() gives a handle; when its last copy goes, what is idle is disposed of and what is still
// lent is detached: leases stay usable, and their resources are disposed of when they end.

#include <leasehold/breaker.hpp>
#include <leasehold/holder.hpp>
#include <leasehold/lease.hpp>
#include <leasehold/log.hpp>
#include <leasehold/metrics.hpp>
#include <leasehold/pool.hpp>
#include <leasehold/provider.hpp>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace leasehold::detail {

class WaitGraph;  // who waits for what in one manager; see pool/wait_graph.hpp
class PoolCore;   // the slots and the queue; see pool/core.hpp

std::shared_ptr<WaitGraph> make_wait_graph();

struct PoolSetup {
  std::string name;
  std::size_t order = 0;  // of registration, the manager's canonical order
  std::shared_ptr<IResourceProvider> provider;
  PoolConfig config = {};
  std::shared_ptr<Breaker> breaker = nullptr;  // null: none
  std::shared_ptr<Clock> clock = nullptr;      // null: Clock::steady()
  Logger logger = nullptr;
  bool metrics = true;
  std::shared_ptr<WaitGraph> graph = nullptr;                   // one per manager; null: one of its own
  std::shared_ptr<std::atomic<std::uint64_t>> fence = nullptr;  // one per manager; null: one of its own
  Duration deadlock_check = std::chrono::milliseconds(20);
  const void* manager = nullptr;  // whose pool it is, for release_all
};

struct PoolCounts {
  std::size_t total = 0;   // resources live or being made; never above max_size
  std::size_t active = 0;  // holds: one per owner that has one
  std::size_t idle = 0;
  std::size_t creating = 0;  // being opened
  std::size_t waiting = 0;
  std::size_t revoked_in_use = 0;  // revoked, not let go yet; counted in none of the above
};

class Pool {
 public:
  static std::shared_ptr<Pool> open(PoolSetup setup);
  explicit Pool(PoolSetup setup);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  const std::string& name() const noexcept;
  std::size_t order() const noexcept;
  const std::shared_ptr<IResourceProvider>& provider() const noexcept;
  const std::shared_ptr<Breaker>& breaker() const noexcept;
  PoolConfig config() const;

  // Lends a resource, made if need be; waits until `deadline` if may_wait, else not at all (creation and
  // validation still run, bounded by `deadline`). The same owner shares what it holds already. Throws
  // PoolExhaustedError (acquire_timeout, acquire_exhausted), DeadlockError, CircuitOpenError, Error with
  // acquire_cancelled, StateError with acquire_closed or acquire_forked, ConfigError for nobody, or what the
  // provider threw (anything but a leasehold::Error as resource_create_failed).
  Lease acquire(const OwnerId& owner, Clock::time_point deadline, bool may_wait, std::stop_token stop,
                CallSite site);

  // Takes back what the owner holds: returns it if this thread acquired it and nobody else touched it, else
  // revokes it. False if it holds nothing.
  bool release(const OwnerId& owner);
  bool holds(const OwnerId& owner) const;

  std::vector<HolderInfo> holders() const;  // oldest first
  ResourceMetrics metrics() const;
  PoolCounts counts() const;
  bool suspended() const noexcept;
  bool closed() const noexcept;

  void resize(PoolConfig config);
  void suspend();
  void resume();
  void evict();              // idle ones go now, held ones at their return
  void retire_generation();  // the same, for a resource whose health went bad; counts a health failure

  // One round of upkeep: refill, idle eviction, lifetime, keepalive, leak watch. Returns when the next is
  // due.
  Clock::time_point maintain();

  // Borrows an idle one, or opens one, and validates it. False if it is unusable or could not be had.
  bool validate_one(Clock::time_point deadline);

  void begin_close();                      // no acquire any more; every waiter fails with acquire_closed
  bool drain(Clock::time_point deadline);  // waits until nothing is lent; disposes of what is idle
  void detach_all();                       // revokes what is left

 private:
  std::shared_ptr<PoolCore> core_;
};

// Takes back everything the owner holds from the pools of one manager. Costs only what the owner holds.
std::size_t release_all(const OwnerId& owner, const void* manager);

}  // namespace leasehold::detail
