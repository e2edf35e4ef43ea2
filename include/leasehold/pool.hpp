#pragma once

// PoolConfig: how many resources of one name may live, and for how long. YAML `pool:`.

#include <leasehold/config.hpp>

namespace leasehold {

struct PoolConfig {
  std::size_t min_size = 0;                             // kept ready by maintenance
  std::size_t max_size = 10;                            // hard bound on live resources
  Duration acquire_timeout = std::chrono::seconds(30);  // for an acquire that names none; creation included
  std::optional<Duration> max_idle_time =
      std::chrono::minutes(5);  // idle longer: disposed of, above min_size
  std::optional<Duration> max_lifetime =
      std::chrono::minutes(30);                                 // older: retired when idle, with 3 % jitter
  Duration validate_after = std::chrono::milliseconds(500);     // idle longer: validated before it is lent
  std::optional<Duration> keepalive = std::chrono::minutes(2);  // idle longer: validated by maintenance
  std::optional<Duration> leak_threshold = std::nullopt;        // held longer: reported once as a leak
  std::optional<std::size_t> max_uses = std::nullopt;           // lent more often: retired
  // More waiting: refused with acquire.exhausted. Those for whom one is being opened or checked do not count.
  std::optional<std::size_t> max_waiters = std::nullopt;
  Duration fairness =
      std::chrono::milliseconds(1);      // newcomers may overtake until the oldest waited this long; 0: never
  std::size_t creation_concurrency = 4;  // resources being opened at once

  friend bool operator==(const PoolConfig&, const PoolConfig&) = default;
};

// The table behind YAML `pool:`; refuses min_size > max_size, max_size 0 and creation_concurrency 0.
const Fields<PoolConfig>& pool_fields();

}  // namespace leasehold
