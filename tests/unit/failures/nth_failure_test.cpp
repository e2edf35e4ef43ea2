#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "allocations.hpp"
#include "scenario.hpp"

using namespace leasehold;
using namespace leasehold::failures;
using namespace std::chrono_literals;

namespace {

// Plays the scenario with the first, second, third ... call failing until there is none left to fail.
template <class Arm, class Check>
std::uint64_t each_in_turn(Arm arm, Check check) {
  for (std::uint64_t n = 1; n < 100'000; ++n) {
    CAPTURE(n);
    Scenario scenario;
    Nth& calls = arm(scenario, n);
    scenario.play();
    const bool happened = calls.happened();
    calls.disarm();
    const std::string wrong = scenario.verify();
    REQUIRE_MESSAGE(wrong.empty(), wrong);
    if (!happened) return n - 1;
    check(scenario);
  }
  return 0;
}

bool tells(const Scenario& scenario, const std::string& what) {
  return std::any_of(scenario.errors.begin(), scenario.errors.end(),
                     [&](const std::string& error) { return error.find(what) != std::string::npos; });
}

bool tells_secret(const Scenario& scenario) {
  return tells(scenario, "secret");
}

}  // namespace

TEST_CASE("whichever creation fails, and how, capacity is whole afterwards and the error names the cause") {
  for (const Fault fault : {Fault::throws_error, Fault::throws_foreign, Fault::refuses}) {
    std::size_t told = 0;
    const auto calls = each_in_turn(
        [&](Scenario& scenario, std::uint64_t n) -> Nth& {
          scenario.provider->fault = fault;
          scenario.provider->opens.arm(n);
          return scenario.provider->opens;
        },
        [&](const Scenario& scenario) {
          CHECK(!tells_secret(scenario));
          told += tells(scenario, fault == Fault::throws_error     ? "db.unreachable: the server is down"
                                  : fault == Fault::throws_foreign ? "failed with std::runtime_error"
                                                                   : "made nothing");
        });
    CHECK(calls > 10);
    CHECK(told >= calls - 4);  // a refill and a validation tell the log only
  }
}

TEST_CASE("whichever validation fails, and how, another resource is had instead") {
  for (const Fault fault : {Fault::throws_error, Fault::throws_foreign, Fault::refuses}) {
    const auto calls = each_in_turn(
        [&](Scenario& scenario, std::uint64_t n) -> Nth& {
          scenario.provider->fault = fault;
          scenario.provider->validates.arm(n);
          return scenario.provider->validates;
        },
        [&](const Scenario& scenario) {
          CHECK(!tells_secret(scenario));
          CHECK(!tells(scenario, "db.unreachable"));
        });
    CHECK(calls > 5);
  }
}

TEST_CASE("whichever reset fails, and how, the resource goes and its capacity stays") {
  for (const Fault fault : {Fault::throws_error, Fault::throws_foreign, Fault::refuses}) {
    const auto calls = each_in_turn(
        [&](Scenario& scenario, std::uint64_t n) -> Nth& {
          scenario.provider->fault = fault;
          scenario.provider->resets.arm(n);
          return scenario.provider->resets;
        },
        [&](const Scenario& scenario) { CHECK(!tells(scenario, "db.unreachable")); });
    CHECK(calls > 5);
  }
}

TEST_CASE("whichever allocation of a caller fails, nothing leaks and nothing hangs") {
  Allocations::side = Side::caller;
  const auto calls = each_in_turn(
      [](Scenario&, std::uint64_t n) -> Nth& {
        Allocations::nth.arm(n);
        return Allocations::nth;
      },
      [](const Scenario&) {});
  CHECK(calls > 100);
}

TEST_CASE("whichever allocation of leasehold's own threads fails, nothing leaks and nothing hangs") {
  const TestThread test_thread;
  Allocations::side = Side::library;
  for (const bool down : {false, true}) {  // or while the third creation fails as well
    const auto calls = each_in_turn(
        [&](Scenario& scenario, std::uint64_t n) -> Nth& {
          scenario.provider->fault = Fault::throws_foreign;
          if (down) scenario.provider->opens.arm(3);
          Allocations::nth.arm(n);
          return Allocations::nth;
        },
        [](const Scenario&) {});
    CHECK(calls > 20);
  }
  Allocations::side = Side::caller;
}

TEST_CASE("whichever allocation fails while it closes, it closes") {
  Allocations::side = Side::caller;
  bool happened = true;
  for (std::uint64_t n = 1; happened; ++n) {
    CAPTURE(n);
    Scenario scenario;
    scenario.play();
    Allocations::nth.arm(n);
    scenario.close();
    happened = Allocations::nth.happened();
    Allocations::nth.disarm();
    CHECK(scenario.provider->closed == 1);
    CHECK(!tells(scenario, "no 'db' within"));  // who waited was woken
    const std::string wrong = scenario.verify();
    REQUIRE_MESSAGE(wrong.empty(), wrong);
  }
}

TEST_CASE(
    "whichever allocation of a registration fails, the next one is looked after, and it closes at once") {
  const TestThread test_thread;
  Allocations::side = Side::caller;
  bool happened = true;
  for (std::uint64_t n = 1; happened; ++n) {
    CAPTURE(n);
    const auto provider = std::make_shared<FailingProvider>();
    ResourceManager manager;
    PoolConfig config;
    config.min_size = 1;
    const auto add = [&] { manager.register_provider("db", provider, {.pool = config}); };
    Allocations::nth.arm(n);
    try {
      const Calling calling;
      add();
    } catch (const std::bad_alloc&) {
    }
    happened = Allocations::nth.happened();
    Allocations::nth.disarm();
    if (!manager.get_provider("db")) add();
    for (int i = 0; i < 5000 && provider->live == 0; ++i) std::this_thread::sleep_for(1ms);
    REQUIRE(provider->live == 1);
    manager.close();
    CHECK(provider->closed == 1);
  }
}

TEST_CASE("whichever allocation of an acquire fails, the probe of a half open breaker is not lost") {
  const TestThread test_thread;
  Allocations::side = Side::caller;
  bool happened = true;
  for (std::uint64_t n = 1; happened; ++n) {
    CAPTURE(n);
    const auto provider = std::make_shared<FailingProvider>();
    ResourceManager manager({.maintenance = false});
    manager.register_provider("db", provider, {.breaker = {.failures = 1, .open = 0ns}});
    provider->opens.arm(1);
    CHECK_THROWS_AS(static_cast<void>(manager.acquire("db", "first")), ConnectionError);
    Allocations::nth.arm(n);
    try {
      const Calling calling;
      static_cast<void>(manager.acquire("db", "second"));
    } catch (const std::bad_alloc&) {
    }
    happened = Allocations::nth.happened();
    Allocations::nth.disarm();
    CHECK_NOTHROW(static_cast<void>(manager.acquire("db", "third")));
  }
}
