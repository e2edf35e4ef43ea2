#include "rate_limit.hpp"

#include <doctest/doctest.h>

using namespace leasehold;
using namespace std::chrono_literals;

TEST_CASE("a minute's worth is there at once, then it comes evenly") {
  const Clock::time_point start(1h);
  RateLimit limit(60, start);
  for (int i = 0; i < 60; ++i) CHECK(limit.take(1, start, 0s) == 0s);
  CHECK_FALSE(limit.take(1, start, 999ms));
  CHECK(limit.take(1, start, 1s) == 1s);
  CHECK(limit.take(1, start, 10s) == 2s);  // behind the one that waits
  CHECK(limit.take(1, start + 3s, 0s) == 0s);
  CHECK_FALSE(limit.take(1, start + 3s, 0s));
  CHECK(limit.take(60, start + 10min, 0s) == 0s);  // never more than a minute's worth
  CHECK_FALSE(limit.take(1, start + 10min, 0s));
}

TEST_CASE("what was used in fact counts") {
  const Clock::time_point start(1h);
  RateLimit limit(600, start);  // 10 a second
  CHECK(limit.take(600, start, 0s) == 0s);
  limit.settle(600, 500, start);
  CHECK(limit.take(100, start, 0s) == 0s);
  limit.settle(100, 150, start);
  CHECK(limit.take(10, start, 1min) == 6s);  // 50 too many to pay back first
}

TEST_CASE("more than a minute's worth can be had, and no limit is none") {
  const Clock::time_point start(1h);
  RateLimit small(10, start);
  CHECK(small.take(1e9, start, 0s) == 0s);
  CHECK(small.take(1e9, start, 2min) == 1min);
  RateLimit none(std::nullopt, start);
  for (int i = 0; i < 1000; ++i) CHECK(none.take(1e9, start, 0s) == 0s);
}
