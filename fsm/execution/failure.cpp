#include "execution/failure.hpp"

#include "execution/selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace leasehold::fsm {

namespace {

Fault fault_of(const Error& error, StateIndex origin) {
  Fault fault;
  fault.exception = std::current_exception();
  fault.code = error.reason();
  fault.text = error.what();
  fault.message = error.message();
  fault.resource = error.resource();
  fault.origin = origin;
  return fault;
}

}  // namespace

Fault make_fault(errc code, std::string message, StateIndex origin, ErrorDetails details) {
  try {
    throw_error(code, std::move(message), std::move(details));
  } catch (const Error& error) {
    return fault_of(error, origin);
  }
}

Fault make_fault(std::exception_ptr exception, StateIndex origin, const std::string& doing) {
  try {
    std::rethrow_exception(std::move(exception));
  } catch (const Error& error) {
    return fault_of(error, origin);
  } catch (const std::exception& error) {
    return make_fault(errc::fsm_action, fmt::format("{} failed: {}", doing, error.what()), origin);
  } catch (...) {
    return make_fault(errc::fsm_action, fmt::format("{} threw something that is no std::exception", doing),
                      origin);
  }
}

Fault stuck_fault(const Network& network, StateIndex stuck) {
  std::vector<std::string> conditions;
  bool waits = false;
  for (StateIndex at = stuck; at != none; at = network.states[at].parent)
    for (const Arc& arc : network.states[at].arcs) {
      for (const std::string& event : arc.events)
        waits = waits || (!event_matches("error", event) && !event_matches("done", event));
      if (arc.condition && arc.events.empty()) conditions.push_back(fmt::format("'{}'", arc.condition->text));
    }
  const std::string name = stuck == root ? network.name : network.name + "." + network.states[stuck].name;
  if (waits)
    return make_fault(
        errc::fsm_no_transition,
        fmt::format("the state '{}' waits for an event, which a run to the end cannot bring", name), stuck,
        {.hint = "drive the machine with start and send"});
  if (conditions.empty())
    return make_fault(errc::fsm_no_transition,
                      fmt::format("the state '{}' is not final and has no arc", name), stuck,
                      {.hint = "add an arc or make the state final"});
  return make_fault(errc::fsm_no_transition,
                    fmt::format("no arc of the state '{}' could be taken: {} {} not hold", name,
                                fmt::join(conditions, ", "), conditions.size() == 1 ? "does" : "do"),
                    stuck, {.hint = "add an arc without a condition"});
}

bool matches(const std::vector<std::string>& patterns, const Fault& fault) {
  try {
    std::rethrow_exception(fault.exception);
  } catch (const std::exception& error) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return error_matches(pattern, error); });
  }
}

Duration delay_of_attempt(const Retry& retry, std::size_t attempts, double random) {
  const double limit = static_cast<double>(retry.max_delay.value_or(std::chrono::hours(24 * 365)).count());
  const double full = std::min(limit, static_cast<double>(retry.delay.count()) *
                                          std::pow(retry.backoff, static_cast<double>(attempts - 1)));
  return Duration(static_cast<Duration::rep>(full * (1 - retry.jitter * random)));
}

std::optional<Duration> retry_delay(const std::optional<Retry>& retry, const Fault& fault,
                                    std::size_t attempts, double random) {
  if (!retry || fault.fatal || attempts >= retry->attempts || !matches(retry->errors, fault))
    return std::nullopt;
  return delay_of_attempt(*retry, attempts, random);
}

std::optional<Caught> find_catch(const Network& network, const Fault& fault) {
  if (fault.fatal) return std::nullopt;
  for (StateIndex at = fault.origin; at != root && at != none; at = network.states[at].parent)
    for (const Catch& handler : network.states[at].catches)
      if (matches(handler.errors, fault)) return Caught{at, &handler};
  return std::nullopt;
}

std::optional<Caught> find_on_error(const Network& network, const Fault& fault) {
  if (fault.fatal) return std::nullopt;
  for (const Catch& handler : network.on_error)
    if (matches(handler.errors, fault)) return Caught{root, &handler};
  return std::nullopt;
}

nlohmann::json error_data(const Fault& fault) {
  return {{"code", error_name(fault.code)},
          {"message", fault.message},
          {"state", fault.state},
          {"resource", fault.resource}};
}

Event error_event(const Fault& fault) {
  return {"error." + std::string(error_name(fault.code)), error_data(fault)};
}

}  // namespace leasehold::fsm
