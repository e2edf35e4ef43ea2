// What must be exact although many threads report at once.

#include <doctest/doctest.h>
#include <leasehold/breaker.hpp>

#include <latch>
#include <thread>
#include <vector>

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t crowd = 32;

template <class Work>
void in_threads(Work work) {
  std::latch ready(crowd);
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < crowd; ++t)
    threads.emplace_back([&, t] {
      ready.arrive_and_wait();
      work(t);
    });
}

}  // namespace

TEST_CASE("32 threads: one failure below the threshold keeps it closed, the next opens it") {
  const auto clock = std::make_shared<ManualClock>();
  Breaker breaker({.failures = crowd * 25, .window = 10'000, .open = 30s}, clock);
  in_threads([&](std::size_t t) {
    for (int i = 0; i < 50; ++i) {
      const auto permit = breaker.admit("x");
      if (i % 2 == 0 && !(t == 0 && i == 0))
        breaker.failed(permit, 1ms);
      else
        breaker.succeeded(permit, 1ms);
    }
  });
  CHECK(breaker.state() == BreakerState::closed);
  breaker.failed(breaker.admit("x"), 1ms);
  CHECK(breaker.state() == BreakerState::open);
  CHECK(breaker.retry_after() == 30s);
}

TEST_CASE("32 threads: a rate is judged exactly") {
  Breaker breaker({.failure_rate = 0.5, .window = crowd * 10, .minimum_calls = crowd * 10},
                  std::make_shared<ManualClock>());
  std::vector<Breaker::Permit> last(crowd);
  in_threads([&](std::size_t t) {  // all but one call of the window, of which half failed
    for (int i = 0; i < 10; ++i) {
      const auto permit = breaker.admit("x");
      if (t == 0 && i == 9)
        last[0] = permit;
      else if (i % 2 == 0)
        breaker.failed(permit, 1ms);
      else
        breaker.succeeded(permit, 1ms);
    }
  });
  CHECK(breaker.state() == BreakerState::closed);
  breaker.succeeded(last[0], 1ms);  // the window is full, and half of it failed
  CHECK(breaker.state() == BreakerState::open);
}

TEST_CASE("32 threads: late results of an older epoch neither open, close nor make room for probes") {
  const auto clock = std::make_shared<ManualClock>();
  Breaker breaker({.failures = 1, .open = 10s, .probes = 3}, clock);
  std::vector<Breaker::Permit> old(crowd);
  in_threads([&](std::size_t t) { old[t] = breaker.admit("x"); });
  breaker.failed(breaker.admit("x"), 1ms);
  CHECK(breaker.retry_after() == 10s);
  clock->advance(10s);
  const auto first = breaker.admit("x"), second = breaker.admit("x"), third = breaker.admit("x");
  in_threads([&](std::size_t t) {
    if (t % 3 == 0)
      breaker.succeeded(old[t], 1ms);
    else if (t % 3 == 1)
      breaker.failed(old[t], 1ms);
    else
      breaker.cancel(old[t]);
  });
  CHECK(breaker.state() == BreakerState::half_open);
  CHECK_THROWS_AS(breaker.admit("x"), CircuitOpenError);
  breaker.succeeded(first, 1ms);
  breaker.succeeded(second, 1ms);
  CHECK(breaker.state() == BreakerState::half_open);
  breaker.succeeded(third, 1ms);
  CHECK(breaker.state() == BreakerState::closed);
}
