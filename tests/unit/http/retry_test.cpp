#include "curl/retry.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace leasehold;
using namespace leasehold::curl;
using namespace std::chrono_literals;

TEST_CASE("Retry-After is read as seconds or as a date") {
  // Fri, 20 Nov 2026 19:00:00 GMT
  const std::chrono::system_clock::time_point now{std::chrono::seconds(1795201200)};
  CHECK(parse_retry_after("120", now) == 120s);
  CHECK(parse_retry_after(" 0 ", now) == 0s);
  CHECK(parse_retry_after("Fri, 20 Nov 2026 19:01:30 GMT", now) == 90s);
  CHECK(parse_retry_after("Fri, 20 Nov 2026 18:00:00 GMT", now) == 0s);
  CHECK(parse_retry_after("99999999999999999999", now) == 24h * 365);
  for (const char* bad : {"", "soon", "-1", "1.5"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_retry_after(bad, now));
  }
}

TEST_CASE("the delay grows, keeps its mean under jitter, and stops with the tries") {
  const RetryOptions options{.attempts = 4, .delay = 100ms, .backoff = 3, .jitter = 0.2};
  const auto delay = [&](std::size_t tries, double chance) {
    return delay_before_retry(options, tries, std::nullopt, Duration::max(), chance);
  };
  CHECK(delay(1, 0.5) == 100ms);
  CHECK(delay(2, 0.5) == 300ms);
  CHECK(delay(3, 0.5) == 900ms);
  CHECK_FALSE(delay(4, 0.5));
  CHECK(delay(1, 0.0) == 90ms);
  CHECK(delay(1, 1.0) == 110ms);
}

TEST_CASE("a wait that the deadline would cut is not begun") {
  const RetryOptions options{.attempts = 10, .delay = 100ms, .backoff = 2, .jitter = 0};
  CHECK(delay_before_retry(options, 1, std::nullopt, 101ms, 0) == 100ms);
  CHECK_FALSE(delay_before_retry(options, 1, std::nullopt, 100ms, 0));
  CHECK(delay_before_retry(options, 1, 5s, 6s, 0) == 5s);
  CHECK(delay_before_retry(options, 1, Duration::zero(), 1ms, 0) == 0s);
  CHECK_FALSE(delay_before_retry(options, 1, 5s, 5s, 0));
  CHECK_FALSE(delay_before_retry({.attempts = 10'000, .delay = 24h, .backoff = 10, .jitter = 1}, 9'000,
                                 std::nullopt, Duration::max(), 0.9));
}

TEST_CASE("retry knobs that contradict themselves are refused") {
  CHECK(retry_fields().read({{"attempts", 1}}).attempts == 1);
  CHECK_THROWS_WITH(retry_fields().read({{"attempts", 0}, {"backoff", 0.5}, {"jitter", 2}}),
                    "config.value: /attempts: 0 attempts would never ask; write 1 to ask without repeating\n"
                    "/backoff: the factor is below 1; write 1 for a constant delay, 2 to double it\n"
                    "/jitter: the share is not between 0 and 1; write 0.2 for a fifth");
}
