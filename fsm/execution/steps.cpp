// Running what states and arcs list: functions, operations, jq, events; and asking conditions.

#include "execution/interpreter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

template <class... Calls>
struct Overload : Calls... {
  using Calls::operator()...;
};
template <class... Calls>
Overload(Calls...) -> Overload<Calls...>;

constexpr std::size_t internal_limit = 10'000;

std::string doing(const Step& step) {
  return std::visit(
      Overload{[](const CallFunction& call) { return fmt::format("the function '{}'", call.name); },
               [](const CallOperation& call) {
                 return fmt::format("the operation '{}.{}'", call.resource, call.operation);
               },
               [](const Transform&) { return std::string("a jq transform"); },
               [](const Raise& what) { return fmt::format("raising '{}'", what.event); },
               [](const Send& what) { return fmt::format("sending '{}'", what.event); },
               [](const Cancel& what) {
                 return fmt::format("cancelling '{}'", what.id.source().get<std::string>());
               }},
      step.what);
}

}  // namespace

Fault Interpreter::step_fault(const Step& step, const Place& place) {
  Fault fault =
      fault_now(place.state, fmt::format("{} in the state '{}'", doing(step), state_name(place.state)));
  if (const auto* call = std::get_if<CallOperation>(&step.what); call && fault.resource.empty())
    fault.resource = call->resource;
  fault.of_block = !fault.fatal && fault.depth == std::size_t(-1);  // else it is time that ran out
  return fault;
}

inline void Interpreter::run_step(const Step& step, const Place& place) {
  const Clock::time_point since = traced_now();
  const At at(*this, place);
  if (const auto* const call = std::get_if<CallFunction>(&step.what)) {
    with_context(place, [&](Context& context) { call->function(context); });
    return note("action", place.state, call->name, since);
  }
  std::visit(
      Overload{[](const CallFunction&) {},
               [&](const CallOperation& call) {
                 const Lease& leased = lease(call.resource);
                 if (!leased)
                   throw_error(errc::fsm_resource,
                               fmt::format("the resource '{}' is optional and absent", call.resource),
                               {.resource = call.resource, .hint = "require it, or test before the call"});
                 nlohmann::json storage;
                 const bool constant = call.arguments.constant();
                 if (!constant) storage = fill(call.arguments, place.state);
                 const nlohmann::json& arguments = constant ? call.arguments.source() : storage;
                 nlohmann::json result =
                     leased.call(call.operation, arguments, {deadline_of(place.state), stop_token()});
                 if (call.into) call.into->set(data_, std::move(result));
                 note("call", place.state, fmt::format("{}.{}", call.resource, call.operation), since);
               },
               [&](const Transform& transform) {
                 nlohmann::json result = transform.program.run(data_, event_.value(), limits(place.state));
                 if (transform.into)
                   transform.into->set(data_, std::move(result));
                 else
                   data_ = std::move(result);
                 note("jq", place.state, {}, since);
               },
               [&](const Raise& what) {
                 raise({what.event, fill(what.data, place.state)});
               },
               [&](const Send& what) {
                 Event event{what.event, fill(what.data, place.state)};
                 if (const Duration after = delay_of(what, place.state); after > Duration::zero())
                   add_timer({.due = clock_->deadline_after(after),
                              .event = std::move(event),
                              .id = fill_text(what.id, place.state)});
                 else if (!post_(std::move(event)))
                   throw_error(errc::fsm_invalid,
                               fmt::format("the event queue of {} is full", options_.event_queue),
                               {.hint = "send less, or raise RunOptions::event_queue"});
               },
               [&](const Cancel& what) {
                 std::erase_if(timers_, [&, id = fill_text(what.id, place.state)](const Timer& timer) {
                   return timer.kind == Timer::Kind::send && timer.id == id;
                 });
               }},
      step.what);
}

void Interpreter::run_all(const Steps& steps, const Place& place) {
  for (const Step& step : steps) {
    check_time();
    try {
      run_step(step, place);
    } catch (...) {
      step_failed(step, place);
    }
  }
  check_time();
}

void Interpreter::step_failed(const Step& step, const Place& place) {
  try {
    throw;
  } catch (const Fault&) {
    throw;
  } catch (...) {
    throw step_fault(step, place);
  }
}

void Interpreter::check(const std::vector<Condition>& conditions, const Place& place, std::string_view what) {
  const auto kept = [&](const Condition& condition) {
    try {
      return holds(condition, place);
    } catch (Fault& fault) {
      fault.of_block = false;  // the state cannot do without
      throw;
    }
  };
  for (const Condition& condition : conditions)
    if (!kept(condition))
      throw make_fault(errc::fsm_contract,
                       fmt::format("the state '{}' {} '{}', which does not hold", state_name(place.state),
                                   what, condition.text),
                       place.state);
}

bool Interpreter::holds(const Condition& condition, const Place& place) {
  try {
    return holds_unguarded(condition, place);
  } catch (const Fault&) {
    throw;
  } catch (...) {
    throw condition_fault(condition, place);
  }
}

