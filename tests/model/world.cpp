#include "world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <budget.hpp>

#include "owner/record.hpp"
#include "thread/thread.hpp"

namespace leasehold::model {

namespace {

// The names that a thread noted must not reach into the next run.
void forget_names(detail::Thread& thread) {
  for (detail::OwnerRecord*& note : thread.owners)
    if (detail::OwnerRecord* const record = std::exchange(note, nullptr)) {
      record->notes.fetch_sub(1);
      detail::let_go(*record);
    }
}

// Counts those who are at it.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
};

bool may_be(errc code, std::initializer_list<errc> codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

std::size_t shown_steps() {
  return test::number_from_environment("LEASEHOLD_MODEL_STEPS").value_or(60);
}

Outcome run(Scheduler& scheduler, Strategy& strategy, const Plan& plan) {
  set_barriers(plan.barriers);
  const std::ptrdiff_t blocks = blocks_in_use();
  Outcome outcome;
  {
    const Quarantine quarantine;
    scheduler.begin(strategy);
    auto world = std::make_unique<World>(scheduler, plan);
    if (world->run()) {
      for (Scheduler::Actor& actor : scheduler.actors()) forget_names(*actor.thread);
      forget_names(detail::current_thread());
      outcome.failure = world->left_over();
    } else {
      static_cast<void>(world.release());  // its threads stopped in the middle of things
      outcome.failure = scheduler.failure();
    }
  }
  outcome.steps = scheduler.steps();
  outcome.digest = scheduler.digest();
  outcome.left = blocks_in_use() - blocks;
  if (!outcome.failure.empty()) outcome.failure += "\n" + describe(plan) + scheduler.trace(shown_steps());
  return outcome;
}

World::World(Scheduler& scheduler, const Plan& plan)
    : scheduler_(scheduler),
      plan_(plan),
      clock_(std::make_shared<ModelClock>(scheduler)),
      workers_(plan.threads.size()),
      at_work_(plan.threads.size()) {
  ManagerOptions options;
  options.clock = clock_;
  options.metrics = plan.metrics;
  options.maintenance = false;
  manager_ = std::make_unique<ResourceManager>(options);
  pools_.resize(plan.pools.size());
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    Pool& pool = pools_[i];
    pool.plan = &plan.pools[i];
    pool.provider = std::make_shared<WatchedProvider>(*pool.plan, plan.seed * 8 + i, scheduler);
    manager_->register_provider(pool.plan->name, pool.provider,
                                {.pool = pool.plan->config, .breaker = pool.plan->breaker});
    pool.id = manager_->resource_id(pool.plan->name);
    if (!plan.warm) continue;
    pool.provider->failing = false;
    std::vector<Lease> all;
    for (std::size_t n = 0; n < pool.plan->config.max_size; ++n) {
      all.push_back(manager_->acquire(pool.plan->name, "first#" + std::to_string(n)));
      if (!std::exchange(all.back().as<Thing>().lent, true)) ++pool.first_lent;
      ++pool.acquisitions;
    }
    pool.provider->failing = true;
  }
  std::vector<ResourceRequirement> every;
  for (const Pool& pool : pools_) every.push_back({.name = pool.plan->name});
  all_pools_ = manager_->prepare(every);
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i].number = i;
}

World::~World() = default;

bool World::run() {
  scheduler_.on_quiet([this] { when_quiet(); });
  std::vector<std::function<void()>> threads;
  for (Worker& worker : workers_) threads.push_back([this, &worker] { work(worker); });
  if (!scheduler_.run(std::move(threads))) return false;
  return scheduler_.run({[this] { reckon(); }});
}

void World::expect(bool good, const Pool& pool, const std::string& what) {
  if (!good) scheduler_.fail(pool.plan->name + ": " + what);
}

World::Pool* World::find(std::string_view name) {
  for (Pool& pool : pools_)
    if (pool.plan->name == name) return &pool;
  return nullptr;
}

void World::work(Worker& worker) {
  for (const Step& step : plan_.threads[worker.number]) take(worker, step);
  if (--at_work_ == 0 && plan_.destroys) {
    closing_ = true;
    for (Pool& pool : pools_) pool.provider->revocations += 100;
    manager_.reset();
  }
  while (!worker.held.empty()) drop(worker, worker.held.size() - 1);
}

