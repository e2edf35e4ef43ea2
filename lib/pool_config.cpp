#include <leasehold/pool.hpp>

#include <fmt/format.h>

namespace leasehold {

namespace {

// Text cannot give a negative duration, a struct can.
std::vector<std::pair<const char*, Duration>> durations_of(const PoolConfig& pool) {
  const auto or_zero = [](const std::optional<Duration>& duration) {
    return duration.value_or(Duration::zero());
  };
  return {{"acquire_timeout", pool.acquire_timeout},
          {"max_idle_time", or_zero(pool.max_idle_time)},
          {"max_lifetime", or_zero(pool.max_lifetime)},
          {"validate_after", pool.validate_after},
          {"keepalive", or_zero(pool.keepalive)},
          {"leak_threshold", or_zero(pool.leak_threshold)},
          {"fairness", pool.fairness}};
}

}  // namespace

const Fields<PoolConfig>& pool_fields() {
  static const Fields<PoolConfig> fields =
      Fields<PoolConfig>()
          .field("min_size", &PoolConfig::min_size, "resources kept ready")
          .field("max_size", &PoolConfig::max_size, "hard bound on live resources")
          .field("acquire_timeout", &PoolConfig::acquire_timeout,
                 "how long an acquire that names no timeout may take, creation included")
          .field("max_idle_time", &PoolConfig::max_idle_time, "idle longer: disposed of, down to min_size")
          .field("max_lifetime", &PoolConfig::max_lifetime, "older: retired when idle, spread by 3 % jitter")
          .field("validate_after", &PoolConfig::validate_after, "idle longer: validated before it is lent")
          .field("keepalive", &PoolConfig::keepalive, "idle longer: validated in the background")
          .field("leak_threshold", &PoolConfig::leak_threshold, "held longer: reported once as a leak")
          .field("max_uses", &PoolConfig::max_uses, "lent this often: retired")
          .field("max_waiters", &PoolConfig::max_waiters,
                 "more waiting: refused at once with acquire.exhausted")
          .field("fairness", &PoolConfig::fairness,
                 "newcomers may overtake until the oldest waiter has waited this long; 0: never")
          .field("creation_concurrency", &PoolConfig::creation_concurrency, "resources being opened at once")
          .check([](const PoolConfig& pool, const std::string& pointer, std::vector<ConfigIssue>& issues) {
            if (pool.max_size == 0)
              issues.push_back({errc::config_value, pointer_join(pointer, "max_size"), "max_size is 0",
                                "a pool needs room for at least one resource", false});
            else if (pool.min_size > pool.max_size)
              issues.push_back({errc::config_value, pointer_join(pointer, "min_size"),
                                fmt::format("min_size {} is above max_size {}", pool.min_size, pool.max_size),
                                "lower min_size or raise max_size", false});
            for (const auto& [key, duration] : durations_of(pool))
              if (duration < Duration::zero())
                issues.push_back({errc::config_value, pointer_join(pointer, key),
                                  fmt::format("{} is negative", key), "give a duration from 0 up", false});
            if (pool.creation_concurrency == 0)
              issues.push_back({errc::config_value, pointer_join(pointer, "creation_concurrency"),
                                "creation_concurrency is 0", "at least one resource must be opened at a time",
                                false});
          });
  return fields;
}

}  // namespace leasehold
