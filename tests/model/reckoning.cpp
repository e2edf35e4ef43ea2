// What must be true when everybody waits, and in the end.

#include <fmt/format.h>

#include "world.hpp"

namespace leasehold::model {

// Nobody can go on before time passes: whoever waits in a queue must have a reason.
void World::when_quiet() {
  for (const Pool& pool : pools_)
    if (pool.provider->calls > 0) return;  // what waits for that may have more on its hands
  const auto holds = [](const Worker& worker) { return !worker.held.empty(); };
  if (ending_ > 0 && collecting_ == 0 && scheduler_.helpers_rest() && passed_.empty() &&
      std::none_of(workers_.begin(), workers_.end(), holds))
    scheduler_.fail("the end waits for leases that nobody has");
  if (!manager_ || closing_ || at_work_ == 0) return;
  for (const Pool& pool : pools_) {
    if (!pool.registered) continue;
    const ResourceStatusReport now = manager_->get_resource_status(pool.plan->name);
    if (now.waiting_count == 0 || now.suspended) continue;
    // Who follows another acquire of its owner waits for a helper of that one, too.
    if (plan_.common_owner && !scheduler_.helpers_rest()) continue;
    expect(now.idle_count == 0, pool, "somebody waits for what is idle");
    if (!scheduler_.helpers_rest() || pool.plan->sharing == Sharing::shared || plan_.common_owner) continue;
    expect(now.active_count >= now.max_size, pool, "somebody waits for capacity that nobody uses");
  }
}

void World::reckon() {
  scheduler_
      .do_without_helpers();  // which the threads have met, and an exhaustive search need not meet again
  at_work_ = 0;
  passed_.clear();
  for (Pool& pool : pools_) pool.provider->failing = false;
  if (!closing_) {
    for (Pool& pool : pools_) {
      if (!pool.registered) continue;
      check_capacity(pool);
      check_counters(pool);
    }
  }
  manager_.reset();
}

// When helpers have ended too.
std::string World::left_over() const {
  for (const Pool& pool : pools_) {
    const WatchedProvider& provider = *pool.provider;
    const std::string counted =
        fmt::format("{}: {} live, {} created, {} disposed of, closed {} times", pool.plan->name,
                    provider.live, provider.created, provider.destroyed, provider.closed);
    if (provider.live != 0 || provider.created != provider.destroyed || provider.closed != 1) return counted;
  }
  if (const std::size_t left = OwnerId::living()) return fmt::format("{} owners are left behind", left);
  return {};
}

// With nobody else around everything up to max_size can be had, whatever happened before.
void World::check_capacity(Pool& pool) {
  const std::string& name = pool.plan->name;
  if (pool.plan->breaker.enabled()) manager_->breaker(name).reset();
  PoolConfig calm = pool.plan->config;
  calm.max_lifetime = calm.max_idle_time = calm.keepalive = std::nullopt;
  manager_->resize_pool(name, calm);
  std::vector<Lease> all;
  try {
    for (std::size_t i = 0; i < calm.max_size; ++i) {
      all.push_back(manager_->acquire(name, "last#" + std::to_string(i), {.timeout = forever}));
      ++pool.acquisitions;
      if (!std::exchange(all.back().as<Thing>().lent, true)) ++pool.first_lent;
    }
    if (pool.plan->sharing == Sharing::shared) return;
    expect(!manager_->try_acquire(name, "one too many"), pool, "one more than max_size");
    ++pool.failures;
    ++pool.timeouts;
    expect(pool.provider->live == calm.max_size, pool,
           fmt::format("{} live with {} lent", pool.provider->live, calm.max_size));
  } catch (const Error& error) {
    expect(false, pool, std::string("lost capacity: ") + error.what());
  }
}

void World::check_counters(Pool& pool) {
  const WatchedProvider& provider = *pool.provider;
  const ResourceMetrics m = manager_->get_metrics(pool.plan->name).at(pool.plan->name);
  const auto within = [&](std::uint64_t counted, std::uint64_t least, std::uint64_t most, const char* what) {
    expect(counted >= least && counted <= most, pool,
           fmt::format("counted {} {}, seen {} to {}", counted, what, least, most));
  };
  const auto equal = [&](std::uint64_t counted, std::uint64_t seen, const char* what) {
    within(counted, seen, seen, what);
  };
  equal(m.active, 0, "active");
  equal(m.waiting, 0, "waiting");
  equal(m.revoked_in_use, 0, "revoked in use");
  equal(m.idle, provider.live, "idle");
  equal(provider.live, provider.created - provider.destroyed, "live");
  if (!plan_.metrics)
    return equal(m.acquisitions + m.failures + m.created + m.wait.count, 0, "without metrics");
  const std::uint64_t acquisitions = pool.acquisitions - pool.perhaps_granted;
  within(m.acquisitions, acquisitions, pool.acquisitions, "acquisitions");
  equal(m.failures, pool.failures, "failures");
  equal(m.timeouts, pool.timeouts, "timeouts");
  equal(m.deadlocks, pool.deadlocks, "deadlocks");
  equal(m.created, provider.created, "created");
  equal(m.destroyed, provider.destroyed, "destroyed");
  equal(m.create_failures, provider.create_failures, "failed creations");
  equal(m.creation.count, provider.created + provider.create_failures, "creations measured");
  equal(m.operations, pool.operations, "operations");
  equal(m.operation_failures, pool.operation_failures, "failed operations");
  within(m.wait.count, acquisitions - pool.handed_over, pool.acquisitions, "waits measured");
  within(m.hold.count, acquisitions - pool.perhaps_shared, pool.acquisitions, "holds measured");
  within(m.waits, 0, pool.acquisitions + pool.failures + pool.validations, "waits");
  equal(m.health_failures, provider.validate_failures, "health failures");
  if (pool.plan->sharing == Sharing::shared) return;
  within(m.acquisitions - m.reused, pool.first_lent,
         pool.perhaps_shared + pool.perhaps_granted + provider.created, "first grants");
  within(m.peak_active, 1, pool.plan->largest, "peak");
}

}  // namespace leasehold::model