void World::take(Worker& worker, const Step& step) {
  Held* const last = worker.held.empty() ? nullptr : &worker.held.back();
  switch (step.action) {
    case Action::acquire:
      return acquire(worker, step);
    case Action::try_acquire:
      return try_acquire(worker, step);
    case Action::acquire_all:
      return acquire_all(worker, step);
    case Action::use:
      if (last) use(*last);
      return;
    case Action::discard:
      if (last) last->lease.discard();
      [[fallthrough]];
    case Action::drop:
      if (last) drop(worker, worker.held.size() - 1);
      return;
    case Action::drop_first:
      if (last) drop(worker, 0);
      return;
    case Action::pass:
      if (!last) return;
      unmark(*last);
      passed_.push_back(std::move(*last));
      return worker.held.pop_back();
    case Action::take:
      if (passed_.empty()) return;
      worker.held.push_back(std::move(passed_.back()));
      passed_.pop_back();
      return use(worker.held.back());
    case Action::hand_over:
      if (last) hand_over(worker, *last);
      return;
    case Action::call:
      if (last) call(*last);
      return;
    case Action::stop:
      return stop(step.number % workers_.size());
    case Action::sleep:
      return sleep(step.time);
    case Action::end_thread:
      scheduler_.self().thread->id = ++retired_ids_;
      scheduler_.self().thread->holds = 0;
      for (Held& held : worker.held) held.by = ~std::size_t{0};
      return;
    default:
      break;
  }
  try {
    steer(worker, step);
  } catch (const Error& error) {
    const bool unknown = error.reason() == errc::resource_unknown && plan_.does(Action::unregister);
    if (!unknown && !(error.reason() == errc::acquire_closed && closing_)) scheduler_.fail(error.what());
  }
}

void World::steer(Worker& worker, const Step& step) {
  Pool& pool = pools_[step.pool];
  const std::string& name = pool.plan->name;
  switch (step.action) {
    case Action::release:
    case Action::release_all:
      return release(worker, step);
    case Action::resize: {
      PoolConfig config = pool.plan->config;
      config.max_size = 1 + step.number % pool.plan->largest;
      config.min_size = std::min(config.min_size, config.max_size);
      return manager_->resize_pool(name, config);
    }
    case Action::suspend:
      manager_->suspend(name);
      pool.suspended = true;
      sleep(500us);
      ++pool.resumes;  // from here on it may be lent
      ++pool.resuming;
      manager_->resume(name);
      --pool.resuming;
      pool.suspended = false;
      return;
    case Action::evict:
      return manager_->evict(name);
    case Action::validate:
      ++pool.validations;
      static_cast<void>(manager_->validate_resource(name));
      return;
    case Action::maintain:
      static_cast<void>(manager_->maintain());
      return;
    case Action::look: {
      const ResourceStatusReport status = manager_->get_resource_status(name);
      if (status.provider_exists && pool.plan->sharing == Sharing::exclusive && !plan_.revokes())
        expect(status.active_count + status.idle_count <= pool.plan->largest, pool,
               "more seen than max_size");
      static_cast<void>(manager_->get_metrics(name));
      static_cast<void>(manager_->has_resource(name, "owner#0"));
      return;
    }
    case Action::unregister: {
      pool.registered = false;
      pool.provider->revocations += 100;
      const Counted ending(ending_);
      static_cast<void>(manager_->unregister_provider(name, step.time));
      return;
    }
    default:  // close
      closing_ = true;
      for (Pool& each : pools_) each.provider->revocations += 100;
      const Counted ending(ending_);
      return manager_->close(step.time);
  }
}

// --- Acquiring

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
    keep(worker, pool, step.owner, std::move(lease), shares);
  } catch (const Error& error) {
    failed(worker, pool, error, step);
  }
  self.limit = Clock::never;
  worker.stop.reset();
}

