#include "single_pools.hpp"

#include <leasehold/adapters/dict.hpp>

#include <doctest/doctest.h>

#include <thread>

using namespace leasehold;
using namespace leasehold::test;
using namespace std::chrono_literals;

namespace {

// Three pools of one resource each, registered in the order c, a, b.
struct Three : SinglePools {
  Three() : SinglePools({"c", "a", "b"}) {}
};

}  // namespace

TEST_CASE("a lease is lent to its owner until its end") {
  Three three;
  {
    auto lease = three.manager.acquire<Thing>("a", "import#1");
    CHECK(lease->number == 1);
    CHECK(three.manager.has_resource("a", "import#1"));
    CHECK_FALSE(three.manager.has_resource("a", "import#2"));
    CHECK(three.manager.get_resource_owners("a") == std::vector<std::string>{"import#1"});
    CHECK(three.manager.get_resource_status("a").owners.at(0).site.find("lending_test.cpp:") !=
          std::string::npos);
  }
  CHECK_FALSE(three.manager.has_resource("a", "import#1"));
  CHECK(three.manager.get_resource_status("a").idle_count == 1);
}

TEST_CASE("an unknown name and a missing owner are clear errors") {
  Three three;
  three.manager.register_provider("settings", create_simple_provider("settings", {{"n", 1}}));
  CHECK(error_of([&] { three.manager.acquire("setings", "o"); }) ==
        "resource.unknown: no resource 'setings' is registered; did you mean 'settings'?");
  CHECK_THROWS_AS(three.manager.acquire("a", OwnerId()), ConfigError);
  CHECK_THROWS_AS(three.manager.acquire_all(std::vector<ResourceRequirement>{{.name = "a"}}, OwnerId()),
                  ConfigError);
  CHECK_FALSE(three.manager.release("nope", "o"));
  CHECK(three.manager.release_all("o") == 0);
  CHECK(three.manager.get_resource_owners("nope").empty());
  CHECK_FALSE(three.manager.get_resource_status("nope").provider_exists);
  CHECK(three.manager.get_metrics("nope").empty());
  CHECK_THROWS_AS(three.manager.suspend("nope"), Error);
}

TEST_CASE("try_acquire never waits and gives nothing when everything is lent") {
  Three three;
  auto first = three.manager.try_acquire("a", "one");
  REQUIRE(first);
  CHECK_FALSE(three.manager.try_acquire("a", "two"));
  three.manager.suspend("b");
  CHECK_FALSE(three.manager.try_acquire("b", "two"));
  three.manager.resume("b");
  CHECK(three.manager.try_acquire("b", "two"));
  three.providers["c"]->on_acquire = [](const AcquireContext&) {
    throw_error(errc::db_auth, "wrong password");
  };
  CHECK_THROWS_AS(three.manager.try_acquire("c", "two"), ConnectionError);
}

TEST_CASE("timeout 0 may create, with the pool's acquire_timeout as its deadline") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock});
  const auto provider = fake();
  Clock::time_point seen;
  provider->on_acquire = [&](const AcquireContext& context) { seen = context.deadline; };
  manager.register_provider("a", provider, {.pool = {.acquire_timeout = 7s}});
  const auto start = clock->now();
  CHECK(manager.acquire("a", "o", {.timeout = 0s}));
  CHECK(seen == start + 7s);
  CHECK(manager.acquire("a", "p", {.timeout = 60s, .deadline = start + 3s}));  // of two the earlier
}

TEST_CASE("acquire_all takes in order of registration and gives back in reverse") {
  Three three;
  const std::vector<ResourceRequirement> wanted = {
      {.name = "a", .role = "source"}, {.name = "b"}, {.name = "c"}};
  auto leases = three.manager.acquire_all(wanted, "o");
  CHECK(names_of(leases) == std::vector<std::string>{"c", "a", "b"});
  CHECK(leases["source"].name() == "a");
  CHECK(leases["b"].fence() > leases["a"].fence());
  leases.release();
  CHECK(three.manager.get_resource_owners("c").empty());
  CHECK(three.manager.configure_from_requirements(wanted, "o").size() == 3);
}

