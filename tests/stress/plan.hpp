#pragma once

// What one round of the storm does, all of it drawn from its seed.

#include <leasehold/manager.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace leasehold::storm {

using namespace std::chrono_literals;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  bool chance(unsigned per_mille) { return below(1000) < per_mille; }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(values.size())];
  }

 private:
  std::mt19937_64 engine_;
};

struct PoolPlan {
  std::string name;
  Sharing sharing = Sharing::exclusive;
  PoolConfig config;
  BreakerConfig breaker;
  std::size_t largest = 1;  // max_size over the whole round
  unsigned acquire_fails = 0, validate_fails = 0, reset_fails = 0, call_fails = 0;  // per mille
  unsigned slow = 0;                                                                // per mille of its calls
};

struct Plan {
  std::uint64_t seed = 0;
  std::size_t threads = 2;
  std::size_t steps = 50;
  std::vector<PoolPlan> pools;
  bool metrics = true;      // in all but a few rounds
  bool maintenance = true;  // the background thread runs
  // What may happen beside plain acquires:
  bool nesting = false;       // holding one pool while waiting for another, in any order: deadlocks
  bool common_owner = false;  // threads of one owner
  bool revoking = false;      // owners are released by other threads
  bool resizing = false;
  bool suspending = false;
  bool unhealthy = false;
  bool churning = false;  // a name that is registered and unregistered all the time
  bool closing = false;   // close in the middle
};

inline Plan make_plan(std::uint64_t seed) {
  Dice dice(seed * 0x9e3779b97f4a7c15ULL + 1);
  Plan plan;
  plan.seed = seed;
  plan.threads = 2 + dice.below(7);
  plan.steps = 30 + dice.below(60);
  plan.metrics = !dice.chance(50);
  plan.maintenance = dice.chance(500);
  plan.nesting = dice.chance(400);
  plan.common_owner = dice.chance(400);
  plan.revoking = dice.chance(400);
  plan.resizing = dice.chance(300);
  plan.suspending = dice.chance(300);
  plan.unhealthy = dice.chance(200);
  plan.churning = dice.chance(200);
  plan.closing = dice.chance(200);
  const bool faulty = dice.chance(600);
  const std::size_t count = 1 + dice.below(3);
  for (std::size_t i = 0; i < count; ++i) {
    PoolPlan pool;
    pool.name = "pool" + std::to_string(i);
    pool.sharing = dice.chance(150) ? Sharing::shared : Sharing::exclusive;
    PoolConfig& config = pool.config;
    config.max_size = 1 + dice.below(5);
    pool.largest = config.max_size;
    config.min_size = dice.chance(300) ? dice.below(config.max_size + 1) : 0;
    config.acquire_timeout = 20s;
    config.fairness = dice.one_of<Duration>({0ns, 20us, 1ms});
    config.validate_after = dice.one_of<Duration>({0ns, 100us, 500ms});
    config.creation_concurrency = 1 + dice.below(4);
    if (dice.chance(300)) config.max_uses = 1 + dice.below(20);
    if (dice.chance(300)) config.max_lifetime = dice.one_of<Duration>({1ms, 5ms});
    if (dice.chance(300)) config.max_idle_time = dice.one_of<Duration>({1ms, 5ms});
    if (dice.chance(300)) config.keepalive = 1ms;
    if (dice.chance(200)) config.leak_threshold = 1ms;
    if (dice.chance(150)) config.max_waiters = 1 + dice.below(3);
    if (faulty) {
      pool.acquire_fails = dice.one_of<unsigned>({0, 50, 300, 700});
      pool.validate_fails = dice.one_of<unsigned>({0, 50, 300});
      pool.reset_fails = dice.one_of<unsigned>({0, 50, 300});
      pool.call_fails = dice.one_of<unsigned>({0, 300});
      if (dice.chance(300)) {
        pool.breaker.failures = 3 + dice.below(3);
        pool.breaker.window = 10;
        pool.breaker.open = 1ms;
      }
    }
    pool.slow = dice.one_of<unsigned>({0, 0, 50, 300});
    plan.pools.push_back(std::move(pool));
  }
  return plan;
}

// For whoever looks at a seed that fails.
inline std::string describe(const Plan& plan) {
  std::string text = std::to_string(plan.threads) + " threads";
  const auto add = [&](bool is, const char* what) { text += is ? std::string(", ") + what : ""; };
  add(!plan.metrics, "no metrics");
  add(plan.maintenance, "maintenance");
  add(plan.nesting, "nesting");
  add(plan.common_owner, "a common owner");
  add(plan.revoking, "revoking");
  add(plan.resizing, "resizing");
  add(plan.suspending, "suspending");
  add(plan.unhealthy, "unhealthy");
  add(plan.churning, "churning");
  add(plan.closing, "closing");
  for (const PoolPlan& pool : plan.pools)
    text += "\n  " + pool.name + (pool.sharing == Sharing::shared ? ", shared, " : ", ") +
            pool_fields().write(pool.config).dump() + (pool.breaker.enabled() ? ", breaker" : "");
  return text;
}

}  // namespace leasehold::storm
