// The thread that steers, and what must be true when everybody is done.

#include <eventually.hpp>

#include "storm.hpp"

namespace leasehold::storm {

using test::eventually;

namespace {}  // namespace

void Storm::steer(Dice dice, const std::atomic<bool>& over) {
  const std::size_t close_at = 5 + dice.below(40);
  for (std::size_t i = 0; !over; ++i) {
    try {
      if (plan_.closing && i == close_at) {
        manager_->close(dice.one_of<Duration>({0ns, 1ms, 20s}));
        return;
      }
      steer_once(dice);
    } catch (const std::exception& error) {
      violations_.add(std::string("steering: ") + error.what());
    }
    std::this_thread::sleep_for(std::chrono::microseconds(dice.below(400)));
  }
}

void Storm::steer_once(Dice& dice) {
  Pool& pool = *pools_[dice.below(pools_.size())];
  const std::string& name = pool.plan.name;
  switch (dice.below(12)) {
    case 0:
      return manager_->evict(name);
    case 1:
      static_cast<void>(manager_->validate_resource(name));
      return;
    case 2:
      if (!plan_.maintenance) static_cast<void>(manager_->maintain());
      return;
    case 3:
      if (plan_.resizing) {
        PoolConfig config = pool.plan.config;
        config.max_size = 1 + dice.below(pool.plan.largest);
        config.min_size = std::min(config.min_size, config.max_size);
        manager_->resize_pool(name, config);
      }
      return;
    case 4:
      if (plan_.suspending) {
        manager_->suspend(name);
        std::this_thread::sleep_for(std::chrono::microseconds(dice.below(1000)));
        manager_->resume(name);
      }
      return;
    case 5:
      if (plan_.unhealthy) {
        pool.provider->unhealthy = !pool.provider->unhealthy.load();
        static_cast<void>(manager_->health_check(name));
      }
      return;
    case 6:
      if (plan_.churning) {
        if (manager_->unregister_provider("churning", dice.one_of<Duration>({0ns, 1ms}))) return;
        churned_.push_back(std::make_shared<WatchedProvider>(churning_, plan_.seed, violations_));
        churned_.back()->strict = false;  // it counts for itself; the plan of the next one begins anew
        manager_->register_provider("churning", churned_.back(), {.pool = churning_.config});
      }
      return;
    default: {
      Worker& worker = *workers_[dice.below(workers_.size())];
      const std::lock_guard lock(worker.mutex);
      if (worker.stopped_at.load() == 0)
        worker.stopped_at = Clock::steady()->now().time_since_epoch().count();
      worker.stop.request_stop();
    }
  }
}

void Storm::expect(bool good, const Pool& pool, const std::string& what) {
  if (!good) violations_.add(pool.plan.name + ": " + what);
}

void Storm::reckon() {
  for (const auto& pool : pools_) {
    pool->provider->failing = false;
    pool->provider->unhealthy = false;
  }
  if (!plan_.closing) {
    for (const auto& pool : pools_) {
      check_capacity(*pool);
      check_counters(*pool);
    }
    if (plan_.metrics) {
      std::uint64_t revoked = 0;
      for (const auto& [name, metrics] : manager_->get_metrics())
        if (name != "churning") revoked += metrics.revoked;
      // What the churning name lost was counted by who took it, and is not in these.
      if (plan_.churning ? revoked > revoked_ : revoked != revoked_)
        violations_.add("revoked " + std::to_string(revoked) + ", seen " + std::to_string(revoked_.load()));
    }
  }
  manager_->close(0ns);
  for (const auto& pool : pools_) {
    expect(eventually([&] { return pool->provider->live == 0; }), *pool, "resources left after close");
    expect(pool->provider->created == pool->provider->destroyed, *pool, "created and not disposed of");
    expect(pool->provider->closed == 1, *pool, "its provider was not closed once");
  }
  for (const auto& provider : churned_) {
    if (!eventually([&] { return provider->live == 0; })) violations_.add("churning: resources left");
    if (provider->closed != 1)
      violations_.add("churning: its provider was closed " + std::to_string(provider->closed) + " times");
  }
}

// With nobody else around everything up to max_size can be had, whatever happened before.
void Storm::check_capacity(Pool& pool) {
  const std::string& name = pool.plan.name;
  if (pool.plan.breaker.enabled()) manager_->breaker(name).reset();
  PoolConfig calm = pool.plan.config;
  calm.max_lifetime = calm.max_idle_time = calm.keepalive = std::nullopt;
  manager_->resize_pool(name, calm);
  std::vector<Lease> all;
  const std::size_t count = pool.plan.config.max_size;
  try {
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back(manager_->acquire(name, "last#" + std::to_string(i), {.timeout = 20s}));
      ++pool.ledger.acquisitions;
      Thing& thing = all.back().as<Thing>();
      if (pool.plan.sharing == Sharing::exclusive && !thing.lent.exchange(true)) ++pool.ledger.first_lent;
    }
    if (pool.plan.sharing == Sharing::exclusive) {
      expect(!manager_->try_acquire(name, "one too many"), pool, "one more than max_size");
      ++pool.ledger.failures;
      ++pool.ledger.timeouts;
      expect(pool.provider->live == count, pool,
             std::to_string(pool.provider->live) + " live with " + std::to_string(count) + " lent");
    }
    expect(manager_->get_resource_owners(name).size() == count, pool, "owners are missing");
  } catch (const Error& error) {
    violations_.add(name + ": lost capacity: " + error.what());
  }
}

