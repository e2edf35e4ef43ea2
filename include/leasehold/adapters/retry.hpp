#pragma once

// How often and how fast an adapter repeats a request that failed for the moment. Which failures count, and
// which requests may be repeated at all, is each adapter's own rule: see http.hpp and llm.hpp.

#include <leasehold/clock.hpp>
#include <leasehold/config.hpp>

#include <cstddef>

namespace leasehold {

struct RetryOptions {
  std::size_t attempts = 3;                         // tries in all; 1: never repeat
  Duration delay = std::chrono::milliseconds(200);  // before the second try
  double backoff = 2;                               // the delay grows by this factor with each try
  double jitter = 0.2;                              // share of the delay that is left to chance, 0 to 1
};

const Fields<RetryOptions>& retry_fields();

}  // namespace leasehold