TEST_CASE("acquire_all is all or nothing") {
  Three three;
  Lease held = three.manager.acquire("b", "other");
  const std::vector<ResourceRequirement> wanted = {
      {.name = "c"}, {.name = "a"}, {.name = "b", .timeout = 0s}};
  CHECK_THROWS_AS(three.manager.acquire_all(wanted, "o"), PoolExhaustedError);
  CHECK_FALSE(three.manager.has_resource("c", "o"));
  CHECK_FALSE(three.manager.has_resource("a", "o"));
  CHECK(three.manager.get_resource_owners("b") == std::vector<std::string>{"other"});
  const std::vector<ResourceRequirement> unknown = {{.name = "c"}, {.name = "zzz"}};
  CHECK_THROWS_AS(three.manager.acquire_all(unknown, "o"), Error);
  CHECK(three.providers["c"]->opened == 1);  // nothing was acquired for it
}

TEST_CASE("an optional resource that cannot be had is an empty lease") {
  Three three;
  Lease held = three.manager.acquire("b", "other");
  three.manager.breaker("a").force_open();
  three.providers["c"]->on_acquire = [](const AcquireContext&) { throw std::runtime_error("down"); };
  const std::vector<ResourceRequirement> wanted = {{.name = "c", .required = false},
                                                   {.name = "a", .required = false},
                                                   {.name = "b", .required = false, .timeout = 1ms}};
  auto leases = three.manager.acquire_all(wanted, "o");
  CHECK(leases.size() == 3);
  CHECK_FALSE(leases["a"]);
  CHECK_FALSE(leases["b"]);
  CHECK_FALSE(leases["c"]);
}

TEST_CASE("an optional resource is no excuse for a cancelled wait or a closed manager") {
  Three three;
  std::stop_source stop;
  stop.request_stop();
  Lease held = three.manager.acquire("b", "other");
  const std::vector<ResourceRequirement> wanted = {{.name = "b", .required = false}};
  try {
    three.manager.acquire_all(wanted, "o", {.stop = stop.get_token()});
    FAIL("went without");
  } catch (const Error& error) {
    CHECK(error.reason() == errc::acquire_cancelled);
  }
  held.release();
  three.manager.close(0s);
  CHECK_THROWS_AS(three.manager.acquire_all(wanted, "o"), StateError);
}

TEST_CASE("one name twice is one hold shared, and required serves optional") {
  Three three;
  const std::vector<ResourceRequirement> wanted = {{.name = "a", .required = false, .role = "maybe"},
                                                   {.name = "a", .role = "surely"}};
  auto leases = three.manager.acquire_all(wanted, "o");
  CHECK(&leases["maybe"].as<Thing>() == &leases["surely"].as<Thing>());
  CHECK(three.manager.get_resource_status("a").active_count == 1);
  CHECK(three.manager.get_resource_status("a").owners.at(0).leases == 2);
}

TEST_CASE("acquire_all has one deadline for everything") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock, .maintenance = false});
  std::vector<Clock::time_point> deadlines;
  for (const char* name : {"a", "b"}) {
    const auto provider = fake();
    provider->on_acquire = [&](const AcquireContext& context) {
      deadlines.push_back(context.deadline);
      clock->advance(1s);
    };
    manager.register_provider(name, provider, {.pool = {.acquire_timeout = name[0] == 'a' ? 5s : 9s}});
  }
  const auto start = clock->now();
  const std::vector<ResourceRequirement> wanted = {{.name = "b"}, {.name = "a"}};
  CHECK(manager.acquire_all(wanted, "o").size() == 2);
  CHECK(deadlines == std::vector{start + 9s, start + 9s});  // the largest acquire_timeout
}

TEST_CASE("the acquire_timeout that a resize brings counts from then on") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock, .maintenance = false});
  const auto provider = fake();
  Clock::time_point deadline;
  provider->on_acquire = [&](const AcquireContext& context) { deadline = context.deadline; };
  manager.register_provider("a", provider, {.pool = {.acquire_timeout = 9s}});
  manager.resize_pool("a", {.acquire_timeout = 2s});
  static_cast<void>(manager.acquire("a", "o"));
  CHECK(deadline == clock->now() + 2s);
}

TEST_CASE("no requirement's own timeout reaches beyond the deadline of all") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock, .maintenance = false});
  const auto provider = fake();
  std::vector<Clock::time_point> deadlines;
  provider->on_acquire = [&](const AcquireContext& context) { deadlines.push_back(context.deadline); };
  for (const char* name : {"a", "b"}) manager.register_provider(name, provider);
  const auto start = clock->now();
  const std::vector<ResourceRequirement> wanted = {{.name = "a", .timeout = 1h},
                                                   {.name = "b", .timeout = 1s}};
  CHECK(manager.acquire_all(wanted, "o", {.timeout = 5s}).size() == 2);
  CHECK(deadlines == std::vector{start + 5s, start + 1s});
}