// Maintenance and late creations may still be at it, so that what differs now need not differ in the end.
void Storm::check_counters(Pool& pool) {
  std::vector<std::string> wrong;
  eventually([&] { return (wrong = differences(pool)).empty(); });
  for (const std::string& one : wrong) expect(false, pool, one);
}

std::vector<std::string> Storm::differences(const Pool& pool) const {
  std::vector<std::string> wrong;
  const Ledger& seen = pool.ledger;
  const WatchedProvider& provider = *pool.provider;
  const ResourceMetrics m = manager_->get_metrics(pool.plan.name).at(pool.plan.name);
  const auto within = [&](std::uint64_t counted, std::uint64_t least, std::uint64_t most, const char* what) {
    if (counted < least || counted > most)
      wrong.push_back(std::string(what) + " " + std::to_string(counted) + ", seen " + std::to_string(least) +
                      (least == most ? "" : " to " + std::to_string(most)));
  };
  const auto equal = [&](std::uint64_t counted, std::uint64_t logged, const char* what) {
    within(counted, logged, logged, what);
  };
  equal(m.active, 0, "active");
  equal(m.waiting, 0, "waiting");
  equal(m.revoked_in_use, 0, "revoked in use");
  equal(m.idle, provider.live, "idle");
  equal(provider.live, provider.created - provider.destroyed, "live");
  if (!plan_.metrics) {
    equal(m.acquisitions + m.failures + m.created + m.wait.count, 0, "counted without metrics");
    return wrong;
  }
  equal(m.acquisitions, seen.acquisitions, "acquisitions");
  equal(m.failures, seen.failures, "failures");
  equal(m.timeouts, seen.timeouts, "timeouts");
  equal(m.deadlocks, seen.deadlocks, "deadlocks");
  equal(m.created, provider.created, "created");
  equal(m.destroyed, provider.destroyed, "destroyed");
  equal(m.create_failures, provider.create_failures, "failed creations");
  equal(m.creation.count, provider.created + provider.create_failures, "creations measured");
  equal(m.operations, seen.operations, "operations");
  equal(m.operation_failures, seen.operation_failures, "failed operations");
  within(m.wait.count, seen.acquisitions - seen.handed_over, seen.acquisitions, "waits measured");
  within(m.hold.count, seen.acquisitions - seen.perhaps_shared, seen.acquisitions, "holds measured");
  within(m.waits, 0, seen.acquisitions + seen.failures, "waits");
  within(m.health_failures, provider.validate_failures,
         plan_.unhealthy ? ~std::uint64_t{0} : provider.validate_failures.load(), "health failures");
  if (pool.plan.sharing == Sharing::exclusive) {
    within(m.acquisitions - m.reused, seen.first_lent, seen.perhaps_shared + provider.created,
           "first grants");
    within(m.peak_active, 1, pool.plan.largest, "peak");
  }
  return wrong;
}

}  // namespace leasehold::storm
