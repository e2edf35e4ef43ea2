// Entering and leaving states, and the leases that come and go with them.

#include "execution/interpreter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

void Interpreter::enter_initial() {
  enter_states(frame().facts->initial);
}

void Interpreter::enter_states(const EntrySet& entries) {
  for (const StateIndex state : entries.states) {
    enter_state(state);
    for (const StateIndex by_default : entries.defaults) {
      const State& its = frame().network->states[by_default];
      if (by_default == state || (its.type == StateType::history && its.parent == state))
        run_initial_actions(its.initial_actions, state);
    }
  }
}

// What is done before the states inside are entered by default.
void Interpreter::run_initial_actions(const Steps& actions, StateIndex state) {
  if (actions.empty()) return;
  try {
    run_steps(actions, {state, find_visit(state)});
  } catch (const Fault& fault) {
    if (!report(fault)) throw;
  }
}

void Interpreter::enter_state(StateIndex index) {
  Frame& top = frame();
  const State& state = top.network->states[index];
  const StateFacts& facts = top.facts->states[index];
  const Clock::time_point deadline = state.parent == root ? top.deadline : deadline_of(state.parent);
  Visit& visit = top.visits.emplace_back(index, ++visits_, deadline);
  if (state.timeout) {
    timed_ = true;
    visit.own_deadline = clock_->deadline_after(*state.timeout);
    visit.deadline = std::min(visit.deadline, visit.own_deadline);
  }
  insert(top.configuration, index);
  path_.push(top.facts->first + index);
  note("enter", index, {});

  const bool keeps = state.retry || !state.catches.empty();
  std::optional<nlohmann::json> before;
  if (keeps) before = data_;
  const std::size_t raised = internal_.size();
  const std::uint64_t sent = timer_order_;
  for (std::size_t attempts = 1;; ++attempts) {
    Visit& entering = top.visits.back();
    try {
      run_entry(entering);
      break;
    } catch (const Fault& fault) {
      // A failed attempt leaves nothing behind: not in the data, not among the events to come.
      if (before) {
        data_ = *before;
        for (; internal_.size() > raised; internal_.pop_back())
          if (internal_.back().fault) --errors_raised_;
        std::erase_if(timers_, [&](const Timer& timer) { return timer.order > sent; });
      }
      const std::optional<Duration> delay =
          retry_delay(state.retry, fault, attempts, static_cast<double>(random_() - 1) / 2147483646.0);
      if (!delay || expired()) {
        if (!report(fault)) throw;
        entering.entered = true;
        break;
      }
      ++retries_;
      note("retry", index, error_name(fault.code));
      entering.entered = false;
      release(entering.scope, index, {});  // another may use it meanwhile, and a broken one is replaced
      const Clock::time_point due = clock_->deadline_after(*delay);
      clock_->sleep_until(std::min(due, entering.deadline), acquire_.stop);
      check_time();
    }
  }
  if (facts.timed && is_driven_) {
    const Visit& entered = top.visits.back();
    if (state.timeout)
      add_timer({.due = entered.own_deadline, .kind = Timer::Kind::timeout, .visit = entered.number});
    for (std::size_t i = 0; i < state.arcs.size(); ++i)
      if (state.arcs[i].after)
        add_timer({.due = clock_->deadline_after(*state.arcs[i].after),
                   .kind = Timer::Kind::after,
                   .visit = entered.number,
                   .arc = i});
  }
  if (state.type == StateType::final) entered_final(index);
}

void Interpreter::run_entry(Visit& visit) {
  const State& state = frame().network->states[visit.state];
  const Place place{visit.state, &visit};
  const StateFacts& facts = frame().facts->states[visit.state];
  if (!state.resources.empty()) {
    if (facts.sole && frames_.size() == 1 && carried_.empty()) {
      const Clock::time_point since = traced_now();
      acquire_sole(visit, facts, acquire_options(visit.deadline));
      note("acquire", visit.state, facts.sole->name, since);
    } else {
      acquire(visit.scope, state.resources, owner_of(*frame().network, state), visit.state, state.parent,
              visit.deadline);
    }
  }
  if (facts.checked) {
    check(state.pre, place, "requires");
    check(state.invariant, place, "must keep");
    check(state.validate, place, "is only valid if");
  }
  run_steps(state.on_entry, place);
  visit.entered = true;
  run_steps(state.transform, place);
  if (facts.checked) {
    check(state.post, place, "promises");
    check(state.invariant, place, "must keep");
  }
}

void Interpreter::entered_final(StateIndex index) {
  Frame& top = frame();
  const Network& network = *top.network;
  const StateIndex parent = network.states[index].parent;
  if (parent == root) {
    top.done = true;
    top.final_state = index;
    return;
  }
  nlohmann::json data;
  std::optional<Fault> fault;  // what is final is so, whether or not that can be told with its data
  try {
    if (const auto& given = network.states[index].done_data) data = fill(*given, index);
  } catch (...) {
    fault = fault_now(index, fmt::format("the data of the state '{}'", state_name(index)));
    fault->of_block = !fault->fatal && fault->depth == std::size_t(-1);
    if (report(*fault)) fault.reset();
  }
  raise({"done.state." + network.states[parent].name, std::move(data)});
  for (StateIndex outer = network.states[parent].parent;
       outer != root && network.states[outer].type == StateType::parallel &&
       is_in_final_state(network, top.configuration, outer);
       outer = network.states[outer].parent)
    raise({"done.state." + network.states[outer].name, nullptr});
  if (fault) throw *std::move(fault);
}

