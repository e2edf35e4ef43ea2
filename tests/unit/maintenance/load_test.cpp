// Upkeep while leases come and go, on a clock that the test moves.

#include <algorithm>
#include <set>
#include <vector>

#include "watched.hpp"

using namespace leasehold;
using namespace leasehold::test;

namespace {

std::vector<Lease> take(Bench& bench, int count, const std::string& who = "owner") {
  std::vector<Lease> leases;
  for (int i = 0; i < count; ++i) leases.push_back(bench.get(who + std::to_string(i)));
  return leases;
}

}  // namespace

TEST_CASE("idle eviction goes down to min_size and not below, counting what is lent") {
  PoolConfig config = quiet(3, 10);
  config.max_idle_time = 1min;
  Bench bench(config);
  std::vector<Lease> leases = take(bench, 8);
  leases.resize(2);
  bench.clock->advance(1min);
  static_cast<void>(bench.manager.maintain());
  CHECK(bench.provider->live == 3);  // two of them lent
  CHECK(bench.metrics().idle == 1);
  leases.clear();
  for (int i = 0; i < 5; ++i) {
    bench.clock->advance(1min);
    static_cast<void>(bench.manager.maintain());
    CHECK(bench.provider->live == 3);
  }
  CHECK(bench.provider->opened == 8);  // none was replaced only to be evicted
}

TEST_CASE("idle eviction does not count on what is only being opened") {
  PoolConfig config = quiet(1, 2);
  config.max_idle_time = 1min;
  Bench bench(config);
  const Lease lent = bench.get("holder");
  bench.provider->stuck = bench.provider->down = true;
  std::jthread late([&] { CHECK_THROWS_AS(bench.get("late", 1s), PoolExhaustedError); });
  REQUIRE(eventually([&] { return bench.provider->opening == 1; }));
  REQUIRE(bench.clock->wait_for_parked(1));
  bench.clock->advance(1s);
  late.join();
  bench.manager.release("db", "holder");
  bench.clock->advance(1min);
  static_cast<void>(bench.manager.maintain());
  CHECK(bench.provider->live == 1);
  bench.provider->stuck = false;
  CHECK(eventually([&] { return bench.provider->opening == 0; }));
  CHECK(bench.provider->live == 1);
}

TEST_CASE(
    "what was made at once retires spread over 2.5 % of the lifetime, never late, never many together") {
  PoolConfig config = quiet(0, 100);
  config.max_lifetime = 1000s;
  config.creation_concurrency = 100;
  Bench bench(config);
  take(bench, 100).clear();
  REQUIRE(bench.provider->live == 100);
  const auto made = bench.clock->now();
  std::vector<Duration> retired;
  int most = 0;
  while (bench.provider->live > 0 && retired.size() <= 100) {
    const int before = bench.provider->disposed;
    static_cast<void>(bench.manager.maintain());
    const int now = bench.provider->disposed - before;
    most = std::max(most, now);
    for (int i = 0; i < now; ++i) retired.push_back(bench.clock->now() - made);
    bench.clock->advance(bench.clock->now() - made < 960s ? Duration(10s) : Duration(250ms));
  }
  REQUIRE(retired.size() == 100);
  CHECK(retired.back() - retired.front() >= 25s);
  CHECK(retired.back() <= 1000s + 250ms);
  CHECK(most <= 3);  // of a quarter second; 30 s for 100 of them
}

TEST_CASE("keepalive checks what lies idle, leaves what is lent alone, and replaces what is dead") {
  PoolConfig config = quiet(2, 4);
  config.keepalive = 1min;
  Bench bench(config);
  static_cast<void>(bench.manager.maintain());
  REQUIRE(bench.provider->live == 2);
  const Lease lent = bench.get("a");
  bench.clock->advance(1min);
  static_cast<void>(bench.manager.maintain());
  CHECK(bench.provider->validated == 1);
  bench.provider->valid = false;
  bench.clock->advance(1min);
  static_cast<void>(bench.manager.maintain());
  CHECK(bench.provider->validated == 2);
  CHECK(bench.provider->disposed == 1);
  CHECK(bench.provider->live == 2);  // refilled in the same round
}

