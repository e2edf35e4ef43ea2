#include <leasehold/breaker.hpp>

#include <fmt/format.h>

namespace leasehold {

namespace {

constexpr std::size_t largest_window = 1'000'000;  // it is kept in memory

void check(const BreakerConfig& config, const std::string& pointer, std::vector<ConfigIssue>& issues) {
  const auto refuse = [&](const char* key, std::string message, std::string hint) {
    issues.push_back(
        {errc::config_value, pointer_join(pointer, key), std::move(message), std::move(hint), false});
  };
  const auto check_rate = [&](const char* key, double rate) {
    if (!(rate >= 0 && rate <= 1)) refuse(key, fmt::format("{} {} is not a share", key, rate), "give 0 to 1");
  };
  check_rate("failure_rate", config.failure_rate);
  check_rate("slow_rate", config.slow_rate);
  if (config.window == 0) refuse("window", "window is 0", "look at one call at least");
  if (config.window > largest_window)
    refuse("window", fmt::format("window {} is above {}", config.window, largest_window),
           "look at fewer calls");
  if (config.minimum_calls == 0)
    refuse("minimum_calls", "minimum_calls is 0", "a rate needs one call at least");
  if (config.probes == 0) refuse("probes", "probes is 0", "it needs one probe at least to close again");
  if (config.open < Duration::zero()) refuse("open", "open is negative", "give how long it refuses: 30s");
  if (config.failures > config.window)
    refuse("failures",
           fmt::format("failures {} is above window {}, so it never opens", config.failures, config.window),
           "lower failures or raise window");
  if ((config.failure_rate > 0 || config.slow_rate > 0) && config.minimum_calls > config.window)
    refuse("minimum_calls",
           fmt::format("minimum_calls {} is above window {}, so no rate is ever judged", config.minimum_calls,
                       config.window),
           "lower minimum_calls or raise window");
  if (config.slow_rate > 0 && !config.slow_call)
    refuse("slow_rate", "slow_rate needs slow_call", "say with slow_call which call is slow");
  if (config.slow_call && config.slow_rate == 0)
    refuse("slow_call", "slow_call does nothing without slow_rate",
           "say with slow_rate how many are too many");
  if (config.slow_call && *config.slow_call < Duration::zero())
    refuse("slow_call", "slow_call is negative", "give the duration above which a call is slow: 2s");
}

}  // namespace

const Fields<BreakerConfig>& breaker_fields() {
  static const Fields<BreakerConfig> fields =
      Fields<BreakerConfig>()
          .field("failures", &BreakerConfig::failures,
                 "opens at this many failures in the window; 0: not by count")
          .field("failure_rate", &BreakerConfig::failure_rate,
                 "opens at this share of failures, 0 to 1; 0: not by rate")
          .field("slow_call", &BreakerConfig::slow_call, "a call that took longer is slow")
          .field("slow_rate", &BreakerConfig::slow_rate,
                 "opens at this share of slow calls, 0 to 1; 0: not by it")
          .field("window", &BreakerConfig::window, "how many of the last calls are looked at")
          .field("minimum_calls", &BreakerConfig::minimum_calls, "no rate is judged below this many calls")
          .field("open", &BreakerConfig::open, "how long it refuses before it probes")
          .field("probes", &BreakerConfig::probes, "calls let through half open; all must succeed to close")
          .check(check);
  return fields;
}

}  // namespace leasehold
