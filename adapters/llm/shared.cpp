#include "shared.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold {

LlmUsage& LlmUsage::operator+=(const LlmUsage& other) noexcept {
  requests += other.requests;
  input_tokens += other.input_tokens;
  output_tokens += other.output_tokens;
  cost += other.cost;
  return *this;
}

LlmClient::Shared::Shared(std::string name_of_resource, LlmOptions given)
    : resource(std::move(name_of_resource)), options(std::move(given)) {}

void LlmClient::Shared::wait_for_turn(double tokens, Clock& clock, Clock::time_point deadline,
                                      std::stop_token stop) {
  const auto now = clock.now();
  const Duration most = std::max(Duration::zero(), deadline - now);
  std::optional<Duration> wait;
  {
    const std::lock_guard lock(mutex_);
    if (!requests_) {
      requests_.emplace(options.rpm, now);
      tokens_.emplace(options.tpm, now);
    }
    wait = requests_->take(1, now, most);
    if (wait) {
      const auto for_tokens = tokens_->take(tokens, now, most);
      if (!for_tokens) requests_->settle(1, 0, now);
      wait = for_tokens ? std::optional(std::max(*wait, *for_tokens)) : std::nullopt;
    }
  }
  if (!wait)
    throw_error(errc::llm_rate_limited, "the turn under rpm and tpm would come after the deadline",
                {.resource = resource, .hint = "ask less often, or raise rpm, tpm or timeout"});
  if (*wait == Duration::zero() || clock.sleep_until(clock.deadline_after(*wait), stop)) return;
  const std::lock_guard lock(mutex_);
  requests_->settle(1, 0, clock.now());
  tokens_->settle(tokens, 0, clock.now());
  throw_error(errc::http_cancelled, "the wait for a turn under rpm and tpm was cancelled",
              {.resource = resource});
}

void LlmClient::Shared::settle(double tokens, double used, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  tokens_->settle(tokens, used, now);
}

void LlmClient::Shared::add(const LlmUsage& usage) {
  const std::lock_guard lock(mutex_);
  total_ += usage;
}

LlmUsage LlmClient::Shared::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

}  // namespace leasehold
