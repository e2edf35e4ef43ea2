// How long to wait before the next attempt, as numbers.

#include "execution/failure.hpp"

#include <doctest/doctest.h>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace std::chrono_literals;

TEST_CASE("a delay grows by its factor up to its bound, and jitter takes a share off it") {
  const Fault fault = make_fault(errc::db_unreachable, "gone", 1);
  const auto after = [&](Retry retry, std::size_t attempts, double random) {
    retry.attempts = 10;
    return retry_delay(retry, fault, attempts, random);
  };
  CHECK(after({.delay = 100ms, .backoff = 2}, 1, 0) == 100ms);
  CHECK(after({.delay = 100ms, .backoff = 2}, 4, 0) == 800ms);
  CHECK(after({.delay = 100ms, .backoff = 1}, 9, 0) == 100ms);
  CHECK(after({.delay = 100ms, .backoff = 10, .max_delay = 1s}, 9, 0) == 1s);
  CHECK(after({.delay = 100ms, .backoff = 1, .jitter = 0.5}, 1, 0.5) == 75ms);
  CHECK(after({.delay = 100ms, .backoff = 1, .jitter = 1}, 1, 0.25) == 75ms);
  CHECK(after({.delay = 0ms}, 1, 0) == 0ms);
}

TEST_CASE("only errors that are named are tried again, so often and not when time is up") {
  Fault fault = make_fault(errc::db_unreachable, "gone", 1);
  CHECK(retry_delay(Retry{.errors = {"db"}, .attempts = 2}, fault, 1, 0));
  CHECK_FALSE(retry_delay(Retry{.errors = {"db"}, .attempts = 2}, fault, 2, 0));
  CHECK_FALSE(retry_delay(Retry{.errors = {"http", "timeout"}, .attempts = 2}, fault, 1, 0));
  CHECK_FALSE(retry_delay(std::nullopt, fault, 1, 0));
  fault.fatal = true;
  CHECK_FALSE(retry_delay(Retry{}, fault, 1, 0));
}
