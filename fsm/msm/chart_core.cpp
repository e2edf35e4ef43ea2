#include <leasehold/fsm/msm/chart_core.hpp>

#include "execution/failure.hpp"
#include "execution/selection.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm::msm {

ChartCore::ChartCore(const Borrower& borrower, std::function<bool(std::string_view)> is_active)
    : time(borrower.manager.clock()),
      owner_(borrower.owner),
      borrowed_until_(borrower.options.deadline.value_or(Clock::never)),
      deadline_(borrowed_until_),
      stop_(borrower.options.stop),
      is_active_(std::move(is_active)),
      random_(static_cast<std::minstd_rand::result_type>(time.clock().now().time_since_epoch().count())) {}

void ChartCore::reset(nlohmann::json input) {
  data = std::move(input);
  set_event({});
  raised.clear();
  told = 0;
  sent.clear();
  visiting = {};
  choice = {};
  chosen.reset();
  transitions = 0;
  final_state.reset();
  success = false;
  failing = false;
}

void ChartCore::set_event(Event event) {
  own_event_ = std::move(event);
  event_ = &own_event_;
}

bool ChartCore::take_sent() {
  const bool own = sent.front().own;
  set_event(std::move(sent.front().event));
  sent.pop_front();
  return own;
}

void ChartCore::send(Event event_to_come, bool own) {
  if (sent.size() >= max_sent)
    throw_error(errc::fsm_invalid, fmt::format("the event queue of {} is full", max_sent),
                {.hint = "send less"});
  sent.push_back({std::move(event_to_come), own});
}

std::shared_ptr<const Fault> ChartCore::take_raised() {
  Raised first = std::move(raised.front());
  raised.pop_front();
  if (first.fault) --told;
  set_event(std::move(first.event));
  return std::move(first.fault);
}

void ChartCore::raise(Event raised_event) {
  if (raised.size() >= max_raised)
    throw_error(errc::fsm_invalid, fmt::format("more than {} raised events wait", max_raised),
                {.hint = "end the loop that raises them"});
  raised.push_back({std::move(raised_event)});
}

void ChartCore::tell(Event of, Fault fault) {
  raise(std::move(of));
  raised.back().fault = std::make_shared<const Fault>(std::move(fault));
  ++told;
}

void ChartCore::ended(std::string_view state, bool well) {
  final_state = std::string(state);
  success = well;
}

bool ChartCore::retries(const Retry& retry, const Fault& fault, std::size_t attempts) const {
  return attempts < retry.attempts && may_be_caught(fault) && !stop_.stop_requested() && !time.is_over() &&
         std::any_of(retry.errors.begin(), retry.errors.end(),
                     [&](std::string_view pattern) { return fault.matches(pattern); });
}

void ChartCore::await_retry(const Retry& retry, std::size_t attempts) {
  const double random = static_cast<double>(random_() - 1) / 2147483646.0;
  const Duration delay = delay_of_attempt(
      {.delay = retry.delay, .backoff = retry.backoff, .jitter = retry.jitter, .max_delay = retry.max_delay},
      attempts, random);
  Clock& clock = time.clock();
  clock.sleep_until(std::min(clock.deadline_after(delay), deadline_), stop_);
}

void ChartCore::throw_too_many(std::size_t limit) {
  throw_error(errc::fsm_max_transitions, fmt::format("more than {} transitions were taken", limit),
              {.hint = "end the loop or raise 'max_transitions'"});
}

void ChartCore::throw_stuck(std::string_view why) {
  throw_error(errc::fsm_no_transition, std::string(why), {.hint = "add an arc without a condition"});
}

void ChartCore::throw_broken(std::string_view why) {
  throw_error(errc::fsm_contract, std::string(why));
}

void ChartCore::rewind(const Mark& mark) {
  data = mark.data;
  for (; raised.size() > mark.raised; raised.pop_back())
    if (raised.back().fault) --told;
  time.timers.rewind(mark.timer);
}

bool ChartCore::is_name(std::string_view asked, std::string_view network, std::string_view state) noexcept {
  if (asked == state) return true;
  return asked.size() == network.size() + 1 + state.size() && asked.starts_with(network) &&
         asked[network.size()] == '.' && asked.ends_with(state);
}

nlohmann::json error_data(const Fault& fault, std::string_view network) {
  std::string message, resource;
  const std::string_view what = fault.doing ? fault.doing->what : "acquiring";
  const std::string where = fault.doing && !fault.of_condition()
                                ? fmt::format("{} in the state '{}.{}'", what, network, fault.state)
                                : std::string(what);
  try {
    std::rethrow_exception(fault.exception);
  } catch (const Error& error) {
    message = error.message();
    resource = error.resource();
  } catch (const std::exception& error) {
    message = fmt::format("{} failed: {}", where, error.what());
  } catch (...) {
    message = fmt::format("{} threw something that is no std::exception", where);
  }
  if (resource.empty() && fault.doing) resource = fault.doing->resource;
  return {{"code", error_name(fault.code())},
          {"message", message},
          {"state", fault.state},
          {"resource", resource}};
}

Event error_event(const Fault& fault, std::string_view network) {
  return {"error." + std::string(error_name(fault.code())), error_data(fault, network)};
}

bool may_go_on(const Fault& fault) noexcept {
  return fault.doing && fault.doing->kind != Doing::Kind::demand;
}

bool may_be_caught(const Fault& fault) noexcept {
  return !fault.fatal && fault.code() != errc::fsm_max_transitions;
}

bool covers(const Fault& fault, std::span<const std::string_view> origins,
            std::span<const std::string_view> errors) {
  if (!may_be_caught(fault)) return false;
  if (!origins.empty() && std::find(origins.begin(), origins.end(), fault.state) == origins.end())
    return false;
  return std::any_of(errors.begin(), errors.end(),
                     [&](std::string_view pattern) { return fault.matches(pattern); });
}

bool listens(std::span<const std::string_view> descriptors, std::string_view event) {
  return std::any_of(descriptors.begin(), descriptors.end(),
                     [&](std::string_view descriptor) { return event_matches(descriptor, event); });
}

}  // namespace leasehold::fsm::msm
