// How long holds are told to be, where the clock that is read with every lease is coarse.

#include <doctest/doctest.h>
#include <leasehold/manager.hpp>

#include <plain_provider.hpp>

#include "coarse_time.hpp"

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

// Precise time is moved by the test; coarse time is that of the last of its ticks.
class TickingClock final : public Clock {
 public:
  static constexpr Duration tick = 4ms;
  time_point now() const noexcept override { return clock.now(); }
  time_point coarse_now() const noexcept override {
    return time_point(clock.now().time_since_epoch() / tick * tick);
  }
  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) override {
    return clock.park(word, expected, deadline);
  }
  void unpark(std::atomic<std::uint32_t>& word, int count) noexcept override { clock.unpark(word, count); }

  ManualClock clock;
};

struct OneSlot {
  OneSlot() {
    manager.register_provider("db", std::make_shared<test::PlainProvider>(), {.pool = {.max_size = 1}});
  }
  void hold(Duration time) {
    const Lease lease = manager.acquire("db", "owner");
    clock->clock.advance(time);
  }
  DurationSummary told() const { return manager.get_metrics("db").at("db").hold; }

  std::shared_ptr<TickingClock> clock = std::make_shared<TickingClock>();
  ResourceManager manager{{.clock = clock, .maintenance = false}};
};

void check_within_3_per_cent(Duration told, Duration held) {
  CHECK(std::abs((told - held).count()) <= held.count() * 3 / 100);
}

}  // namespace

TEST_CASE("holds shorter than a tick are told as long as they were, also those in which it ticks") {
  for (const Duration held : {Duration(3900us), Duration(2100us), Duration(300us), Duration(50us)}) {
    OneSlot pool;
    for (int i = 0; i < 500; ++i) pool.hold(held);
    CAPTURE(held.count());
    CHECK(pool.told().count == 500);
    check_within_3_per_cent(pool.told().p50, held);
    check_within_3_per_cent(pool.told().p99, held);
    check_within_3_per_cent(pool.told().max, held);
    check_within_3_per_cent(pool.told().mean, held);
  }
}

TEST_CASE("a long hold among short ones is told as long as it was") {
  OneSlot pool;
  for (int i = 0; i < 2000; ++i) pool.hold(i % 40 == 39 ? 2500us : 30us);
  check_within_3_per_cent(pool.told().p50, 30us);
  check_within_3_per_cent(pool.told().p99, 2500us);
  check_within_3_per_cent(pool.told().max, 2500us);
}

TEST_CASE("holds too many in a tick to be timed one by one are told as those that were, in whatever rhythm") {
  OneSlot pool;
  for (int i = 0; i < 1800; ++i) pool.hold(i % 2 == 0 ? 1us : 3us);  // 3.6 ms
  CHECK(pool.told().count == 1800);
  check_within_3_per_cent(pool.told().mean, 2us);
  check_within_3_per_cent(pool.told().total, 3600us);
  check_within_3_per_cent(pool.told().p50, 1us);
  check_within_3_per_cent(pool.told().p99, 3us);
}

TEST_CASE("of what began at an unknown time within a tick the least is told that it took") {
  // Coarse time moves every 4 ms, 2.5 ms late; `began` and `ended` are in precise time.
  const auto coarse = [](Duration time) { return Clock::time_point((time - 2500us) / 4ms * 4ms); };
  for (Duration began = 100ms; began < 108ms; began += 100us)
    for (const Duration held : {2us, 500us, 3500us, 9000us, 20000us, 100000us}) {
      const Duration ended = began + held;
      if (coarse(ended) == coarse(began)) continue;  // seen as too short
      const Duration told =
          detail::least_between(coarse(began), coarse(ended), Clock::time_point(ended), 2500us, 4ms);
      CAPTURE(began.count());
      CAPTURE(held.count());
      CHECK(told <= held);
      CHECK(told >= held - 8ms);
    }
  // Where the two times are one, it is all that it took.
  CHECK(detail::least_between(Clock::time_point(5ms), Clock::time_point(6ms), Clock::time_point(6ms), 0ms,
                              0ms) == 1ms);
}