// Everything is left and given back; the first fault of an exit function goes on afterwards.
void Interpreter::exit_states(const StateSet& exits, const Wanted& wanted) {
  std::exception_ptr first;
  for (auto at = exits.rbegin(); at != exits.rend(); ++at) {
    try {
      exit_state(*at, wanted);
    } catch (const Fault&) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(std::move(first));
}

void Interpreter::exit_state(StateIndex index, const Wanted& wanted) {
  Frame& top = frame();
  const auto visit =
      std::find_if(top.visits.rbegin(), top.visits.rend(), [&](const Visit& v) { return v.state == index; });
  if (visit == top.visits.rend()) return;
  const auto found = std::prev(visit.base());
  std::exception_ptr failed;
  if (found->entered) {
    try {
      run_steps(top.network->states[index].on_exit, {index, &*found});
    } catch (const Fault& fault) {
      if (!report(fault)) failed = std::current_exception();
    }
  }
  release(found->scope, index, wanted);
  if (!timers_.empty())
    std::erase_if(timers_, [&](const Timer& timer) { return timer.visit == found->number; });
  top.visits.erase(found);
  erase(top.configuration, index);
  if (top.resume == index) top.resume = none;
  note("exit", index, {});
  if (failed) std::rethrow_exception(std::move(failed));
}

bool Interpreter::is_wanted(std::string_view name, const Wanted& wanted) const noexcept {
  if (wanted.everything) return true;
  if (!wanted.states) return false;
  for (const StateIndex state : *wanted.states)
    for (const ResourceRequirement& requirement : frame().network->states[state].resources)
      if (requirement.name == name) return true;
  return false;
}

void Interpreter::throw_acquire_fault(StateIndex state) {
  throw fault_now(state, "acquiring");
}

// `outer` is the innermost state whose leases count as held already: for an arc, `state` itself.
void Interpreter::acquire(Scope& scope, const std::vector<ResourceRequirement>& requirements,
                          const OwnerId& owner, StateIndex state, StateIndex outer,
                          Clock::time_point deadline) {
  const Clock::time_point since = traced_now();
  try {
    bool declared = false;
    const auto is_held = [&](std::string_view name) {  // a role of that name is another resource
      return find_lease({name, false}, outer, declared) != nullptr;
    };
    const auto take = [&](std::string_view name) {
      return carried_.take(name, [&](StateIndex from) {
        // Each of the arcs that are taken together has what it leaves itself.
        return state != outer || from == state || is_descendant(*frame().network, from, state) ||
               is_descendant(*frame().network, state, from);
      });
    };
    const AcquireOptions& options = acquire_options(deadline);
    const auto missing = gather(requirements, owner, take, scope, is_held,
                                [&](const std::string& name) { note("hand_over", state, name, since); });
    if (missing.empty()) return;
    std::vector<ResourceRequirement> some;
    if (missing.size() < requirements.size())
      for (const ResourceRequirement* const requirement : missing) some.push_back(*requirement);
    LeaseSet acquired =
        definition_->manager->acquire_all(some.empty() ? std::span(requirements) : some, owner, options);
    for (LeaseSet::Entry& entry : acquired.entries()) {
      if (entry.lease) note("acquire", state, entry.name, since);
      const auto* const declares =
          *std::find_if(missing.begin(), missing.end(), [&](const auto* requirement) {
            return requirement->name == entry.name && requirement->role == entry.role;
          });
      scope.held.push_back({declares, std::move(entry.lease)});
    }
  } catch (...) {
    scope.clear();
    throw_acquire_fault(state);
  }
}

void Interpreter::release(Scope& scope, StateIndex state, const Wanted& wanted) noexcept {
  for (; !scope.held.empty(); scope.held.pop_back()) {
    Held& last = scope.held.back();
    if (!last.lease) {
      if (wanted.everything) carried_.add_known(state, last.declared);
      continue;
    }
    if (is_wanted(last.declared->name, wanted)) {
      carried_.add(state, std::move(last));
      continue;
    }
    const Clock::time_point since = traced_now();
    last.lease.release();
    note("release", state, last.declared->name, since);
  }
  if (wanted.everything)
    for (const ResourceRequirement* const alias : scope.aliases) carried_.add_known(state, alias);
  scope.aliases.clear();
}

void Interpreter::release_carried(const Wanted& wanted) noexcept {
  if (carried_.empty()) return;
  carried_.release_if([&](const Held& held) {
    if (is_wanted(held.declared->name, wanted)) return false;
    note("release", root, held.declared->name);
    return true;
  });
}

// From `from` outwards: its ancestors, the network, and below it what pushed the network.
Lease* Interpreter::find_lease(Sought sought, StateIndex from, bool& declared) noexcept {
  for (auto at = frames_.rbegin(); at != frames_.rend(); ++at) {
    const auto look = [&](Scope& scope) {
      Lease* const lease = scope.find(sought, declared);
      return lease && *lease ? lease : nullptr;
    };
    for (StateIndex state = from; state != root && state != none; state = at->network->states[state].parent)
      for (Visit& visit : at->visits)
        if (visit.state == state)
          if (Lease* lease = look(visit.scope)) return lease;
    if (Lease* lease = look(at->scope)) return lease;
    from = at->pushed_by ? at->pushed_by->source : root;
  }
  return nullptr;
}

}  // namespace leasehold::fsm
