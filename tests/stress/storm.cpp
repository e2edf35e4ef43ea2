#include "storm.hpp"

#include <algorithm>

namespace leasehold::storm {

namespace {

constexpr auto grace = 2s;  // between a decision inside acquire and the clock that is read after it
thread_local std::vector<std::string> skipped;  // optional resources of this thread's acquire_all

Clock::time_point now() {
  return Clock::steady()->now();
}

}  // namespace

// Marks the resource as used by this owner, and finds whoever else does.
class Storm::Use {
 public:
  Use(Storm& storm, Pool& pool, Thing& thing, std::uint64_t fence, const OwnerId& owner, bool alone)
      : thing_(thing) {
    if (pool.plan.sharing == Sharing::shared) return;
    bool first = false;
    entered_ = thing.enter(storm.number_of(owner), first);
    if (!entered_) storm.violations_.add(pool.plan.name + ": two owners on one exclusive resource");
    if (!thing.lent.exchange(true)) ++pool.ledger.first_lent;
    if (!entered_ || !alone) return;
    ++thing.scratch;
    if (fence == 0) return;  // revoked meanwhile
    if (first && fence <= thing.fence) storm.violations_.add(pool.plan.name + ": the fence did not grow");
    thing.fence = fence;
  }
  ~Use() { end(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  void end() noexcept {
    if (std::exchange(entered_, false)) thing_.leave();
  }

 private:
  Thing& thing_;
  bool entered_ = false;
};

Storm::Storm(const Plan& plan) : plan_(plan), common_("common") {
  ManagerOptions options;
  options.metrics = plan.metrics;
  options.maintenance = plan.maintenance;
  options.deadlock_check = 5ms;
  options.logger = [this](LogLevel level, std::string_view message) { on_log(level, message); };
  manager_ = std::make_unique<ResourceManager>(std::move(options));
  for (const PoolPlan& planned : plan.pools) {
    auto pool = std::make_unique<Pool>();
    pool->plan = planned;
    pool->provider = std::make_shared<WatchedProvider>(planned, plan.seed + pools_.size(), violations_);
    pool->provider->strict = !plan.revoking && !plan.closing;
    pools_.push_back(std::move(pool));
    manager_->register_provider(planned.name, pools_.back()->provider,
                                {.pool = planned.config, .breaker = planned.breaker});
  }
  churning_.name = "churning";
  churning_.config.max_size = 2;
  for (std::size_t i = 0; i < plan.threads; ++i) {
    auto worker = std::unique_ptr<Worker>(new Worker{
        i, Dice(plan.seed * 64 + i), OwnerId("worker#" + std::to_string(i)), {}, std::stop_source(), {}});
    workers_.push_back(std::move(worker));
  }
}

Storm::Pool* Storm::find(std::string_view name) noexcept {
  for (const auto& pool : pools_)
    if (pool->plan.name == name) return pool.get();
  return nullptr;
}

// Which optional resource an acquire_all goes without is only told to the logger.
void Storm::on_log(LogLevel, std::string_view message) {
  constexpr std::string_view start = "going without optional resource '";
  if (!message.starts_with(start)) return;
  message.remove_prefix(start.size());
  const std::string name(message.substr(0, message.find('\'')));
  message.remove_prefix(std::min(message.size(), name.size() + 3));
  if (Pool* const pool = find(name)) {
    skipped.push_back(name);
    ++pool->ledger.failures;
    if (message.starts_with("acquire.timeout")) ++pool->ledger.timeouts;
    if (message.starts_with("acquire.deadlock")) ++pool->ledger.deadlocks;
  }
}

void Storm::run() {
  std::atomic<bool> over = false;
  {
    std::jthread steering([&] { steer(Dice(plan_.seed * 64 + 63), over); });
    {
      std::vector<std::jthread> threads;
      for (const auto& worker : workers_) threads.emplace_back([&, this] { work(*worker); });
    }
    over = true;
  }
  reckon();
}

void Storm::work(Worker& worker) {
  try {
    for (std::size_t i = 0; i < plan_.steps && !manager_->closed(); ++i) step(worker);
  } catch (const std::exception& error) {
    violations_.add(std::string("unexpected: ") + error.what());
  } catch (...) {
    violations_.add("unexpected: a foreign exception");
  }
}

void Storm::step(Worker& worker) {
  Dice& dice = worker.dice;
  Pool& pool = *pools_[dice.below(pools_.size())];
  switch (dice.below(16)) {
    case 0:
    case 1:
      return lend_all(worker);
    case 2:
    case 3:
      if (plan_.common_owner) return lend_common(worker, pool);
      break;
    case 4:
    case 5:
      if (plan_.nesting) return lend_nested(worker);
      break;
    case 6:
      if (plan_.revoking) return revoke(worker, pool);
      break;
    case 7:
      if (plan_.churning) return lend_churning(worker);
      break;
    case 8:
      return look(worker, pool);
    default:
      break;
  }
  lend(worker, pool);
}

// What an acquire that failed says must be possible, and name the resource.
void Storm::failed(Pool& pool, const Error& error, const Limits& limits, bool counted) {
  const auto wrong = [&](const char* what) {
    violations_.add(pool.plan.name + ": " + what + ": " + error.what());
  };
  if (error.reason() == errc::acquire_closed && error.resource().empty()) counted = false;
  if (counted) ++pool.ledger.failures;
  switch (error.reason()) {
    case errc::acquire_timeout:
      if (counted) ++pool.ledger.timeouts;
      if (limits.timeout >= 20s) wrong("a waiter was stuck");
      break;
    case errc::acquire_exhausted:
      if (!pool.plan.config.max_waiters) wrong("refused without max_waiters");
      break;
    case errc::acquire_deadlock:
      if (counted) ++pool.ledger.deadlocks;
      if (!plan_.nesting && !plan_.revoking) wrong("a false alarm of deadlock");
      break;
    case errc::acquire_cancelled:
      if (!limits.stoppable) wrong("cancelled by nobody");
      break;
    case errc::acquire_closed:
      if (!plan_.closing) wrong("closed by nobody");
      return;
    case errc::breaker_open:
      if (!pool.plan.breaker.enabled()) wrong("a breaker that is none");
      break;
    case errc::db_unreachable:
    case errc::resource_create_failed:
      if (pool.plan.acquire_fails == 0) wrong("a creation that did not fail");
      break;
    default:
      wrong("an error that cannot be");
  }
  if (error.resource() != pool.plan.name) wrong("the error does not name its resource");
}

std::optional<Lease> Storm::acquire(Worker& worker, Pool& pool, const OwnerId& owner, Limits limits,
                                    bool perhaps_shared) {
  std::stop_token token;
  worker.stopped_at = 0;
  if (limits.stoppable) {
    const std::lock_guard lock(worker.mutex);
    worker.stop = std::stop_source();
    token = worker.stop.get_token();
  }
  const auto deadline = now() + limits.timeout;
  try {
    const AcquireOptions options{.timeout = limits.timeout, .stop = token};
    Lease lease = worker.dice.chance(500)
                      ? manager_->acquire(manager_->resource_id(pool.plan.name), owner, options)
                      : manager_->acquire(pool.plan.name, owner, options);
    const auto served = now();
    ++pool.ledger.acquisitions;
    if (perhaps_shared) ++pool.ledger.perhaps_shared;
    if (limits.timeout > 0ns && served > deadline + grace) violations_.add(pool.plan.name + ": served late");
    const auto stopped = worker.stopped_at.load();
    if (limits.stoppable && stopped != 0 && served.time_since_epoch() > Duration(stopped) + grace)
      violations_.add(pool.plan.name + ": served after its stop");
    if (lease && !(lease.owner() == owner)) violations_.add(pool.plan.name + ": lent to another owner");
    return lease;
  } catch (const Error& error) {
    failed(pool, error, limits, true);
    return std::nullopt;
  }
}

// Uses what was lent, and ends the lease in one of all possible ways.
void Storm::use(Worker& worker, Pool& pool, Lease& lease, const OwnerId& owner) {
  Dice& dice = worker.dice;
  const bool alone = pool.plan.sharing == Sharing::exclusive;
  try {
    Use using_it(*this, pool, lease.as<Thing>(), lease.fence(), owner, alone);
    switch (dice.below(12)) {
      case 0:
        std::this_thread::yield();
        break;
      case 1:
        std::this_thread::sleep_for(std::chrono::microseconds(dice.below(300)));
        break;
      case 2:
        lease.discard();
        break;
      case 3: {  // once more by the same owner
        std::optional<Lease> nested = acquire(worker, pool, owner, {}, true);
        if (nested && *nested)
          Use nested_use(*this, pool, nested->as<Thing>(), nested->fence(), owner, false);
        break;
      }
      case 4: {
        ++pool.ledger.operations;
        try {
          lease.call("work", nlohmann::json::object());
        } catch (const CircuitOpenError&) {
          --pool.ledger.operations;
        } catch (const ConnectionError&) {
          ++pool.ledger.operation_failures;
        } catch (const StateError&) {  // revoked before it began
          --pool.ledger.operations;
          throw;
        }
        break;
      }
      case 5:
        using_it.end();
        manager_->release(pool.plan.name, owner);
        if (lease) violations_.add(pool.plan.name + ": released by name, and still there");
        break;
      case 6: {
        using_it.end();
        const OwnerId heir(owner.name() + "/heir");
        lease.hand_over(heir);
        ++pool.ledger.acquisitions;
        ++pool.ledger.handed_over;
        Use by_heir(*this, pool, lease.as<Thing>(), lease.fence(), heir, alone);
        break;
      }
      default:
        break;
    }
  } catch (const StateError& error) {
    if (error.reason() != errc::lease_revoked || !(plan_.revoking || plan_.closing))
      violations_.add(pool.plan.name + ": " + error.what());
  }
  lease.release();
}

void Storm::lend(Worker& worker, Pool& pool) {
  Dice& dice = worker.dice;
  Limits limits;
  if (dice.chance(250)) limits.timeout = dice.one_of<Duration>({0ns, 50us, 500us, 2ms});
  limits.stoppable = dice.chance(150);
  if (std::optional<Lease> lease = acquire(worker, pool, worker.owner, limits, false))
    use(worker, pool, *lease, worker.owner);
}

// Several threads for one owner: they share what it holds.
void Storm::lend_common(Worker& worker, Pool& pool) {
  std::optional<Lease> lease = acquire(worker, pool, common_, {}, true);
  if (!lease) return;
  try {
    Use using_it(*this, pool, lease->as<Thing>(), lease->fence(), common_, false);
    std::this_thread::yield();
  } catch (const StateError& error) {
    if (error.reason() != errc::lease_revoked || !plan_.closing) violations_.add(error.what());
  }
}

// Holds one while it waits for others, in whatever order.
void Storm::lend_nested(Worker& worker) {
  std::vector<Lease> held;
  const std::size_t depth = 1 + worker.dice.below(pools_.size());
  for (std::size_t i = 0; i < depth; ++i) {
    Pool& pool = *pools_[worker.dice.below(pools_.size())];
    std::optional<Lease> lease = acquire(worker, pool, worker.owner, {}, true);
    if (!lease) break;
    held.push_back(std::move(*lease));
    if (worker.dice.chance(300)) std::this_thread::yield();
  }
  if (worker.dice.chance(300)) manager_->release_all(worker.owner);
}

void Storm::lend_all(Worker& worker) {
  Dice& dice = worker.dice;
  std::vector<ResourceRequirement> wanted;
  std::vector<Pool*> pools;
  for (const auto& pool : pools_) {
    if (!dice.chance(700)) continue;
    ResourceRequirement requirement{.name = pool->plan.name, .required = dice.chance(700)};
    if (!requirement.required && dice.chance(500)) requirement.timeout = 100us;
    wanted.push_back(requirement);
    pools.push_back(pool.get());
  }
  if (wanted.empty()) return;
  if (dice.chance(500)) std::reverse(wanted.begin(), wanted.end());
  Limits limits;
  if (dice.chance(200)) limits.timeout = 1ms;
  skipped.clear();
  const auto skips = [](const Pool* pool) {
    return std::find(skipped.begin(), skipped.end(), pool->plan.name) != skipped.end();
  };
  try {
    const AcquireOptions options{.timeout = limits.timeout};
    LeaseSet leases = dice.chance(500)
                          ? manager_->acquire_all(manager_->prepare(wanted), worker.owner, options)
                          : manager_->acquire_all(wanted, worker.owner, options);
    for (Pool* pool : pools)
      if (!skips(pool)) ++pool->ledger.acquisitions;
    for (LeaseSet::Entry& entry : leases)
      if (entry.lease && dice.chance(500)) use(worker, *find(entry.name), entry.lease, worker.owner);
  } catch (const Error& error) {
    // In the order of registration: those before the one that failed had been granted.
    Pool* const culprit = find(error.resource());
    if (!culprit && error.reason() != errc::acquire_closed && error.reason() != errc::resource_create_failed)
      violations_.add(std::string("acquire_all does not name the resource: ") + error.what());
    for (Pool* pool : pools) {
      if (!culprit || pool == culprit) break;
      if (!skips(pool)) ++pool->ledger.acquisitions;
    }
    if (culprit) failed(*culprit, error, limits, true);
  }
}

void Storm::lend_churning(Worker& worker) {
  try {
    const AcquireOptions options{.timeout = 1ms};
    Lease lease = worker.dice.chance(500)
                      ? manager_->acquire(manager_->resource_id("churning"), worker.owner, options)
                      : manager_->acquire("churning", worker.owner, options);
    std::this_thread::yield();
    if (worker.dice.chance(500)) lease.discard();
  } catch (const Error& error) {
    switch (error.reason()) {
      case errc::resource_unknown:
      case errc::acquire_closed:
      case errc::acquire_timeout:
        return;
      default:
        violations_.add(std::string("churning: ") + error.what());
    }
  }
}

void Storm::revoke(Worker& worker, Pool& pool) {
  const Worker& victim = *workers_[worker.dice.below(workers_.size())];
  if (&victim == &worker) return;
  if (worker.dice.chance(700))
    revoked_ += manager_->release(pool.plan.name, victim.owner);
  else
    revoked_ += manager_->release_all(victim.owner);
}

void Storm::look(Worker& worker, Pool& pool) {
  const ResourceStatusReport status = manager_->get_resource_status(pool.plan.name);
  if (!status.provider_exists || !status.has_pool) violations_.add(pool.plan.name + ": gone from the status");
  if (pool.plan.sharing == Sharing::exclusive && status.owners.size() > pool.plan.largest)
    violations_.add(pool.plan.name + ": more holders than max_size");
  for (const HolderInfo& holder : status.owners)
    if (holder.owner.empty() || holder.site.empty() || holder.age < 0ns)
      violations_.add(pool.plan.name + ": a holder without owner, site or age");
  if (manager_->has_resource(pool.plan.name, worker.owner))
    violations_.add(pool.plan.name + ": an owner that holds nothing has it");
}

}  // namespace leasehold::storm
