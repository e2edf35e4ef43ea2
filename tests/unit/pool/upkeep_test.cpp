#include "fake.hpp"

using namespace fake;

namespace {
PoolConfig quiet(std::size_t min_size, std::size_t max_size) {
  PoolConfig config;
  config.min_size = min_size;
  config.max_size = max_size;
  config.max_idle_time = config.max_lifetime = config.keepalive = std::nullopt;
  return config;
}
}  // namespace

TEST_CASE("maintenance refills to min_size, and says why it cannot") {
  Rig rig(quiet(3, 5));
  rig.pool->maintain();
  CHECK(rig.pool->counts().idle == 3);
  CHECK(rig.provider->opened == 3);
  rig.pool->evict();
  rig.provider->on_acquire = [](const AcquireContext& context) {
    CHECK(!context.owner);
    throw ConnectionError(errc::db_unreachable, "down");
  };
  CHECK(rig.pool->maintain() <= rig.clock->now() + 10ms);
  CHECK(rig.pool->counts().total == 0);
  REQUIRE(rig.logged().size() == 1);
  CHECK(rig.logged()[0] == "refilling 'db' failed: db.unreachable: down");
}

TEST_CASE("a refill that hangs does not hold up the round") {
  Rig rig(quiet(1, 1));
  std::promise<void> go;
  auto gate = go.get_future().share();
  rig.provider->on_acquire = [gate](const AcquireContext&) { gate.wait(); };
  auto round = std::async(std::launch::async, [&] { rig.pool->maintain(); });
  REQUIRE(rig.clock->wait_for_parked(1));
  rig.clock->advance(1s);
  round.get();
  go.set_value();
  CHECK(eventually([&] { return rig.pool->counts().idle == 1; }));
}

TEST_CASE("idle resources go after max_idle_time, down to min_size") {
  PoolConfig config = quiet(1, 4);
  config.max_idle_time = 5min;
  Rig rig(config);
  { Lease a = rig.get("a"), b = rig.get("b"), c = rig.get("c"); }
  CHECK(rig.pool->maintain() == rig.clock->now() + 1s);  // min_size is looked after every second
  rig.clock->advance(5min - 1ns);
  rig.pool->maintain();
  CHECK(rig.pool->counts().idle == 3);
  rig.clock->advance(1ns);
  rig.pool->maintain();
  CHECK(rig.pool->counts().idle == 1);
  CHECK(rig.provider->disposed == 2);
}

TEST_CASE("a resource is idle since its last lease ended") {
  for (const Sharing mode : {Sharing::exclusive, Sharing::shared}) {
    PoolConfig config = quiet(0, 1);
    config.max_idle_time = 5min;
    Rig rig(config, mode);
    Lease lease = rig.get("a");
    rig.clock->advance(10min);
    lease.release();
    rig.clock->advance(5min - 1ns);
    rig.pool->maintain();
    CHECK(rig.pool->counts().idle == 1);
    rig.clock->advance(1ns);
    rig.pool->maintain();
    CHECK(rig.pool->counts().idle == 0);
  }
}

TEST_CASE("upkeep is due when the first thing is, also what begins later") {
  const auto due_in = [](PoolConfig config, bool held, Duration aged = 1min) {
    Rig rig(config);
    Lease lease = rig.get("a");
    if (!held) lease.release();
    rig.clock->advance(aged);
    return rig.pool->maintain() - rig.clock->now();
  };
  PoolConfig idle = quiet(0, 2), lifetime = idle, keepalive = idle, leaks = idle;
  idle.max_idle_time = 5min;
  CHECK(due_in(idle, false) == 4min);
  CHECK(due_in(idle, true) == 5min);
  lifetime.max_lifetime = 100min;
  CHECK(due_in(lifetime, false, 50min) <= 50min);
  CHECK(due_in(lifetime, false, 50min) >= 47min);
  CHECK(due_in(lifetime, true) <= 97min);
  keepalive.keepalive = 2min;
  CHECK(due_in(keepalive, false) == 1min);
  CHECK(due_in(keepalive, true) == 2min);
  leaks.leak_threshold = 3min;
  CHECK(due_in(leaks, true) == 2min);
  CHECK(due_in(leaks, false) == 3min);
}

