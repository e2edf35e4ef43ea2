// How the threads of a plan acquire, and what must be true of what they get and of what they are refused.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "world.hpp"

namespace leasehold::model {

void World::acquire(Worker& worker, const Step& step) {
  Pool& pool = pools_[step.pool];
  Scheduler::Actor& self = scheduler_.self();
  AcquireOptions options;
  options.deadline = clock_->now() + step.time;
  worker.stopped = false;
  if (step.stoppable) options.stop = worker.stop.emplace().get_token();
  self.limit = *options.deadline;
  self.late = false;
  const bool shares = holds(pool, step.owner);
  const std::vector<Waiting> before = waiting(pool);
  ++worker.acquires;
  self.has_parked = false;
  if (worker.held.empty() && step.time == forever) worker.waits_for = &pool;
  const bool suspended = pool.suspended && pool.resuming == 0;
  const std::size_t resumes = pool.resumes;
  try {
    const OwnerId owner(step.owner);
    if (step.forgets) {
      const Scheduler::Alone alone(scheduler_);
      forget_names(*self.thread);
    }
    Lease lease = worker.number % 2 == 0 ? manager_->acquire(pool.id, owner, options)
                                         : manager_->acquire(pool.plan->name, owner, options);
    expect(!self.late, pool, worker.stopped ? "served after its stop" : "served after its deadline");
    expect(!suspended || shares || pool.resumes != resumes, pool, "lent while it was suspended");
    if (shares) ++pool.perhaps_shared;
    ++pool.acquisitions;
    worker.waits_for = nullptr;
    keep(worker, pool, step.owner, std::move(lease), shares);
    if (!shares) check_order(pool, before);
  } catch (const Error& error) {
    worker.waits_for = nullptr;
    failed(worker, pool, error, step);
  }
  self.limit = Clock::never;
  worker.stop.reset();
}

void World::try_acquire(Worker& worker, const Step& step) {
  Pool& pool = pools_[step.pool];
  const bool shares = holds(pool, step.owner);
  const std::vector<Waiting> before = waiting(pool);
  try {
    std::optional<Lease> lease = worker.number % 2 == 0 ? manager_->try_acquire(pool.id, step.owner)
                                                        : manager_->try_acquire(pool.plan->name, step.owner);
    if (lease) {
      if (shares) ++pool.perhaps_shared;
      ++pool.acquisitions;
      keep(worker, pool, step.owner, std::move(*lease), shares);
      if (!shares) check_order(pool, before);
    } else {
      ++pool.failures;
      ++pool.timeouts;
    }
  } catch (const Error& error) {
    failed(worker, pool, error, step);
  }
}

void World::acquire_all(Worker& worker, const Step& step) {
  const Counted collecting(collecting_);
  std::vector<bool> shares;
  for (const Pool& pool : pools_) shares.push_back(holds(pool, step.owner));
  const auto granted = [&](std::size_t i) {
    ++pools_[i].acquisitions;
    if (shares[i]) ++pools_[i].perhaps_shared;
  };
  try {
    const AcquireOptions options{.timeout = step.time};
    LeaseSet leases = worker.number % 2 == 0
                          ? manager_->acquire_all(all_pools_, step.owner, options)
                          : manager_->acquire_all(all_pools_.requirements(), step.owner, options);
    for (std::size_t i = 0; i < pools_.size(); ++i) {
      granted(i);
      keep(worker, pools_[i], step.owner, std::move(leases.at(pools_[i].plan->name)), shares[i]);
    }
  } catch (const Error& error) {
    // In the order of registration: those before the one that failed had been granted, unless all names are
    // looked up first.
    Pool* const at = find(error.resource());
    for (std::size_t i = 0; at && i < pools_.size() && &pools_[i] != at; ++i) {
      if (error.reason() != errc::resource_unknown) {
        granted(i);
      } else {
        ++pools_[i].acquisitions;
        ++pools_[i].perhaps_granted;
      }
    }
    failed(worker, at ? *at : pools_[0], error, step);
  }
}

// What an acquire that failed says must be possible, and name the resource.
void World::failed(Worker& worker, Pool& pool, const Error& error, const Step& step) {
  const PoolPlan& plan = *pool.plan;
  const auto require = [&](bool possible) {
    expect(possible, pool, std::string("an error that cannot be: ") + error.what());
  };
  const errc code = error.reason();
  if (may_be(code, {errc::resource_unknown, errc::acquire_closed})) {
    if (error.resource() == plan.name && code == errc::acquire_closed) ++pool.failures;
    return require(closing_ || plan_.does(Action::unregister));
  }
  require(error.resource() == plan.name);
  ++pool.failures;
  if (code == errc::acquire_timeout) ++pool.timeouts;
  if (code == errc::acquire_deadlock) ++pool.deadlocks;
  switch (code) {
    case errc::acquire_timeout:
      return expect(step.time < forever || step.action == Action::try_acquire || !plan_.waits_end(), pool,
                    std::string("a waiter was stuck: ") + error.what());
    case errc::acquire_exhausted:
      return require(plan.config.max_waiters.has_value());
    case errc::acquire_deadlock:
      return require(!worker.held.empty() || step.action == Action::acquire_all || plan_.does(Action::pass));
    case errc::acquire_cancelled:
      return require(worker.stopped);
    case errc::breaker_open:
      return require(plan.breaker.enabled());
    default:
      return require(may_be(code, {errc::db_unreachable, errc::resource_create_failed}) &&
                     plan.acquire_fails > 0);
  }
}

bool World::holds(const Pool& pool, const std::string& owner) const {
  const auto has = [&](const Held& held) { return held.pool == &pool && held.owner == owner; };
  return owner == "common" || std::any_of(passed_.begin(), passed_.end(), has) ||
         std::any_of(workers_.begin(), workers_.end(), [&](const Worker& worker) {
           return std::any_of(worker.held.begin(), worker.held.end(), has);
         });
}

// Who has parked in an acquire from the pool: in its queue, or with a slot of its own that is being filled.
std::vector<World::Waiting> World::waiting(const Pool& pool) const {
  std::vector<Waiting> all;
  for (const Worker& worker : workers_)
    if (worker.waits_for == &pool && scheduler_.actors()[worker.number].has_parked)
      all.push_back({&worker, worker.acquires});
  return all;
}

// After a grant, with those that waited before it was asked for: each of them must have a slot by now.
void World::check_order(const Pool& pool, const std::vector<Waiting>& before) {
  if (before.empty() || !plan_.keeps_order(*pool.plan)) return;
  const auto still_waits = [&](const Waiting& one) {
    return one.worker->waits_for == &pool && one.worker->acquires == one.acquire && !one.worker->stopped &&
           !scheduler_.actors()[one.worker->number].late;
  };
  std::set<const Thing*> lent;
  for (const Worker& worker : workers_)
    for (const Held& held : worker.held)
      if (held.pool == &pool && held.thing) lent.insert(held.thing);
  const auto waiting = static_cast<std::size_t>(std::count_if(before.begin(), before.end(), still_waits));
  expect(lent.size() + waiting <= pool.plan->config.max_size, pool, "somebody who waited was overtaken");
}

void World::keep(Worker& worker, Pool& pool, const std::string& owner, Lease lease, bool shares) {
  worker.held.push_back({std::move(lease), &pool, owner, worker.number, nullptr});
  Held& held = worker.held.back();
  mark(held);
  if (!plan_.fences || !held.thing || pool.plan->sharing == Sharing::shared) return;
  const std::uint64_t fence = held.lease.fence();
  if (fence == 0) return;  // revoked meanwhile
  expect(shares || fence > held.thing->fence, pool, "a fence that is not above the one before");
  held.thing->fence = std::max(held.thing->fence, fence);
}

}  // namespace leasehold::model
