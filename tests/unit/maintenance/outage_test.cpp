// A provider that is slow, down, or back again.

#include <string>
#include <vector>

#include "watched.hpp"

using namespace leasehold;
using namespace leasehold::test;

namespace {

// A clock on which a thread that is drowsy wakes, and then naps on for as long as the test wants.
class NappingClock final : public Clock {
 public:
  time_point now() const noexcept override { return time.now(); }
  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) override {
    const bool in_time = time.park(word, expected, deadline);
    while (drowsy && napping) std::this_thread::sleep_for(100us);
    return in_time;
  }
  void unpark(std::atomic<std::uint32_t>& word, int count) noexcept override { time.unpark(word, count); }

  static inline thread_local bool drowsy = false;
  std::atomic<bool> napping = false;
  ManualClock time;
};

// Threads that want a lease again and again, whatever they get.
class Crowd {
 public:
  Crowd(Bench& bench, int size) {
    for (int i = 0; i < size; ++i)
      threads_.emplace_back([this, &bench, i] {
        const OwnerId owner("one of the crowd #" + std::to_string(i));
        while (!over) {
          try {
            const Lease lease = bench.get(owner);
            ++served;
          } catch (const ConnectionError&) {
            ++refused;
          } catch (const std::exception&) {
            ++others;
          }
        }
      });
  }
  std::atomic<bool> over = false;
  std::atomic<int> served = 0, refused = 0, others = 0;

 private:
  std::vector<std::jthread> threads_;
};

}  // namespace

TEST_CASE("a provider that is down is tried ever more seldom, and found within 400 ms of its return") {
  PoolConfig config = quiet(0, 8);
  config.creation_concurrency = 2;
  Bench bench(config);
  bench.provider->down = true;
  Crowd crowd(bench, 8);
  const auto let_pass = [&](Duration time) {
    for (Duration passed{}; passed < time; passed += 10ms) {
      bench.clock->advance(10ms);
      std::this_thread::sleep_for(1ms);
    }
  };
  let_pass(2s);
  REQUIRE(crowd.refused > 0);  // whose attempt failed is told so
  const int before = bench.provider->attempts;
  let_pass(3s);
  // 300 to 400 ms apart, two at a time; one more for each that was just under way.
  CHECK(bench.provider->attempts - before <= 2 * (3000 / 300 + 1) + 2);
  CHECK(eventually([&] {
    bench.clock->advance(10ms);
    return bench.provider->attempts - before >= 4;
  }));
  CHECK(bench.provider->most_opening <= 2);

  bench.provider->down = false;
  let_pass(400ms);
  CHECK(eventually([&] { return crowd.served > 0; }));
  CHECK(eventually([&] { return bench.provider->live == 8 || crowd.served > 1000; }));
  crowd.over = true;
  bench.clock->advance(2h);  // whoever still waits
  CHECK(crowd.others == 0);
  CHECK(bench.provider->most_opening <= 2);
}

TEST_CASE("an attempt that is held back is not made once the breaker has opened") {
  Bench bench(quiet(0, 8));
  bench.provider->down = true;
  Crowd crowd(bench, 8);
  REQUIRE(eventually([&] {
    bench.clock->advance(10ms);
    return bench.clock->wait_for_parked(12, 20ms);  // all who wait, and four attempts for them
  }));
  const int before = bench.provider->attempts;
  bench.manager.breaker("db").force_open();
  bench.clock->advance(1s);
  CHECK(eventually([&] { return crowd.others >= 8; }));
  crowd.over = true;
  CHECK(bench.provider->attempts == before);
  bench.clock->advance(2h);  // whoever still waits
}

TEST_CASE("one caller alone is told of each failure at once") {
  Bench bench(quiet(0, 2));
  bench.provider->down = true;
  for (int i = 0; i < 50; ++i) {
    CHECK_THROWS_AS(bench.get("a"), ConnectionError);
    bench.clock->advance(1ms);
  }
  CHECK(bench.provider->attempts == 50);
}