TEST_CASE("resize with leases out: up serves who waits, down lets leases finish") {
  Bench bench(quiet(0, 2));
  std::vector<Lease> leases = take(bench, 2);
  std::jthread waiter([&] { CHECK(bench.get("waiter")); });
  REQUIRE(eventually([&] { return bench.metrics().waiting == 1; }));
  bench.manager.resize_pool("db", quiet(0, 5));
  waiter.join();
  for (Lease& lease : take(bench, 3, "more")) leases.push_back(std::move(lease));
  CHECK(bench.provider->live == 5);
  bench.manager.resize_pool("db", quiet(0, 2));
  CHECK(bench.provider->live == 5);  // nobody loses what they hold
  CHECK(!bench.manager.try_acquire("db", "late"));
  leases.pop_back();
  leases.pop_back();
  leases.pop_back();
  CHECK(bench.provider->live == 2);
  CHECK(!bench.manager.try_acquire("db", "late"));
  leases.clear();
  CHECK(bench.provider->live == 2);
  CHECK(bench.metrics().active == 0);
}

TEST_CASE("a suspended pool lends nothing and loses nothing") {
  Bench bench(quiet(2, 2));
  static_cast<void>(bench.manager.maintain());
  Lease held = bench.get("holder");
  bench.manager.suspend("db");
  CHECK(!bench.manager.try_acquire("db", "late"));
  std::jthread waiter([&] { CHECK(bench.get("waiter")); });
  REQUIRE(eventually([&] { return bench.metrics().waiting == 1; }));
  held.release();
  static_cast<void>(bench.manager.maintain());
  CHECK(bench.metrics().waiting == 1);
  CHECK(bench.metrics().active == 0);
  bench.manager.resume("db");
  waiter.join();
  CHECK(take(bench, 2).size() == 2);
  CHECK(bench.provider->opened == 2);
}

TEST_CASE("soft eviction and bad health retire idle ones now and held ones at their return") {
  Bench bench(quiet(0, 3));
  const auto retire = [&](bool by_health) {
    if (!by_health) return bench.manager.evict("db");
    bench.provider->healthy = false;
    static_cast<void>(bench.manager.health_check("db"));
    bench.provider->healthy = true;
    static_cast<void>(bench.manager.health_check("db"));
  };
  for (const bool by_health : {false, true}) {
    CAPTURE(by_health);
    std::vector<Lease> leases = take(bench, 3);
    std::set<int> old;
    for (Lease& lease : leases) old.insert(lease.as<int>());
    leases.pop_back();
    const int disposed = bench.provider->disposed;
    retire(by_health);
    CHECK(bench.provider->disposed == disposed + 1);
    CHECK(old.count(leases.front().as<int>()) == 1);  // goes on
    CHECK(old.count(bench.get("new").as<int>()) == 0);
    leases.clear();
    CHECK(bench.provider->disposed == disposed + 3);
    CHECK(bench.metrics().active == 0);
    for (Lease& lease : take(bench, 3)) CHECK(old.count(lease.as<int>()) == 0);
  }
  CHECK(bench.metrics().health_failures == 1);
}

TEST_CASE("everything at once, with threads: upkeep takes nothing from who holds, and the bounds hold") {
  PoolConfig config = quiet(2, 4);
  config.max_idle_time = 5ms;
  config.max_lifetime = 20ms;
  config.keepalive = 3ms;
  config.validate_after = 1ms;
  Bench bench(config);
  std::atomic<bool> over = false;
  std::atomic<int> wrong = 0, served = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&, i] {
        const OwnerId owner("owner" + std::to_string(i));
        while (!over) {
          const Lease lease = bench.get(owner);
          if (lease.as<int>() <= 0 || bench.provider->live > 4) ++wrong;
          ++served;
        }
      });
    const auto limit = std::chrono::steady_clock::now() + 30s;  // of real time, should nobody be served
    for (int i = 0; (i < 200 || served < 200) && std::chrono::steady_clock::now() < limit; ++i) {
      bench.clock->advance(1ms);
      static_cast<void>(bench.manager.maintain());
    }
    over = true;
    bench.clock->advance(1ms);
  }
  CHECK(wrong == 0);
  CHECK(served >= 200);
  static_cast<void>(bench.manager.maintain());
  CHECK(bench.provider->live >= 2);
  CHECK(bench.metrics().active == 0);
}
