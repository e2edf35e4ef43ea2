// Where a fault goes: to a catch, out of the network, or to the end of the execution.

#include "execution/interpreter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

class While {
 public:
  explicit While(bool& flag) : flag_(flag), before_(std::exchange(flag, true)) {}
  While(const While&) = delete;
  While& operator=(const While&) = delete;
  ~While() { flag_ = before_; }

 private:
  bool& flag_;
  bool before_;
};

}  // namespace

// To the state's catch and those around it, to its arcs for errors and those around it, to the network's
// on_error; then the same where the network was pushed, and at last to the end of the execution.
void Interpreter::handle_fault(Fault fault) {
  release_carried({});
  if (frames_.empty()) return fail(fault);
  const Frame& where = fault.depth < frames_.size() ? frames_[fault.depth] : frame();
  if (fault.state.empty() && fault.origin != root) fault.state = where.network->states[fault.origin].name;
  note("error", fault.origin, error_name(fault.code));
  while (!fault.fatal && frames_.size() > fault.depth && frames_.size() - 1 > fault.depth) leave_frame();
  for (;;) {
    const Network& network = *frame().network;
    if (const auto caught = find_catch(network, fault)) return enter_catch(*caught, fault);
    if (follow_error_arc(fault)) return;
    if (const auto caught = find_on_error(network, fault)) return enter_catch(*caught, fault);
    if (fault.fatal || frames_.size() == 1) return fail(fault);
    fault.origin = frame().pushed_by->source;
    leave_frame();
  }
}

void Interpreter::enter_catch(const Caught& caught, const Fault& fault) {
  const Network& network = *frame().network;
  const Catch& handler = *caught.handler;
  count_transition();
  note("catch", fault.origin, network.states[handler.target].name);
  caught_ = fault;
  const StateIndex domain = caught.by == root ? root : common_ancestor(network, caught.by, {handler.target});
  divert(domain, {handler.target}, [&] {
    if (!handler.into) return;
    try {
      handler.into->set(data_, error_data(fault));
    } catch (...) {
      throw fault_now(domain, "the catch");
    }
  });
}

// The first arc of the state, from the given one on, that listens to the fault. A condition that fails itself
// does not hold here.
const Arc* Interpreter::find_error_arc(const Fault& fault, StateIndex state, std::size_t from) {
  const auto& arcs = frame().network->states[state].arcs;
  const Event told = error_event(fault);
  for (std::size_t i = from; i < arcs.size(); ++i) {
    if (arcs[i].events.empty() || !event_matches(arcs[i].events, told.name)) continue;
    if (!arcs[i].condition) return &arcs[i];
    const Event& before = event_.get();
    event_.refer(told);
    bool good = false;
    try {
      good = holds(*arcs[i].condition, {state, find_visit(state)});
    } catch (const Fault& broken) {
      note("error", state, error_name(broken.code));
    }
    event_.refer(before);
    if (good) return &arcs[i];
  }
  return nullptr;
}

// A fault that ended a list of functions (or a condition) and that nobody catches becomes an event if an
// active state listens to it and the state where it happened is not to be left because of it. What was going
// on then goes on, as SCXML has it.
bool Interpreter::report(const Fault& fault) {
  if (leaving_ || !fault.of_block || fault.fatal || find_catch(*frame().network, fault)) return false;
  const Network& network = *frame().network;
  auto told = std::make_shared<Fault>(fault);
  if (told->state.empty()) told->state = network.states[fault.origin].name;
  const Arc* arc = nullptr;
  for (StateIndex at = fault.origin; !arc && at != none; at = network.states[at].parent)
    arc = find_error_arc(*told, at);
  if (arc && !arc->push && !arc->targets.empty()) return false;
  for (const StateIndex state : frame().configuration)
    if (!arc) arc = find_error_arc(*told, state);
  if (!arc) return false;
  note("error", fault.origin, error_name(fault.code));
  Event event = error_event(*told);
  told->origin = root;  // where it happened may have been left when its turn comes
  raise_internal({std::move(event), std::move(told)});
  return true;
}

// Takes the arc with a target that the state where it happened, or one around it, has for this error.
bool Interpreter::follow_error_arc(const Fault& fault) {
  if (fault.fatal) return false;
  const Network& network = *frame().network;
  const Arc* arc = nullptr;
  for (StateIndex at = fault.origin; !arc && at != none; at = network.states[at].parent) {
    const auto& arcs = network.states[at].arcs;
    arc = find_error_arc(fault, at);
    while (arc && (arc->push || arc->targets.empty()))
      arc = find_error_arc(fault, at, static_cast<std::size_t>(arc - arcs.data()) + 1);
  }
  if (!arc) return false;
  count_transition();
  note("transition", arc->source, network.states[arc->targets.front()].name);
  caught_ = fault;
  event_.set(error_event(fault));
  const Visit* visit = find_visit(arc->source);
  const bool within = visit && visit->entered && (fault.of_block || arc->source != fault.origin);
  const StateIndex domain = within ? domain_of(network, *arc, frame().history)
                                   : common_ancestor(network, arc->source, arc->targets);
  divert(domain, arc->targets, [&] {
    if (!arc->actions.empty()) run_actions(*arc);
  });
  return true;
}

