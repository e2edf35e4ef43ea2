#pragma once

// A provider of numbers whose every step a test can watch, fail or hold up.

#include <doctest/doctest.h>

#include <eventually.hpp>

#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "pool/pool.hpp"

namespace fake {

using namespace leasehold;
using namespace std::chrono_literals;
using detail::Pool;
using detail::PoolSetup;
using test::eventually;

struct Thing {
  int number = 0;
  std::atomic<int> users = 0;
};

class Provider final : public IResourceProvider {
 public:
  std::string_view type() const noexcept override { return "fake"; }

  Resource acquire(const AcquireContext& context) override {
    const int number = ++opened;
    int now = ++live;
    int seen = most_live.load();
    while (now > seen && !most_live.compare_exchange_weak(seen, now)) {
    }
    try {
      if (on_acquire) on_acquire(context);
    } catch (...) {
      --live;
      throw;
    }
    Resource resource = Resource::make<Thing>();
    resource.as<Thing>().number = number;
    return resource;
  }
  void release(Resource&& resource) noexcept override {
    if (on_release) on_release();
    resource.clear();
    --live;
    ++disposed;
  }
  bool validate(Resource&) override {
    ++validated;
    return on_validate ? on_validate() : true;
  }
  bool reset(Resource&) override {
    ++resets;
    return on_reset ? on_reset() : true;
  }
  HealthReport health_check(const AcquireContext&) override { return {ResourceHealth::healthy, "", {}}; }
  Sharing sharing() const noexcept override { return mode; }
  nlohmann::json describe() const override { return nlohmann::json::object(); }
  const Operations& operations() const override { return table; }

  std::function<void(const AcquireContext&)> on_acquire;
  std::function<void()> on_release;
  std::function<bool()> on_validate, on_reset;
  Sharing mode = Sharing::exclusive;
  Operations table;
  std::atomic<int> opened = 0, live = 0, most_live = 0, disposed = 0, validated = 0, resets = 0;
};

// A pool on a clock that the test moves, with its provider.
struct Rig {
  explicit Rig(PoolConfig config = {}, Sharing mode = Sharing::exclusive,
               std::shared_ptr<Clock> other_clock = nullptr,
               std::shared_ptr<detail::WaitGraph> graph = nullptr, std::string name = "db") {
    provider->mode = mode;
    PoolSetup setup;
    setup.name = std::move(name);
    setup.provider = provider;
    setup.config = config;
    setup.clock = other_clock ? other_clock : clock;
    setup.graph = std::move(graph);
    setup.manager = this;
    setup.logger = [this](LogLevel, std::string_view message) {
      const std::lock_guard lock(log_mutex);
      log.emplace_back(message);
    };
    pool = Pool::open(setup);
  }

  Lease get(const OwnerId& owner, Duration timeout = 10s, std::stop_token stop = {}) {
    return pool->acquire(owner, pool->clock().deadline_after(timeout), true, std::move(stop),
                         {"/src/import.cpp", 42});
  }
  Lease try_get(const OwnerId& owner) {
    return pool->acquire(owner, pool->clock().now(), false, {}, {"/src/import.cpp", 42});
  }
  std::vector<std::string> logged() {
    const std::lock_guard lock(log_mutex);
    return log;
  }

  std::mutex log_mutex;
  std::vector<std::string> log;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<Provider> provider = std::make_shared<Provider>();
  std::shared_ptr<Pool> pool;
};

// What an action throws: its code, or none.
template <class Action>
std::string thrown(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error_name(error.reason()));
  } catch (...) {
    return "foreign";
  }
  return "";
}

inline PoolConfig of_size(std::size_t max_size) {
  PoolConfig config;
  config.max_size = max_size;
  return config;
}

}  // namespace fake