void World::try_acquire(Worker& worker, const Step& step) {
  Pool& pool = pools_[step.pool];
  const bool shares = holds(pool, step.owner);
  try {
    std::optional<Lease> lease = worker.number % 2 == 0 ? manager_->try_acquire(pool.id, step.owner)
                                                        : manager_->try_acquire(pool.plan->name, step.owner);
    if (lease) {
      if (shares) ++pool.perhaps_shared;
      ++pool.acquisitions;
      keep(worker, pool, step.owner, std::move(*lease), shares);
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

void World::keep(Worker& worker, Pool& pool, const std::string& owner, Lease lease, bool shares) {
  worker.held.push_back({std::move(lease), &pool, owner, worker.number, nullptr});
  Held& held = worker.held.back();
  mark(held);
  if (!plan_.fences || !held.thing || pool.plan->sharing == Sharing::shared) return;
  const std::uint64_t fence = held.lease.fence();
  expect(shares || fence > held.thing->fence, pool, "a fence that is not above the one before");
  held.thing->fence = std::max(held.thing->fence, fence);
}

// --- Using

// From here to unmark nobody else may have it. False if it was taken away.
bool World::mark(Held& held) {
  if (held.thing) return true;
  try {
    const Scheduler::Alone alone(scheduler_);
    held.thing = &held.lease.as<Thing>();
  } catch (const StateError& error) {
    expect(error.reason() == errc::lease_revoked &&
               (plan_.revokes() || closing_ || plan_.does(Action::unregister)),
           *held.pool, error.what());
    return false;
  }
  Thing& thing = *held.thing;
  if (!std::exchange(thing.lent, true)) ++held.pool->first_lent;
  if (held.pool->plan->sharing == Sharing::exclusive) {
    const std::uint64_t owner = std::hash<std::string>()(held.owner);
    expect(thing.marks == 0 || thing.owner == owner, *held.pool, "two owners of one resource");
    thing.owner = owner;
  }
  ++thing.marks;
  return true;
}

void World::unmark(Held& held) {
  if (Thing* const thing = std::exchange(held.thing, nullptr)) --thing->marks;
}

void World::use(Held& held) {
  try {
    static_cast<void>(held.lease.get());  // marks a use by another thread than the one that acquired it
  } catch (const StateError& error) {
    expect(error.reason() == errc::lease_revoked, *held.pool, error.what());
    return;
  }
  mark(held);
  scheduler_.user_code("use");
}

void World::call(Held& held) {
  ++held.pool->operations;
  try {
    held.lease.call("work", nlohmann::json::object());
  } catch (const CircuitOpenError&) {
    --held.pool->operations;
  } catch (const ConnectionError&) {
    ++held.pool->operation_failures;
  } catch (const StateError& error) {
    --held.pool->operations;
    expect(error.reason() == errc::lease_revoked, *held.pool, error.what());
  }
}

void World::hand_over(Worker& worker, Held& held) {
  const std::string heir = held.owner + "/heir";
  unmark(held);
  try {
    held.lease.hand_over(heir);
    held.owner = heir;
    held.by = worker.number;
    ++held.pool->acquisitions;
    ++held.pool->handed_over;
    mark(held);
  } catch (const StateError& error) {
    expect(may_be(error.reason(), {errc::lease_revoked, errc::lease_fenced}), *held.pool, error.what());
    if (error.reason() == errc::lease_fenced) use(held);
  }
}

void World::drop(Worker& worker, std::size_t index) {
  Held held = std::move(worker.held[index]);
  worker.held.erase(worker.held.begin() + static_cast<std::ptrdiff_t>(index));
  unmark(held);
  held.lease.release();
}

// What this thread itself acquired may be somebody else's as soon as it is taken back.
void World::release(Worker& worker, const Step& step) {
  const bool everywhere = step.action == Action::release_all;
  Pool& pool = pools_[step.pool];
  const auto taken = [&](const Held& held) {
    return held.owner == step.owner && held.by == worker.number && (everywhere || held.pool == &pool);
  };
  for (Held& held : worker.held)
    if (taken(held)) unmark(held);
  for (Pool& each : pools_)
    if (everywhere || &each == &pool) each.provider->revocations += plan_.threads.size();
  if (everywhere)
    manager_->release_all(step.owner);
  else
    manager_->release(pool.plan->name, step.owner);
  for (Held& held : worker.held)
    expect(!taken(held) || !held.lease || !held.pool->registered, *held.pool,
           "released by name, and still there");
}

void World::stop(std::size_t number) {
  Worker& worker = workers_[number];
  if (!worker.stop) return;
  const Scheduler::Alone alone(scheduler_);
  Scheduler::Actor& actor = scheduler_.actors()[number];
  if (scheduler_.surely_waits(actor)) actor.late = true;
  worker.stopped = true;
  worker.stop->request_stop();
}

void World::sleep(Duration time) {
  std::atomic<std::uint32_t> word = 0;
  const auto until = clock_->now() + time;
  while (clock_->park(word, 0, until)) {
  }
}

}  // namespace leasehold::model