TEST_CASE("release and release_all take back what the owner holds, and nobody else's") {
  Three three;
  Lease a = three.manager.acquire("a", "a"), b = three.manager.acquire("b", "a");
  Lease other = three.manager.acquire("c", "a:b");
  CHECK(three.manager.release("a", "a"));
  CHECK_FALSE(three.manager.release("a", "a"));
  CHECK_THROWS_AS(a.get(), StateError);
  CHECK(three.manager.release_all("a") == 1);
  CHECK_THROWS_AS(b.get(), StateError);
  CHECK(three.manager.has_resource("c", "a:b"));
  CHECK(other.as<Thing>().number == 1);
}

TEST_CASE("release_all keeps to its own manager") {
  Three one, two;
  Lease a = one.manager.acquire("a", "o"), b = two.manager.acquire("a", "o");
  CHECK(one.manager.release_all("o") == 1);
  CHECK(b.as<Thing>().number == 1);
}

TEST_CASE("many threads with overlapping sets never exceed a pool and never deadlock") {
  Three three;
  std::atomic<int> inside = 0;
  std::atomic<bool> broken = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      const std::vector<std::vector<ResourceRequirement>> sets = {
          {{.name = "a"}, {.name = "b"}},
          {{.name = "b"}, {.name = "c"}, {.name = "a"}},
          {{.name = "c"}, {.name = "a"}}};
      for (int i = 0; i < 30; ++i) {
        auto leases =
            three.manager.acquire_all(sets[static_cast<std::size_t>(t + i) % 3], "o" + std::to_string(t));
        if (++inside > 1) broken = true;  // all of them contain "a"
        --inside;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK_FALSE(broken);
  for (const auto& [name, metrics] : three.manager.get_metrics()) {
    CHECK(metrics.peak_active == 1);
    CHECK(metrics.deadlocks == 0);
    CHECK(metrics.timeouts == 0);
    CHECK(metrics.active == 0);
  }
}

TEST_CASE("with metrics off everything stays zero") {
  ResourceManager manager({.metrics = false});
  manager.register_provider("a", fake());
  manager.acquire("a", "o").release();
  const auto metrics = manager.get_metrics("a").at("a");
  CHECK(metrics.acquisitions == 0);
  CHECK(metrics.hold.count == 0);
  CHECK(metrics.created == 0);
}

TEST_CASE("operations go through leases, and are counted") {
  ResourceManager manager;
  manager.register_from_dict("db", {{"data", {{"a", 1}}}});
  auto lease = manager.acquire("db", "o");
  CHECK(lease.call("get", {{"key", "a"}}) == 1);
  CHECK_THROWS_AS(lease.call("get", {{"key", "b"}}), Error);
  CHECK(manager.get_metrics("db").at("db").operations == 2);
  CHECK(manager.get_metrics("db").at("db").operation_failures == 1);
  CHECK(manager.acquire<Dict>("db", "p")->get("a") == 1);
}

TEST_CASE("a set of leases may outlive whatever else its thread keeps") {
  ResourceManager manager;
  for (const char* name : {"a", "b", "c"}) manager.register_provider(name, create_simple_provider(name, {}));
  std::thread([&] {
    thread_local LeaseSet last;  // made before what sets of this thread share, so it goes after that
    CHECK(last.empty());
    last = manager.acquire_all({{.name = "a"}, {.name = "b"}, {.name = "c"}}, "last");
    { const LeaseSet small = manager.acquire_all({{.name = "a"}}, "small"); }
    CHECK(manager.has_resource("c", "last"));
  }).join();
  CHECK_FALSE(manager.has_resource("c", "last"));
}

TEST_CASE("what operations() throws shows no more than what acquire() throws") {
  ResourceManager manager;
  const auto provider = fake();
  manager.register_provider("db", provider);
  Lease lease = manager.acquire("db", "o");
  provider->on_operations = [] { throw std::runtime_error("password=hunter2"); };
  CHECK(error_of([&] { lease.call("query", {}); }) ==
        "resource.operation: the operations of 'db' cannot be had: std::runtime_error; see the provider's "
        "own log");
  provider->on_operations = [] { throw 42; };
  CHECK(error_of([&] { lease.call("query", {}); }) ==
        "resource.operation: the operations of 'db' cannot be had: int; see the provider's own log");
  provider->on_operations = [] { throw ConnectionError(errc::db_auth, "user 'x' refused"); };
  CHECK(error_of([&] { lease.call("query", {}); }) == "db.auth: user 'x' refused");
}
