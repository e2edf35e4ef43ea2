#include "plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace leasehold::model {

namespace {

constexpr std::array<const char*, 25> action_names = {
    "acquire", "try_acquire", "acquire_all", "use",       "drop",     "discard",     "drop_first",
    "pass",    "take",        "hand_over",   "call",      "release",  "release_all", "stop",
    "resize",  "suspend",     "evict",       "validate",  "maintain", "look",        "sleep",
    "pause",   "unregister",  "close",       "end_thread"};

PoolPlan make_pool(Dice& dice, std::size_t number, bool faulty) {
  PoolPlan pool;
  pool.name = "pool" + std::to_string(number);
  pool.sharing = dice.chance(120) ? Sharing::shared : Sharing::exclusive;
  PoolConfig& config = pool.config;
  config.max_size = dice.one_of<std::size_t>({1, 1, 1, 2, 2, 2, 3});
  pool.largest = config.max_size;
  config.min_size = dice.chance(200) ? dice.below(config.max_size + 1) : 0;
  config.acquire_timeout = forever;
  config.fairness = dice.one_of<Duration>({0ns, 20us, 1ms});
  pool.in_order = config.fairness == 0ns;
  config.validate_after = dice.one_of<Duration>({0ns, 100us, 500ms, 500ms});
  config.creation_concurrency = 1 + dice.below(2);
  if (dice.chance(150)) config.max_uses = 1 + dice.below(3);
  if (dice.chance(150)) config.max_lifetime = dice.one_of<Duration>({1ms, 5ms});
  if (dice.chance(200)) config.max_idle_time = dice.one_of<Duration>({1ms, 5ms});
  if (dice.chance(200)) config.keepalive = 1ms;
  if (dice.chance(100)) config.leak_threshold = 1ms;
  if (dice.chance(100)) config.max_waiters = 1 + dice.below(2);
  if (faulty) {
    pool.acquire_fails = dice.one_of<unsigned>({0, 100, 500});
    pool.validate_fails = dice.one_of<unsigned>({0, 100, 500});
    pool.reset_fails = dice.one_of<unsigned>({0, 100, 500});
    pool.call_fails = dice.one_of<unsigned>({0, 500});
    if (dice.chance(200)) {
      pool.breaker.failures = 2;
      pool.breaker.window = 4;
      pool.breaker.open = 1ms;
    }
  }
  pool.slow = dice.one_of<unsigned>({0, 0, 0, 100, 400});
  return pool;
}

// One lease and one thing that happens to it: so short that few switches meet where it matters.
void make_duel(Dice& dice, Plan& plan) {
  Step lend{.owner = "owner#0"};
  lend.forgets = dice.chance(500);
  Step other{.owner = dice.chance(500) ? "owner#0" : "owner#1",
             .time = dice.one_of<Duration>({0ns, 1ms, forever})};
  other.action = dice.one_of<Action>({Action::acquire, Action::release, Action::resize, Action::suspend,
                                      Action::evict, Action::validate, Action::maintain, Action::look,
                                      Action::stop, Action::unregister, Action::close, Action::sleep});
  other.number = dice.below(4);
  plan.common_owner = other.action == Action::acquire && other.owner == lend.owner;
  if (plan.common_owner) lend.owner = other.owner = "common";
  plan.threads = {{lend}, {other}};
  if (dice.chance(300)) plan.threads[0].push_back({.action = Action::use});
  plan.threads[0].push_back({.action = dice.chance(800) ? Action::drop : Action::discard});
  if (dice.chance(300)) plan.threads.push_back({lend, {.action = Action::drop}});
  if (plan.threads.size() == 3) plan.threads[2][0].owner = "owner#2";
}

}  // namespace

bool Plan::does(Action action) const {
  return std::any_of(threads.begin(), threads.end(), [action](const std::vector<Step>& steps) {
    return std::any_of(steps.begin(), steps.end(), [action](const Step& s) { return s.action == action; });
  });
}

bool Plan::keeps_order(const PoolPlan& pool) const {
  const bool faulty = pool.acquire_fails + pool.validate_fails + pool.reset_fails > 0;
  return pool.in_order && pool.sharing == Sharing::exclusive && !faulty && !pool.config.max_uses &&
         pool.config.max_lifetime.value_or(forever) >= forever && !common_owner && !revokes() && !closes() &&
         !does(Action::unregister) && !does(Action::resize) && !does(Action::evict);
}

bool Plan::waits_end() const {
  return !common_owner && !does(Action::pass) && !revokes() && !does(Action::hand_over) &&
         !does(Action::end_thread);
}

