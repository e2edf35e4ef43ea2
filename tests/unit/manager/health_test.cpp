#include "fake_provider.hpp"

#include <doctest/doctest.h>

#include <eventually.hpp>

#include <thread>

using namespace leasehold;
using namespace leasehold::test;
using namespace std::chrono_literals;

namespace {

// A health check that hangs until it is let go.
struct Hang {
  std::shared_ptr<std::atomic<bool>> go = std::make_shared<std::atomic<bool>>(false);
  std::function<HealthReport(const AcquireContext&)> check() const {
    return [go = go](const AcquireContext&) {
      go->wait(false);
      return HealthReport{ResourceHealth::healthy, "at last", {}};
    };
  }
  void end() const {
    *go = true;
    go->notify_all();
  }
};

}  // namespace

TEST_CASE("health checks report each provider, by name or all") {
  ResourceManager manager;
  const auto good = fake(), limping = fake(), broken = fake();
  limping->on_health = [](const AcquireContext&) {
    return HealthReport{ResourceHealth::degraded, "slow", 3ms};
  };
  broken->on_health = [](const AcquireContext&) -> HealthReport {
    throw_error(errc::db_unreachable, "refused");
  };
  manager.register_provider("good", good);
  manager.register_provider("limping", limping);
  manager.register_provider("broken", broken);
  const auto all = manager.health_check();
  CHECK(all.at("good").health == ResourceHealth::healthy);
  CHECK(all.at("limping").health == ResourceHealth::degraded);
  CHECK(all.at("limping").took == 3ms);
  CHECK(all.at("broken").health == ResourceHealth::unhealthy);
  CHECK(all.at("broken").message == "db.unreachable: refused");
  CHECK(manager.health_check("good").size() == 1);
  CHECK(good->checked == 2);
  CHECK(manager.get_resource_status("broken").health.message == "db.unreachable: refused");
  CHECK(manager.get_metrics("broken").at("broken").health_failures == 1);
  CHECK_THROWS_AS(manager.health_check("nope"), Error);
}

TEST_CASE("what a foreign exception of a check says is not shown") {
  ResourceManager manager;
  const auto provider = fake();
  provider->on_health = [](const AcquireContext&) -> HealthReport {
    throw std::runtime_error("password hunter2");
  };
  manager.register_provider("a", provider);
  const HealthReport report = manager.health_check("a").at("a");
  CHECK(report.health == ResourceHealth::unhealthy);
  CHECK(report.message == "the check failed with std::runtime_error");
}

TEST_CASE("unhealthy retires the generation: held leases finish, new ones get new resources") {
  Log log;
  ResourceManager manager({.logger = log.logger()});
  const auto provider = fake();
  auto health = std::make_shared<std::atomic<ResourceHealth>>(ResourceHealth::unhealthy);
  provider->on_health = [health](const AcquireContext&) { return HealthReport{*health, "replica lost", {}}; };
  manager.register_provider("a", provider);
  manager.acquire("a", "o").release();
  auto held = manager.acquire<Thing>("a", "o");
  CHECK(held->number == 1);
  manager.health_check();
  CHECK(held->number == 1);
  CHECK(manager.acquire<Thing>("a", "p")->number == 2);
  held.release();
  CHECK(provider->disposed == 1);  // its generation is over
  CHECK(log.has("resource 'a' is unhealthy: replica lost"));
  *health = ResourceHealth::healthy;
  manager.health_check();
  // The maintenance thread may be the one that tells.
  CHECK(eventually([&] { return log.has("resource 'a' is healthy"); }));
  CHECK(manager.get_resource_status("a").health.health == ResourceHealth::healthy);
  CHECK(manager.acquire<Thing>("a", "p")->number == 2);  // what was made since is kept
}

