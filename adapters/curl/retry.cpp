#include "curl/retry.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <random>
#include <string>

namespace leasehold {

const Fields<RetryOptions>& retry_fields() {
  static const Fields<RetryOptions> fields =
      Fields<RetryOptions>()
          .field("attempts", &RetryOptions::attempts, "tries in all; 1 never repeats")
          .field("delay", &RetryOptions::delay, "wait before the second try")
          .field("backoff", &RetryOptions::backoff, "factor by which the wait grows with each try")
          .field("jitter", &RetryOptions::jitter, "share of the wait that is left to chance, 0 to 1")
          .check([](const RetryOptions& o, const std::string& pointer, std::vector<ConfigIssue>& issues) {
            if (o.attempts == 0)
              issues.push_back({errc::config_value, pointer_join(pointer, "attempts"),
                                "0 attempts would never ask", "write 1 to ask without repeating"});
            if (!(o.backoff >= 1))
              issues.push_back({errc::config_value, pointer_join(pointer, "backoff"), "the factor is below 1",
                                "write 1 for a constant delay, 2 to double it"});
            if (!(o.jitter >= 0 && o.jitter <= 1))
              issues.push_back({errc::config_value, pointer_join(pointer, "jitter"),
                                "the share is not between 0 and 1", "write 0.2 for a fifth"});
          });
  return fields;
}

}  // namespace leasehold

namespace leasehold::curl {

std::optional<Duration> parse_retry_after(std::string_view value, std::chrono::system_clock::time_point now) {
  constexpr std::chrono::seconds longest = std::chrono::hours(24 * 365);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  if (value.empty()) return std::nullopt;
  if (value.find_first_not_of("0123456789") == std::string_view::npos) {
    std::int64_t seconds = 0;
    const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    return error == std::errc() ? std::min(std::chrono::seconds(seconds), longest) : longest;
  }
  const time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date == -1) return std::nullopt;
  const auto wait = std::chrono::system_clock::from_time_t(date) - now;
  return std::clamp<Duration>(wait, Duration::zero(), longest);
}

std::optional<Duration> delay_before_retry(const RetryOptions& options, std::size_t tries_so_far,
                                           std::optional<Duration> retry_after, Duration remaining,
                                           double chance) {
  if (tries_so_far >= options.attempts) return std::nullopt;
  Duration wait = retry_after.value_or(Duration::zero());
  if (!retry_after) {
    const double grown = static_cast<double>(options.delay.count()) *
                         std::pow(options.backoff, static_cast<double>(tries_so_far) - 1);
    // Half of the jitter below, half above, so that the mean stays what was asked for.
    const double nanoseconds = grown * (1 + options.jitter * (chance - 0.5));
    if (!(nanoseconds < static_cast<double>(remaining.count()))) return std::nullopt;
    wait = Duration(static_cast<Duration::rep>(nanoseconds));
  }
  return wait < remaining ? std::optional(wait) : std::nullopt;
}

double chance() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace leasehold::curl