TEST_CASE("a suspended pool is not refilled") {
  Rig rig(quiet(1, 1));
  rig.pool->suspend();
  rig.pool->maintain();
  CHECK(rig.provider->opened == 0);
  rig.pool->resume();
  rig.pool->maintain();
  CHECK(rig.provider->opened == 1);
}

TEST_CASE("what a resize does not allow any more goes at once") {
  Rig rig(quiet(0, 1));
  rig.get("a");
  PoolConfig once = quiet(0, 1);
  once.max_uses = 1;
  rig.pool->resize(once);
  CHECK(rig.provider->disposed == 1);
}

TEST_CASE("max_lifetime retires with jitter: idle ones at maintenance, held ones at their return") {
  PoolConfig config = quiet(0, 40);
  config.max_lifetime = 1000s;
  Rig rig(config);
  std::vector<Lease> leases;
  for (int i = 0; i < 40; ++i) leases.push_back(rig.get("owner" + std::to_string(i)));
  Lease held = std::move(leases.back());
  leases.clear();
  rig.clock->advance(970s - 1ns);
  rig.pool->maintain();
  CHECK(rig.provider->disposed == 0);
  rig.clock->advance(15s);
  rig.pool->maintain();
  const int half_way = rig.provider->disposed;
  CHECK(half_way > 5);
  CHECK(half_way < 35);
  rig.clock->advance(16s);
  rig.pool->maintain();
  CHECK(rig.provider->disposed == 39);
  held.release();
  CHECK(rig.provider->disposed == 40);
}

TEST_CASE("keepalive checks what is idle, and drops what is dead") {
  PoolConfig config = quiet(0, 2);
  config.keepalive = 2min;
  Rig rig(config);
  rig.get("a");
  CHECK(rig.pool->maintain() == rig.clock->now() + 2min);
  CHECK(rig.provider->validated == 0);
  rig.clock->advance(2min);
  rig.pool->maintain();
  CHECK(rig.provider->validated == 1);
  CHECK(rig.pool->counts().idle == 1);
  rig.pool->maintain();
  CHECK(rig.provider->validated == 1);
  rig.clock->advance(2min);
  rig.provider->on_validate = [] { return false; };
  rig.pool->maintain();
  CHECK(rig.pool->counts().total == 0);
  CHECK(rig.provider->disposed == 1);
}

TEST_CASE("keepalive checks a shared resource too") {
  PoolConfig config = quiet(0, 2);
  config.keepalive = 2min;
  Rig rig(config, Sharing::shared);
  rig.get("a");
  rig.clock->advance(2min);
  rig.pool->maintain();
  CHECK(rig.provider->validated == 1);
  CHECK(rig.pool->counts().idle == 1);
  rig.clock->advance(2min);
  rig.provider->on_validate = [] { return false; };
  rig.pool->maintain();
  CHECK(rig.provider->disposed == 1);
  CHECK(rig.pool->counts().total == 0);
}

TEST_CASE("keepalive checks no more once it is switched off") {
  PoolConfig config = quiet(0, 2);
  config.keepalive = 2min;
  Rig rig(config);
  { Lease a = rig.get("a"), b = rig.get("b"); }
  rig.clock->advance(2min);
  rig.provider->on_validate = [&] {
    rig.pool->resize(quiet(0, 2));
    return true;
  };
  rig.pool->maintain();
  CHECK(rig.provider->validated == 1);
  CHECK(rig.pool->counts().idle == 2);
}