Fault Interpreter::condition_fault(const Condition& condition, const Place& place) {
  const auto of_block = [](Fault fault) {
    fault.of_block = !fault.fatal && fault.depth == std::size_t(-1);
    return fault;
  };
  try {
    throw;
  } catch (const Error&) {
    return of_block(fault_now(place.state, {}));
  } catch (const std::exception& error) {
    return of_block(make_fault(errc::fsm_expression,
                               fmt::format("the condition '{}' failed: {}", condition.text, error.what()),
                               place.state));
  } catch (...) {
    return of_block(make_fault(
        errc::fsm_expression,
        fmt::format("the condition '{}' threw something that is no std::exception", condition.text),
        place.state));
  }
}

bool Interpreter::holds_unguarded(const Condition& condition, const Place& place) {
  const auto part = [&](const Condition& inner) { return holds_unguarded(inner, place); };
  return std::visit(
      Overload{
          [&](const JqProgram& program) {
            return program.plain() ? program.test(data_, nullptr)
                                   : program.test(data_, event_.value(), limits(place.state));
          },
          [&](const GuardFunction& guard) {
            bool result = false;
            const At at(*this, place);
            with_context(place, [&](const Context& context) { result = guard.function(context); });
            return result;
          },
          [&](const InState& in) {
            return frame().network == &definition_->networks[in.network] &&
                   contains(frame().configuration, in.state);
          },
          [&](const Not& inner) { return !part(inner.operand.front()); },
          [&](const All& inner) { return std::all_of(inner.operands.begin(), inner.operands.end(), part); },
          [&](const Any& inner) { return std::any_of(inner.operands.begin(), inner.operands.end(), part); }},
      condition.test);
}

template <class Call>
void Interpreter::with_context(const Place& place, const Call& call) {
  const State& state = frame().network->states[place.state];
  Context context(data_, event_.get(), state.name,
                  place.visit ? place.visit->deadline : deadline_of(place.state), stop_token(), *this);
  call(context);
}

// What is left of the time of the state and all around it; it is real time, even if the machine's stands
// still.
JqLimits Interpreter::limits(StateIndex state) {
  JqLimits limits{.stop = stop_token()};
  if (const Clock::time_point deadline = leaving_ ? Clock::never : deadline_of(state);
      deadline != Clock::never)
    limits.time = std::max(deadline - clock_->now(), Duration::zero());
  return limits;
}

nlohmann::json Interpreter::fill(const Template& from, StateIndex state) {
  return from.constant() ? from.source() : from.evaluate(data_, event_.value(), limits(state));
}

std::string Interpreter::fill_text(const Template& from, StateIndex state) {
  const nlohmann::json value = fill(from, state);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Duration Interpreter::delay_of(const Send& send, StateIndex state) {
  if (!send.computed_after) return send.after;
  const nlohmann::json value = fill(*send.computed_after, state);
  const auto delay =
      value.is_string() ? parse_duration(value.get_ref<const std::string&>()) : std::optional<Duration>();
  if (!delay)
    throw_error(errc::fsm_expression, fmt::format("the delay of '{}' is no duration", send.event),
                {.hint = "let it give a text with a unit, such as 250ms or 1.5s"});
  return *delay;
}

Lease& Interpreter::lease(std::string_view name_or_role) {
  bool declared = false;
  Sought sought{name_or_role};
  if (place_->arc) {
    Lease* const found = place_->arc->find(sought, declared);
    if (found && *found) return *found;
    if (!carried_.empty())  // the state has been left, and perhaps some around it
      for (StateIndex at = place_->state; at != none; at = frame().network->states[at].parent)
        if (Lease* const carried = carried_.find(at, sought, declared)) return *carried;
  }
  if (Lease* found = find_lease(sought, place_->state, declared)) return *found;
  if (!declared)
    throw_error(errc::fsm_resource,
                fmt::format("the resource '{}' is not leased in the state '{}'", name_or_role,
                            state_name(place_->state)),
                {.resource = std::string(name_or_role), .hint = "declare it under the state's 'resources'"});
  return absent_;
}

const OwnerId& Interpreter::owner() {
  const Network& network = *frame().network;
  return place_->state == root ? owner_of(network) : owner_of(network, network.states[place_->state]);
}

void Interpreter::raise(Event event) {
  raise_internal({std::move(event)});
}

void Interpreter::raise_internal(Raised raised) {
  if (internal_.size() >= internal_limit)
    throw_error(errc::fsm_invalid, fmt::format("more than {} raised events wait", internal_limit),
                {.hint = "end the loop that raises them"});
  if (raised.fault) ++errors_raised_;
  internal_.push_back(std::move(raised));
}

bool Interpreter::in_state(std::string_view state) const {
  for (const StateIndex active : frame().configuration)
    if (frame().network->states[active].name == state || state_name(active) == state) return true;
  return false;
}

void Interpreter::log(std::string_view message) {
  note("log", place_->state, message);
}

}  // namespace leasehold::fsm