// Leaves what is active below the domain and enters the targets, and whatever else makes the configuration
// legal: the fault may have struck while states were left or entered.
template <class Between>
void Interpreter::divert(StateIndex domain, const std::vector<StateIndex>& targets, const Between& between) {
  Frame& top = frame();
  const Network& network = *top.network;
  top.done = false;
  while (domain != root && !(contains(top.configuration, domain) && is_compound(network, domain)))
    domain = network.states[domain].parent;
  StateSet exits;
  add_exit_set(network, top.configuration, domain, exits);
  // What a state that is half left or half entered looks like is not worth remembering.
  StateSet whole;
  for (const StateIndex state : exits)
    if (is_whole(network, top.configuration, state)) whole.push_back(state);
  remember(network, top.configuration, whole, top.history);
  leave(exits);
  between();
  EntrySet entries;
  add_entry_set(network, targets, domain, top.history, entries);
  add_completion(network, top.configuration, top.history, entries);
  release_carried({.states = &entries.states});
  enter_states(entries);
  release_carried({});
}

// Leaves states because of a fault; what their exit functions do wrong changes nothing any more.
void Interpreter::leave(const StateSet& exits) noexcept {
  const While leaving(leaving_);
  try {
    exit_states(exits, {});
  } catch (const Fault& fault) {
    note("error", fault.origin, error_name(fault.code));
  } catch (...) {
  }
}

void Interpreter::leave_frame() noexcept {
  leave(StateSet(frame().configuration));
  run_after_failure();
  release(frame().scope, root, {});
  if (frame().caller_data) data_ = std::move(*frame().caller_data);
  frames_.pop_back();
}

// States that say run_on_failure are visited once, each by itself, in document order.
void Interpreter::run_after_failure() noexcept {
  const While leaving(leaving_);
  const Network& network = *frame().network;
  for (StateIndex index = 0; index < network.states.size(); ++index) {
    if (!network.states[index].run_on_failure) continue;
    try {
      enter_state(index);
      exit_state(index, {});
    } catch (const Fault& fault) {
      note("error", fault.origin, error_name(fault.code));
      leave({index});
    } catch (...) {
      leave({index});
    }
  }
}

void Interpreter::fail(const Fault& fault) noexcept {
  const std::size_t entered = path_.size();
  final_state_ = fault.state;
  if (final_state_.empty() && entered > 0) final_state_ = table_->state_name(path_.back());
  failure_ = fault;
  while (!frames_.empty()) leave_frame();
  timers_.clear();
  internal_.clear();
  errors_raised_ = 0;
  ended_ = clock_->now();
  if (fault.fatal && fault.code == errc::fsm_cancelled)
    lifecycle_.cancel();
  else
    lifecycle_.fail();
}

// The fault that the exception being handled is. Who was stopped or ran out of time says that first.
Fault Interpreter::fault_now(StateIndex origin, const std::string& doing) {
  Fault fault = make_fault(std::current_exception(), origin, doing);
  if (leaving_) return fault;
  std::optional<Fault> late = expired();
  if (!late) return fault;
  const bool waited = matches({"timeout", "acquire.cancelled"}, fault);
  if (!stop_.stop_requested() && !waited) return fault;
  if (!stop_.stop_requested()) {
    late->message += ": " + fault.text;
    late->text += ": " + fault.text;
    late->resource = fault.resource;
  }
  return *late;
}

void Interpreter::throw_if_expired() {
  if (std::optional<Fault> fault = expired()) throw *std::move(fault);
}

std::optional<Fault> Interpreter::expired() const {
  if (stop_.stop_requested()) {
    Fault fault = make_fault(errc::fsm_cancelled, "the execution was cancelled", root);
    fault.fatal = true;
    return fault;
  }
  if (!timed_) return std::nullopt;
  const Clock::time_point now = clock_->now();
  if (now >= deadline_) return deadline_fault();
  for (std::size_t depth = 0; depth < frames_.size(); ++depth)
    for (const Visit& visit : frames_[depth].visits)
      if (now >= visit.own_deadline) return timeout_fault(depth, visit.state);
  return std::nullopt;
}

Fault Interpreter::deadline_fault() const {
  const Duration timeout = options_.timeout.value_or(definition_->timeout.value_or(Duration::zero()));
  Fault fault = make_fault(
      errc::fsm_deadline, fmt::format("the execution did not end within {}", format_duration(timeout)), root);
  fault.fatal = true;
  return fault;
}

Fault Interpreter::timeout_fault(std::size_t depth, StateIndex state) const {
  const Network& network = *frames_[depth].network;
  Fault fault =
      make_fault(errc::fsm_deadline,
                 fmt::format("the state '{}.{}' did not end within {}", network.name,
                             network.states[state].name, format_duration(*network.states[state].timeout)),
                 state);
  fault.depth = depth;
  return fault;
}

}  // namespace leasehold::fsm
