#pragma once

// A provider that a test takes down, slows and watches, and a manager on a clock that the test moves.

#include <doctest/doctest.h>
#include <leasehold/manager.hpp>

#include <eventually.hpp>

#include <atomic>
#include <thread>

namespace leasehold::test {

using namespace std::chrono_literals;

class WatchedProvider final : public IResourceProvider {
 public:
  std::string_view type() const noexcept override { return "watched"; }
  Resource acquire(const AcquireContext&) override {
    ++attempts;
    const int now = ++opening;
    int seen = most_opening.load();
    while (now > seen && !most_opening.compare_exchange_weak(seen, now)) {
    }
    struct Done {
      std::atomic<int>& opening;
      ~Done() { --opening; }
    } done{opening};
    while (stuck) std::this_thread::sleep_for(100us);
    if (down) throw ConnectionError(errc::db_unreachable, "down");
    ++live;
    return Resource::make<int>(++opened);
  }
  void release(Resource&& resource) noexcept override {
    ++disposing;
    while (clinging) std::this_thread::sleep_for(100us);
    --disposing;
    resource.clear();
    ++disposed;
    --live;
  }
  bool validate(Resource&) override {
    ++validated;
    return valid;
  }
  HealthReport health_check(const AcquireContext&) override {
    return {healthy ? ResourceHealth::healthy : ResourceHealth::unhealthy, "", {}};
  }
  nlohmann::json describe() const override { return nlohmann::json::object(); }

  void close() noexcept override { ++closed; }

  std::atomic<bool> down = false, valid = true, healthy = true;
  std::atomic<bool> stuck = false;     // acquire does not return
  std::atomic<bool> clinging = false;  // release does not return
  std::atomic<int> attempts = 0, opening = 0, most_opening = 0, opened = 0, live = 0, disposing = 0,
                   disposed = 0, validated = 0, closed = 0;
};

struct Bench {
  explicit Bench(PoolConfig config) : manager({.clock = clock, .maintenance = false}) {
    manager.register_provider("db", provider, {.pool = config});
  }
  Lease get(const OwnerId& owner, Duration timeout = 1h) {
    return manager.acquire("db", owner, {.timeout = timeout});
  }
  ResourceMetrics metrics() const { return manager.get_metrics("db").at("db"); }

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<WatchedProvider> provider = std::make_shared<WatchedProvider>();
  ResourceManager manager;
};

// Nothing but what the test asks for.
inline PoolConfig quiet(std::size_t min_size, std::size_t max_size) {
  PoolConfig config;
  config.min_size = min_size;
  config.max_size = max_size;
  config.max_idle_time = config.max_lifetime = config.keepalive = std::nullopt;
  return config;
}

}  // namespace leasehold::test
