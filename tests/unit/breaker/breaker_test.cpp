#include <leasehold/breaker.hpp>

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> issues_of(const nlohmann::json& config) {
  try {
    breaker_fields().read(config, "/db/breaker");
    return {};
  } catch (const ConfigError& error) {
    std::vector<std::string> all;
    for (const ConfigIssue& issue : error.issues()) all.push_back(issue.pointer + ": " + issue.message);
    return all;
  }
}

}  // namespace

TEST_CASE("an open breaker says for how long, by the clock it was given") {
  const auto clock = std::make_shared<ManualClock>();
  Breaker breaker({.failures = 1, .open = 30s}, clock);
  breaker.failed(breaker.admit("rates"), 1ms);
  CHECK(breaker.state() == BreakerState::open);
  clock->advance(10s);
  CHECK(breaker.retry_after() == 20s);
  try {
    breaker.admit("rates");
    FAIL("admitted");
  } catch (const CircuitOpenError& error) {
    CHECK(error.retry_after() == 20s);
    CHECK(error.resource() == "rates");
    CHECK(std::string(error.what()) ==
          "breaker.open: the breaker of 'rates' is open after too many failures; try again in 20s");
  }
  clock->advance(20s);
  const auto probe = breaker.admit("rates");
  CHECK(probe.probe);
  CHECK_THROWS_WITH_AS(breaker.admit("rates"),
                       "breaker.open: the breaker of 'rates' is probing whether it is back; "
                       "try again when its probes have come back",
                       CircuitOpenError);
  breaker.succeeded(probe, 1ms);
  CHECK(breaker.state() == BreakerState::closed);
}

TEST_CASE("slowness is measured against slow_call") {
  Breaker breaker({.slow_call = 1s, .slow_rate = 0.5, .window = 2, .minimum_calls = 2},
                  std::make_shared<ManualClock>());
  breaker.succeeded(breaker.admit("x"), 1s);
  breaker.succeeded(breaker.admit("x"), 1s);
  CHECK(breaker.state() == BreakerState::closed);
  breaker.succeeded(breaker.admit("x"), 1s + 1ns);
  CHECK(breaker.state() == BreakerState::open);
}

TEST_CASE("a breaker without thresholds can still be forced") {
  Breaker breaker({}, std::make_shared<ManualClock>());
  for (int i = 0; i < 50; ++i) breaker.failed(breaker.admit("x"), 1ms);
  breaker.force_open();
  CHECK(breaker.state() == BreakerState::forced_open);
  CHECK_THROWS_WITH_AS(
      breaker.admit("x"),
      "breaker.open: the breaker of 'x' is held open; reset the breaker to let calls through",
      CircuitOpenError);
  breaker.force_closed();
  CHECK_NOTHROW(breaker.admit("x"));
  breaker.reset();
  CHECK(breaker.state() == BreakerState::closed);
}

TEST_CASE("32 threads: half open lets exactly N through, and all their successes close it") {
  const auto clock = std::make_shared<ManualClock>();
  Breaker breaker({.failures = 1, .open = 1s, .probes = 3}, clock);
  for (int round = 0; round < 20; ++round) {
    breaker.failed(breaker.admit("x"), 0ns);
    clock->advance(1s);
    std::atomic<int> let_through = 0, refused = 0, ready = 0;
    std::vector<Breaker::Permit> permits(32);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 32; ++t)
      threads.emplace_back([&, t] {
        ++ready;
        while (ready < 32) std::this_thread::yield();
        try {
          permits[t] = breaker.admit("x");
          ++let_through;
        } catch (const CircuitOpenError&) {
          ++refused;
        }
      });
    for (std::thread& thread : threads) thread.join();
    REQUIRE(let_through == 3);
    REQUIRE(refused == 29);
    for (const auto permit : permits)
      if (permit.probe) breaker.succeeded(permit, 0ns);
    REQUIRE(breaker.state() == BreakerState::closed);
  }
}

TEST_CASE("what counts as a failure of the outside") {
  const auto counts = [](const std::exception& error) { return Breaker::counts(error); };
  const auto thrown = [&](errc code) {
    try {
      throw_error(code, "x");
    } catch (const std::exception& error) {
      return counts(error);
    }
  };
  for (const errc code : {errc::db_unreachable, errc::http_unreachable, errc::http_tls, errc::db_deadline,
                          errc::http_deadline, errc::resource_create_failed, errc::llm_rate_limited})
    CHECK_MESSAGE(thrown(code), error_name(code));
  for (const errc code :
       {errc::acquire_timeout, errc::acquire_exhausted, errc::acquire_closed, errc::acquire_deadlock,
        errc::db_constraint, errc::db_syntax, errc::path_escape, errc::fsm_deadline, errc::config_value,
        errc::breaker_open, errc::resource_operation})
    CHECK_MESSAGE(!thrown(code), error_name(code));
  CHECK(counts(std::runtime_error("connection reset")));
  CHECK_FALSE(counts(std::logic_error("bug")));
  CHECK_FALSE(counts(std::bad_alloc()));
}

TEST_CASE("breaker settings are read, and contradictions refused with their keys") {
  const auto config = breaker_fields().read({{"failures", 5}, {"open", "30s"}, {"probes", 2}});
  CHECK(config == BreakerConfig{.failures = 5, .open = 30s, .probes = 2});
  using Issues = std::vector<std::string>;
  CHECK(issues_of({{"failures", 0}}) == Issues{});
  CHECK(issues_of({{"failure_rate", 1.5}}) ==
        Issues{"/db/breaker/failure_rate: failure_rate 1.5 is not a share"});
  CHECK(issues_of({{"window", 0}, {"minimum_calls", 0}, {"probes", 0}}) ==
        Issues{"/db/breaker/window: window is 0", "/db/breaker/minimum_calls: minimum_calls is 0",
               "/db/breaker/probes: probes is 0"});
  CHECK(issues_of({{"failures", 5}, {"window", 4}}) ==
        Issues{"/db/breaker/failures: failures 5 is above window 4, so it never opens"});
  CHECK(issues_of({{"failure_rate", 0.5}, {"window", 5}}) ==
        Issues{"/db/breaker/minimum_calls: minimum_calls 10 is above window 5, so no rate is ever judged"});
  CHECK(issues_of({{"slow_rate", 0.5}}) == Issues{"/db/breaker/slow_rate: slow_rate needs slow_call"});
  CHECK(issues_of({{"slow_call", "1s"}}) ==
        Issues{"/db/breaker/slow_call: slow_call does nothing without slow_rate"});
  CHECK(issues_of({{"failure", 5}}) == Issues{"/db/breaker/failure: unknown key 'failure'"});
}
