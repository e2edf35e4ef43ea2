// Nobody is served after its deadline or its stop, however late it wakes to notice, and what it leaves goes
// to the next.

#include <vector>

#include "watched.hpp"

using namespace leasehold;
using namespace leasehold::test;

namespace {

// A clock on which whoever is parked sleeps on until the test lets it go.
class SleepyClock final : public Clock {
 public:
  time_point now() const noexcept override { return time_.now(); }
  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) override {
    ++parked;
    while (asleep) std::this_thread::sleep_for(100us);
    --parked;
    return time_.park(word, expected, deadline);
  }
  void unpark(std::atomic<std::uint32_t>& word, int count) noexcept override { time_.unpark(word, count); }
  void advance(Duration by) { time_.advance(by); }

  std::atomic<bool> asleep = false;
  std::atomic<int> parked = 0;

 private:
  ManualClock time_;
};

struct Late {
  Late() : manager({.clock = clock, .maintenance = false}) {
    PoolConfig config = quiet(0, 1);
    config.fairness = 0ns;
    manager.register_provider("db", std::make_shared<WatchedProvider>(), {.pool = config});
    held = manager.acquire("db", "holder");
    clock->asleep = true;
  }
  // A thread that waits, and is asleep when this returns.
  template <class Wait>
  void wait(Wait wait) {
    const int before = clock->parked;
    threads.emplace_back(wait);
    REQUIRE(eventually([&] { return clock->parked == before + 1; }));
  }

  std::shared_ptr<SleepyClock> clock = std::make_shared<SleepyClock>();
  ResourceManager manager;
  Lease held;
  std::vector<std::jthread> threads;
};

}  // namespace

TEST_CASE("a waiter whose deadline has passed is not served, but the next one is") {
  for (const bool again : {false, true}) {  // the second time the pool has room for a new one
    Late late;
    std::atomic<bool> timed_out = false, served = false;
    late.wait([&] {
      try {
        static_cast<void>(late.manager.acquire("db", "first", {.timeout = 1s}));
      } catch (const PoolExhaustedError& error) {
        timed_out = std::string(error.what()).find("position 1 in the queue") != std::string::npos;
      }
    });
    late.wait([&] { served = bool(late.manager.acquire("db", "second", {.timeout = 1h})); });
    late.clock->advance(1s);
    if (again) late.held.discard();
    late.held.release();
    late.clock->asleep = false;
    late.threads.clear();
    CHECK(timed_out);
    CHECK(served);
    CHECK(late.manager.get_metrics("db").at("db").timeouts == 1);
  }
}

TEST_CASE("a waiter that was stopped is not served, but the next one is") {
  Late late;
  std::stop_source stop;
  std::atomic<bool> cancelled = false, served = false;
  late.wait([&] {
    try {
      static_cast<void>(late.manager.acquire("db", "first", {.timeout = 1h, .stop = stop.get_token()}));
    } catch (const Error& error) {
      cancelled = error.reason() == errc::acquire_cancelled;
    }
  });
  late.wait([&] { served = bool(late.manager.acquire("db", "second", {.timeout = 1h})); });
  stop.request_stop();
  late.held.release();
  late.clock->asleep = false;
  late.threads.clear();
  CHECK(cancelled);
  CHECK(served);
}