TEST_CASE("nobody tries before its time for who gives up, however late that wakes to notice") {
  const auto clock = std::make_shared<NappingClock>();
  const auto provider = std::make_shared<WatchedProvider>();
  ResourceManager manager({.clock = clock, .maintenance = false});
  // From the fourth failure on each attempt is a probe, which whoever gives up must give back.
  manager.register_provider("db", provider, {.pool = quiet(0, 1), .breaker = {.failures = 4, .open = 0ns}});
  const auto get = [&](const char* owner, Duration timeout = 1h) {
    static_cast<void>(manager.acquire("db", owner, {.timeout = timeout}));
  };
  provider->down = true;
  for (int i = 0; i < 3; ++i) {
    CHECK_THROWS_AS(get("alone"), ConnectionError);
    clock->time.advance(1s);
  }
  const auto waiting = [&](std::size_t count) {
    return eventually([&] { return manager.get_resource_status("db").waiting_count == count; });
  };
  provider->stuck = true;
  std::jthread first([&] { CHECK_THROWS_AS(get("first"), ConnectionError); });
  REQUIRE(eventually([&] { return provider->opening == 1; }));
  std::jthread second([&] {
    NappingClock::drowsy = true;
    CHECK_THROWS_AS(get("second", 5ms), PoolExhaustedError);
  });
  REQUIRE(waiting(1));
  std::jthread third([&] { CHECK_THROWS_AS(get("third"), ConnectionError); });
  REQUIRE(waiting(2));
  std::jthread fourth([&] { CHECK_THROWS_AS(get("fourth"), ConnectionError); });
  REQUIRE(waiting(3));
  provider->stuck = false;
  first.join();  // the next attempt is the second's, and no sooner than in 60 ms
  REQUIRE(waiting(2));
  REQUIRE(clock->time.wait_for_parked(4));  // who made it is one of them
  CHECK(provider->attempts == 4);
  clock->napping = true;
  clock->time.advance(5ms);
  REQUIRE(waiting(1));  // now it is the third's
  CHECK(provider->attempts == 4);
  clock->napping = false;
  second.join();
  CHECK(eventually([&] {
    clock->time.advance(10ms);
    return provider->attempts == 6;
  }));
}

TEST_CASE("a refill that fails is tried again after ever longer pauses of at most 400 ms") {
  Bench bench(quiet(2, 4));
  bench.provider->down = true;
  std::vector<Duration> pauses;
  for (int i = 0; i < 12; ++i) {
    const int before = bench.provider->attempts;
    const auto due = bench.manager.maintain();
    CHECK(bench.provider->attempts == before + 1);
    static_cast<void>(bench.manager.maintain());  // too early
    CHECK(bench.provider->attempts == before + 1);
    pauses.push_back(due - bench.clock->now());
    bench.clock->advance(pauses.back());
  }
  CHECK(pauses.front() <= 10ms);
  for (std::size_t i = 1; i < 6; ++i) CHECK(pauses[i] > pauses[i - 1]);
  for (const Duration pause : pauses) CHECK(pause <= 400ms);
  CHECK(pauses.back() >= 300ms);
  bench.provider->down = false;
  static_cast<void>(bench.manager.maintain());
  CHECK(bench.provider->live == 2);
  bench.provider->down = true;  // begins anew
  bench.manager.evict("db");
  CHECK(bench.manager.maintain() - bench.clock->now() <= 10ms);
}

TEST_CASE("a creation that hangs holds up no release, no other acquire, no upkeep and no look") {
  Bench bench(quiet(0, 3));
  Lease held = bench.get("holder");
  bench.provider->stuck = true;
  std::jthread slow([&] {
    const Lease lease = bench.get("slow");
    CHECK(lease);
  });
  REQUIRE(eventually([&] { return bench.provider->opening == 1; }));
  held.release();
  for (int i = 0; i < 100; ++i) CHECK(bench.get("other"));  // on a clock that stands still
  static_cast<void>(bench.manager.maintain());
  CHECK(bench.manager.get_resource_status("db").idle_count == 1);
  CHECK(bench.metrics().wait.max == 0ns);
  bench.provider->stuck = false;
}