TEST_CASE("what an open breaker keeps from being checked stays, and nobody is told otherwise") {
  for (const Sharing mode : {Sharing::exclusive, Sharing::shared}) {
    Rig plain;
    plain.provider->mode = mode;
    std::vector<std::string> log;
    detail::PoolSetup setup;
    setup.name = "db";
    setup.provider = plain.provider;
    setup.config = quiet(0, 1);
    setup.config.keepalive = 2min;
    setup.clock = plain.clock;
    setup.breaker = std::make_shared<Breaker>(BreakerConfig{.failures = 1}, plain.clock);
    setup.logger = [&](LogLevel, std::string_view message) { log.emplace_back(message); };
    const auto pool = Pool::open(setup);
    pool->acquire("a", plain.clock->now() + 5s, true, {}, {}).release();
    setup.breaker->force_open();
    plain.clock->advance(2min);
    pool->maintain();
    CHECK(plain.provider->validated == 0);
    CHECK(pool->counts().idle == 1);
    CHECK(log.empty());
    CHECK(!pool->validate_one(plain.clock->now() + 5s));
    CHECK(pool->counts().idle == 1);
    REQUIRE(log.size() == 1);
    CHECK(log[0].find("validating 'db' failed: breaker.open: ") == 0);
  }
}

TEST_CASE("a lease held beyond leak_threshold is reported once") {
  PoolConfig config = quiet(0, 2);
  config.leak_threshold = 1min;
  Rig rig(config);
  Lease held = rig.get("a");
  rig.clock->advance(30s);
  CHECK(rig.pool->maintain() == rig.clock->now() + 30s);
  CHECK(rig.logged().empty());
  rig.clock->advance(30s);
  rig.pool->maintain();
  rig.clock->advance(30s);
  rig.pool->maintain();
  REQUIRE(rig.logged().size() == 1);
  CHECK(rig.logged()[0] == "'db' is held by 'a' for 1m (import.cpp:42); it may be leaked");
  CHECK(rig.pool->metrics().leaked == 1);
  held = rig.get("a");
  held.release();
  Lease again = rig.get("a");
  rig.clock->advance(1min);
  rig.pool->maintain();
  CHECK(rig.pool->metrics().leaked == 2);
}

TEST_CASE("validate_one opens or borrows one and checks it") {
  for (const Sharing mode : {Sharing::exclusive, Sharing::shared}) {
    Rig rig(quiet(0, 1), mode);
    CHECK(rig.pool->validate_one(rig.clock->now() + 5s));
    CHECK(rig.provider->validated == 1);
    CHECK(rig.pool->counts().idle == 1);
    rig.provider->on_validate = [] { return false; };
    CHECK(!rig.pool->validate_one(rig.clock->now() + 5s));
    CHECK(rig.pool->counts().total == 0);
    rig.provider->on_acquire = [](const AcquireContext&) {
      throw ConnectionError(errc::db_unreachable, "down");
    };
    CHECK(!rig.pool->validate_one(rig.clock->now() + 5s));
    CHECK(rig.provider->live == 0);
  }
}

TEST_CASE("metrics are exact against a counted run") {
  Rig rig(quiet(0, 2));
  for (int i = 0; i < 10; ++i) {
    Lease a = rig.get("a");
    rig.clock->advance(10ms);
    Lease nested = rig.get("a"), b = rig.get("b");
    rig.clock->advance(10ms);
  }
  CHECK(thrown([&] { Lease a = rig.get("a"), b = rig.get("b"), c = rig.try_get("c"); }) == "acquire.timeout");
  const ResourceMetrics metrics = rig.pool->metrics();
  CHECK(metrics.acquisitions == 32);
  CHECK(metrics.failures == 1);
  CHECK(metrics.timeouts == 1);
  CHECK(metrics.waits == 0);
  CHECK(metrics.created == 2);
  CHECK(metrics.reused == 20);
  CHECK(metrics.destroyed == 0);
  CHECK(metrics.peak_active == 2);
  CHECK(metrics.active == 0);
  CHECK(metrics.idle == 2);
  CHECK(metrics.hold.count == 22);
  CHECK(metrics.wait.count == 32);
  CHECK(metrics.creation.count == 2);
  CHECK(metrics.hold.max == 20ms);
  CHECK(metrics.average_hold_time == metrics.hold.mean);
}
