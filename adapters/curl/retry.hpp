#pragma once

// Pure decisions about repeating a request.

#include <leasehold/adapters/retry.hpp>
#include <leasehold/clock.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace leasehold::curl {

// "120" or "Fri, 20 Nov 2026 19:00:00 GMT"; a date in the past is zero. nullopt if it is neither.
std::optional<Duration> parse_retry_after(std::string_view value, std::chrono::system_clock::time_point now);

// How long to wait before the next try, or nullopt if there must be none: the tries are used up, or the wait
// would not end before `remaining` does. A Retry-After of the server's replaces the backoff. `chance` is in
// [0, 1).
std::optional<Duration> delay_before_retry(const RetryOptions&, std::size_t tries_so_far,
                                           std::optional<Duration> retry_after, Duration remaining,
                                           double chance);

double chance();  // uniform in [0, 1); thread-safe

}  // namespace leasehold::curl