TEST_CASE("a hung check hangs nobody beyond the timeout: not the caller, not acquires, not other checks") {
  const auto clock = std::make_shared<ManualClock>();
  const Hang hang;
  ResourceManager manager({.clock = clock, .maintenance = false});
  const auto hung = fake(), other = fake();
  hung->on_health = hang.check();
  manager.register_provider("other", other);
  manager.register_provider("hung", hung);
  std::map<std::string, HealthReport> reports;
  std::thread caller([&] { reports = manager.health_check(); });
  REQUIRE(eventually(  // in order of registration
      [&] { return manager.get_resource_status("other").health.health == ResourceHealth::healthy; }));
  REQUIRE(clock->wait_for_parked(1));
  CHECK(manager.acquire("hung", "o"));  // meanwhile
  clock->advance(5s);
  caller.join();
  CHECK(reports.at("hung").health == ResourceHealth::unhealthy);
  CHECK(reports.at("hung").message == "did not answer within 5s");
  CHECK(reports.at("hung").took == 5s);
  CHECK(reports.at("other").health == ResourceHealth::healthy);
  // Asked again while it still hangs: the same answer, no second check, no second count.
  CHECK(manager.health_check("hung").at("hung").message == "did not answer within 5s");
  CHECK(hung->checked == 1);
  CHECK(manager.get_metrics("hung").at("hung").health_failures == 1);
  hang.end();
  CHECK(
      eventually([&] { return manager.health_check("hung").at("hung").health == ResourceHealth::healthy; }));
  CHECK(manager.get_resource_status("hung").health.message == "at last");
}

TEST_CASE("closing does not wait for a check that hangs, and asks it to stop") {
  const Hang hang;
  std::stop_token stop;
  std::atomic<bool> asked = false;
  {
    ResourceManager manager({.health_timeout = 1ms});
    const auto provider = fake();
    provider->on_health = [&, check = hang.check()](const AcquireContext& context) {
      stop = context.stop;
      asked = true;
      return check(context);
    };
    manager.register_provider("a", provider);
    manager.health_check();
    REQUIRE(eventually([&] { return asked.load(); }));
  }
  CHECK(stop.stop_requested());
  hang.end();
}

TEST_CASE("health is checked in the background at its interval") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock, .health_interval = 10s});
  const auto provider = fake();
  provider->on_health = [](const AcquireContext&) {
    return HealthReport{ResourceHealth::degraded, "slow", {}};
  };
  manager.register_provider("a", provider);
  REQUIRE(clock->wait_for_parked(1));
  CHECK(provider->checked == 0);
  clock->advance(10s);
  CHECK(
      eventually([&] { return manager.get_resource_status("a").health.health == ResourceHealth::degraded; }));
  REQUIRE(clock->wait_for_parked(1));
  CHECK(provider->checked == 1);
  clock->advance(10s);
  CHECK(eventually([&] { return provider->checked == 2; }));
}

TEST_CASE("a background check that hangs is overdue after the timeout") {
  const auto clock = std::make_shared<ManualClock>();
  const Hang hang;
  ResourceManager manager({.clock = clock, .health_interval = 10s});
  const auto provider = fake();
  provider->on_health = hang.check();
  manager.register_provider("a", provider);
  REQUIRE(clock->wait_for_parked(1));
  clock->advance(10s);
  REQUIRE(eventually([&] { return provider->checked == 1; }));
  REQUIRE(clock->wait_for_parked(1));
  clock->advance(5s);  // and nothing else is due
  const auto told = [&] { return manager.get_resource_status("a").health.message; };
  CHECK(eventually([&] { return told() == "did not answer within 5s"; }));
  hang.end();
  CHECK(eventually([&] { return told() == "at last"; }));
}

TEST_CASE("a provider that holds up a round of upkeep does not put off the health checks") {
  const auto clock = std::make_shared<ManualClock>();
  const Clock::time_point start = clock->now();
  std::atomic<bool> disposing = false;
  ResourceManager manager({.clock = clock, .health_interval = 24h});
  const auto provider = fake();
  const Hang hang;
  provider->on_dispose = [&disposing, go = hang.go] {
    disposing = true;
    go->wait(false);
  };
  manager.register_provider("a", provider, {.pool = {.max_idle_time = 1s}});
  { const Lease idle_now = manager.acquire("a", "owner"); }
  REQUIRE(eventually([&] {
    if (!disposing) clock->advance(1s);
    return disposing.load();
  }));
  REQUIRE(clock->wait_for_parked(1));  // the round waits for the disposal
  clock->advance(start + 24h - clock->now());
  CHECK(eventually([&] { return provider->checked == 1; }));
  hang.end();
}

TEST_CASE("validate_resource borrows or opens one and says whether it is usable") {
  ResourceManager manager;
  const auto provider = fake();
  manager.register_provider("a", provider);
  CHECK(manager.validate_resource("a"));
  CHECK(provider->opened == 1);
  provider->valid = false;
  CHECK_FALSE(manager.validate_resource("a"));
  CHECK_THROWS_AS(manager.validate_resource("b"), Error);
}

