#include <leasehold/breaker.hpp>

#include "breaker/machine.hpp"
#include "sync/sync.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace leasehold {

std::string_view to_string(BreakerState state) noexcept {
  switch (state) {
    case BreakerState::closed:
      return "closed";
    case BreakerState::open:
      return "open";
    case BreakerState::half_open:
      return "half_open";
    case BreakerState::forced_open:
      return "forced_open";
    case BreakerState::forced_closed:
      return "forced_closed";
  }
  return "unknown";
}

struct Breaker::Machine {
  Machine(const BreakerConfig& from, std::shared_ptr<const Clock> with)
      : config(from), clock(std::move(with)), decide(from) {}

  // A breaker that judges nothing and is not forced lets everything through without a lock.
  bool passes() const noexcept { return !config.enabled() && !forced.load(std::memory_order_acquire); }

  void ended(Permit permit, bool failed, Duration took) noexcept {
    if (!config.enabled()) return;
    const bool slow = config.slow_call && took > *config.slow_call;
    const auto now = clock->now();
    const std::lock_guard lock(mutex);
    decide.ended(permit, {failed, slow}, now);
  }

  const BreakerConfig config;
  const std::shared_ptr<const Clock> clock;
  detail::sync::Atomic<bool> forced = false;
  mutable detail::sync::Mutex mutex;
  detail::BreakerMachine decide;  // under mutex
};

Breaker::Breaker(BreakerConfig config, std::shared_ptr<const Clock> clock)
    : machine_(std::make_unique<Machine>(config, std::move(clock))) {}

Breaker::~Breaker() = default;

Breaker::Permit Breaker::admit(std::string_view resource) {
  if (machine_->passes()) return {};
  const auto now = machine_->clock->now();
  BreakerState state;
  Duration retry_after;
  {
    const std::lock_guard lock(machine_->mutex);
    if (const auto permit = machine_->decide.admit(now)) return *permit;
    state = machine_->decide.state();
    retry_after = machine_->decide.retry_after(now);
  }
  ErrorDetails details{.resource = std::string(resource)};
  if (state == BreakerState::forced_open) {
    details.hint = "reset the breaker to let calls through";
    throw CircuitOpenError(fmt::format("the breaker of '{}' is held open", resource), retry_after, details);
  }
  if (state == BreakerState::half_open) {
    details.hint = "try again when its probes have come back";
    throw CircuitOpenError(fmt::format("the breaker of '{}' is probing whether it is back", resource),
                           retry_after, details);
  }
  details.hint = fmt::format("try again in {}", format_duration(retry_after));
  throw CircuitOpenError(fmt::format("the breaker of '{}' is open after too many failures", resource),
                         retry_after, details);
}

void Breaker::succeeded(Permit permit, Duration took) noexcept {
  machine_->ended(permit, false, took);
}
void Breaker::failed(Permit permit, Duration took) noexcept {
  machine_->ended(permit, true, took);
}

void Breaker::cancel(Permit permit) noexcept {
  if (!permit.probe) return;
  const std::lock_guard lock(machine_->mutex);
  machine_->decide.cancelled(permit);
}

BreakerState Breaker::state() const {
  const std::lock_guard lock(machine_->mutex);
  return machine_->decide.state();
}

Duration Breaker::retry_after() const {
  const auto now = machine_->clock->now();
  const std::lock_guard lock(machine_->mutex);
  return machine_->decide.retry_after(now);
}

void Breaker::force_open() {
  const std::lock_guard lock(machine_->mutex);
  machine_->decide.force_open();
  machine_->forced.store(true, std::memory_order_release);
}

void Breaker::force_closed() {
  const std::lock_guard lock(machine_->mutex);
  machine_->decide.force_closed();
  machine_->forced.store(true, std::memory_order_release);
}

void Breaker::reset() {
  const std::lock_guard lock(machine_->mutex);
  machine_->decide.reset();
  machine_->forced.store(false, std::memory_order_release);
}

bool Breaker::counts(const std::exception& error) noexcept {
  if (dynamic_cast<const PoolExhaustedError*>(&error)) return false;
  if (const auto* ours = dynamic_cast<const Error*>(&error)) {
    if (dynamic_cast<const ConnectionError*>(ours)) return true;
    if (dynamic_cast<const TimeoutError*>(ours)) return ours->reason() != errc::fsm_deadline;
    switch (ours->reason()) {
      case errc::http_failed:
      case errc::llm_failed:
      case errc::llm_rate_limited:
        return true;
      default:
        return false;
    }
  }
  // Of a provider's own: what happened to it rather than what it was asked.
  return dynamic_cast<const std::runtime_error*>(&error) != nullptr;
}

}  // namespace leasehold
