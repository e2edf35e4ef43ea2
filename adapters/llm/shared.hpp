#pragma once

#include "rate_limit.hpp"

#include <leasehold/adapters/llm.hpp>

#include <mutex>
#include <string>

namespace leasehold {

// What the clients of one provider have in common. Threads: any.
class LlmClient::Shared {
 public:
  Shared(std::string name_of_resource, LlmOptions given);

  const std::string resource;
  const LlmOptions options;

  // Waits for a turn under both limits; throws llm_rate_limited if it would come after the deadline,
  // http_cancelled if stopped. `tokens` is an estimate, which settle corrects.
  void wait_for_turn(double tokens, Clock& clock, Clock::time_point deadline, std::stop_token stop);
  void settle(double tokens, double used, Clock::time_point now);

  void add(const LlmUsage& usage);
  LlmUsage total() const;

 private:
  mutable std::mutex mutex_;
  std::optional<RateLimit> requests_;  // made with the first client, whose clock it is on
  std::optional<RateLimit> tokens_;
  LlmUsage total_;
};

}  // namespace leasehold