TEST_CASE("the background thread refills to min_size and evicts what is idle, by the clock") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock});
  const auto provider = fake();
  manager.register_provider("a", provider,
                            {.pool = {.min_size = 2, .max_idle_time = 1min, .keepalive = std::nullopt}});
  CHECK(eventually([&] { return manager.get_resource_status("a").idle_count == 2; }));
  std::vector<Lease> leases;
  for (const char* owner : {"1", "2", "3", "4"}) leases.push_back(manager.acquire("a", owner));
  CHECK(provider->opened == 4);
  leases.clear();
  CHECK(manager.get_resource_status("a").idle_count == 4);
  CHECK(eventually([&] {
    clock->advance(10s);
    return provider->disposed >= 2;
  }));
  CHECK(manager.get_resource_status("a").idle_count >= 2);
}

TEST_CASE("what an eviction or a resize leaves to do is done at once, whatever the time") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock});
  const auto provider = fake();
  PoolConfig config;
  config.min_size = 1;
  manager.register_provider("a", provider, {.pool = config});
  const auto idle = [&] { return manager.get_resource_status("a").idle_count; };
  REQUIRE(eventually([&] { return idle() == 1; }));
  REQUIRE(clock->wait_for_parked(1));
  manager.evict("a");
  CHECK(eventually([&] { return provider->opened == 2 && idle() == 1; }));
  REQUIRE(clock->wait_for_parked(1));
  config.min_size = 2;
  manager.resize_pool("a", config);
  CHECK(eventually([&] { return idle() == 2; }));
}

TEST_CASE("without a thread maintain() does a round and says when the next is due") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock, .maintenance = false});
  const auto provider = fake();
  manager.register_provider("a", provider, {.pool = {.min_size = 1}});
  CHECK(provider->opened == 0);
  const auto next = manager.maintain();
  CHECK(provider->opened == 1);
  CHECK(next > clock->now());
}

TEST_CASE("pools are resized, suspended, resumed and evicted by name") {
  ResourceManager manager;
  const auto provider = fake();
  manager.register_provider("a", provider, {.pool = {.max_size = 1}});
  auto one = manager.acquire("a", "1");
  CHECK_FALSE(manager.try_acquire("a", "2"));
  manager.resize_pool("a", {.max_size = 2});
  CHECK(manager.try_acquire("a", "2"));
  CHECK(error_of([&] { manager.resize_pool("a", {.min_size = 3, .max_size = 2}); }) ==
        "config.value: /min_size: min_size 3 is above max_size 2; lower min_size or raise max_size");
  CHECK(manager.get_pool_config("a").max_size == 2);

  manager.suspend("a");
  CHECK(manager.get_resource_status("a").suspended);
  std::thread waiter([&] { manager.acquire("a", "3").release(); });
  CHECK(eventually([&] { return manager.get_resource_status("a").waiting_count == 1; }));
  manager.resume("a");
  waiter.join();

  manager.evict("a");
  CHECK(manager.get_resource_status("a").idle_count == 0);
  const int disposed = provider->disposed;
  one.release();
  CHECK(provider->disposed == disposed + 1);
}

TEST_CASE("an open breaker refuses acquires that would have to open a resource") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock, .maintenance = false});
  const auto provider = fake();
  provider->on_acquire = [](const AcquireContext&) { throw_error(errc::db_unreachable, "refused"); };
  manager.register_provider("a", provider, {.breaker = {.failures = 2, .open = 30s}});
  CHECK_THROWS_AS(manager.acquire("a", "o"), ConnectionError);
  CHECK_THROWS_AS(manager.acquire("a", "o"), ConnectionError);
  CHECK_THROWS_AS(manager.acquire("a", "o"), CircuitOpenError);
  CHECK(provider->opened == 2);
  CHECK(manager.get_resource_status("a").breaker == BreakerState::open);
  provider->on_acquire = nullptr;
  clock->advance(30s);
  CHECK(manager.acquire("a", "o"));
  CHECK(manager.get_resource_status("a").breaker == BreakerState::closed);
}

TEST_CASE("a status is written as JSON") {
  ResourceManager manager;
  manager.register_provider("a", fake(), {.metadata = {{"team", "data"}}});
  auto lease = manager.acquire("a", "o");
  const auto json = to_json(manager.get_all_resources().at("a"));
  CHECK(json.at("active_count") == 1);
  CHECK(json.at("owners").at(0).at("owner") == "o");
  CHECK(json.at("breaker") == "closed");
  CHECK(json.at("metadata").at("team") == "data");
  CHECK(json.at("health").at("health") == "unknown");
}