Plan make_plan(std::uint64_t seed) {
  Dice dice(seed);
  Plan plan;
  plan.seed = seed;
  plan.barriers.membarrier = dice.chance(800);
  plan.metrics = dice.chance(900);
  plan.warm = dice.chance(600);
  plan.fences = dice.chance(100);
  plan.destroys = dice.chance(150);
  const bool faulty = dice.chance(300);
  const std::size_t pools = dice.chance(250) ? 2 : 1;
  for (std::size_t i = 0; i < pools; ++i) plan.pools.push_back(make_pool(dice, i, faulty));

  const bool nests = dice.chance(300);
  plan.common_owner = dice.chance(200);
  std::vector<Action> more;
  const auto add = [&](unsigned per_mille, std::initializer_list<Action> actions) {
    if (dice.chance(per_mille)) more.insert(more.end(), actions);
  };
  add(250, {Action::release, Action::release_all});
  add(200, {Action::resize, Action::resize});
  add(100, {Action::suspend});
  add(150, {Action::evict});
  add(150, {Action::validate});
  add(150, {Action::maintain});
  add(200, {Action::look});
  add(200, {Action::stop, Action::stop});
  add(150, {Action::pass, Action::take});
  add(150, {Action::hand_over});
  add(100, {Action::call});
  add(100, {Action::end_thread});
  add(100, {Action::unregister, Action::unregister});
  add(120, {Action::close, Action::close});
  add(200, {Action::sleep});

  const bool duel = dice.chance(250);
  if (duel) make_duel(dice, plan);
  const std::size_t threads = duel ? 0 : dice.one_of<std::size_t>({2, 2, 3, 3, 4, 4});
  for (std::size_t t = 0; t < threads; ++t) {
    std::vector<Step> steps;
    const std::size_t count = 1 + dice.below(4);
    for (std::size_t i = 0; i < count; ++i) {
      Step step;
      step.pool = dice.below(pools);
      step.owner = plan.common_owner && dice.chance(500) ? "common" : "owner#" + std::to_string(t);
      step.stoppable = dice.chance(500);
      step.forgets = dice.chance(300);
      step.time = dice.chance(700) ? forever : dice.one_of<Duration>({50us, 500us, 2ms});
      step.number = dice.below(8);
      if (!more.empty() && dice.chance(350)) {
        step.action = more[dice.below(more.size())];
        if (step.action == Action::release || step.action == Action::release_all)
          step.owner = plan.common_owner && dice.chance(300) ? "common"
                                                             : "owner#" + std::to_string(dice.below(threads));
        if (step.action == Action::sleep || step.action == Action::unregister || step.action == Action::close)
          step.time = dice.one_of<Duration>({0ns, 20us, 1ms, 3ms});
        steps.push_back(step);
        continue;
      }
      step.action = dice.chance(100)   ? Action::try_acquire
                    : dice.chance(150) ? Action::acquire_all
                                       : Action::acquire;
      steps.push_back(step);
      if (dice.chance(300)) steps.push_back({.action = Action::use});
      if (dice.chance(150))
        steps.push_back({.action = Action::sleep, .time = dice.one_of<Duration>({20us, 1ms})});
      if (nests && dice.chance(500)) continue;  // keeps it while it goes on
      steps.push_back({.action = dice.chance(800)   ? Action::drop
                                 : dice.chance(500) ? Action::discard
                                                    : Action::drop_first});
    }
    plan.threads.push_back(std::move(steps));
  }
  if (plan.does(Action::resize))
    for (PoolPlan& pool : plan.pools) pool.largest = std::max<std::size_t>(pool.largest, 3);
  return plan;
}

std::string describe(const Plan& plan) {
  std::string text =
      fmt::format("{}{}{}{}{}", plan.barriers.membarrier ? "membarrier" : "no membarrier",
                  plan.metrics ? "" : ", no metrics", plan.warm ? ", warm" : "",
                  plan.fences ? ", fences" : "", plan.destroys ? ", destroys the manager" : "");
  for (const PoolPlan& pool : plan.pools)
    text +=
        fmt::format("\n  {}{} {}{} fails {}/{}/{}/{} slow {}", pool.name,
                    pool.sharing == Sharing::shared ? ", shared," : "",
                    pool_fields().write(pool.config).dump(), pool.breaker.enabled() ? ", breaker" : "",
                    pool.acquire_fails, pool.validate_fails, pool.reset_fails, pool.call_fails, pool.slow);
  for (std::size_t t = 0; t < plan.threads.size(); ++t) {
    text += fmt::format("\n  thread {}:", t);
    for (const Step& step : plan.threads[t]) {
      text += fmt::format(" {}", action_names[static_cast<std::size_t>(step.action)]);
      switch (step.action) {
        case Action::acquire:
        case Action::try_acquire:
        case Action::acquire_all:
        case Action::release:
        case Action::release_all:
        case Action::hand_over:
          text += fmt::format("({} {} {}{})", plan.pools[step.pool].name, step.owner,
                              format_duration(step.time), step.stoppable ? " stoppable" : "");
          break;
        case Action::resize:
        case Action::stop:
          text += fmt::format("({} {})", plan.pools[step.pool].name, step.number);
          break;
        case Action::sleep:
        case Action::unregister:
        case Action::close:
          text += fmt::format("({})", format_duration(step.time));
          break;
        default:
          break;
      }
    }
  }
  return text;
}

}  // namespace leasehold::model
