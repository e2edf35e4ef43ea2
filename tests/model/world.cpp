#include "world.hpp"

#include <budget.hpp>

#include "owner/record.hpp"
#include "thread/thread.hpp"

namespace leasehold::model {

void forget_names(detail::Thread& thread) {
  for (detail::OwnerRecord*& note : thread.owners)
    if (detail::OwnerRecord* const record = std::exchange(note, nullptr)) {
      record->notes.fetch_sub(1);
      detail::let_go(*record);
    }
}

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

}  // namespace leasehold::model
