// Entering and leaving states, and the leases that come and go with them.

#include "execution/interpreter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

// A network's resources are had before it is on the stack: failing to get them is what pushed it failing.
void Interpreter::push_frame(Frame next) {
  const StateIndex pushing = next.pushed_by ? next.pushed_by->source : root;
  if (!next.network->resources.empty()) {
    acquire(next.scope, next.network->resources, owner_of(*next.network, nullptr), pushing, pushing,
            std::min(next.deadline, deadline_));
  }
  next.deadline = std::min(next.deadline, deadline_);
  frames_.push_back(std::move(next));
}

void Interpreter::enter_initial() {
  EntrySet entries;
  add_completion(*frame().network, {}, frame().history, entries);
  enter_states(entries);
}

void Interpreter::enter_states(const EntrySet& entries) {
  for (const StateIndex state : entries.states) {
    enter_state(state);
    for (const StateIndex history : entries.defaults)
      if (frame().network->states[history].parent == state) run_default(history);
  }
}

// What the default arc of a history does.
void Interpreter::run_default(StateIndex history) {
  const State& state = frame().network->states[history];
  try {
    run_steps(state.on_entry, {state.parent, find_visit(state.parent)});
  } catch (const Fault& fault) {
    if (!report(fault)) throw;
  }
}

void Interpreter::enter_state(StateIndex index) {
  Frame& top = frame();
  const State& state = top.network->states[index];
  Visit visit;
  visit.state = index;
  visit.number = ++visits_;
  visit.deadline = deadline_of(state.parent);
  if (state.timeout) {
    timed_ = true;
    visit.own_deadline = clock_->deadline_after(*state.timeout);
    visit.deadline = std::min(visit.deadline, visit.own_deadline);
  }
  insert(top.configuration, index);
  top.visits.push_back(std::move(visit));
  path_.push(table_->facts(*top.network).first + index);
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
      clock_->sleep_until(std::min(due, entering.deadline), stop_token_);
      check_time();
    }
  }
  if (definition_->is_driven()) {
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
  if (!state.resources.empty())
    acquire(visit.scope, state.resources, owner_of(*frame().network, &state), visit.state, state.parent,
            visit.deadline);
  check(state.pre, place, "requires");
  check(state.invariant, place, "must keep");
  check(state.validate, place, "is only valid if");
  run_steps(state.on_entry, place);
  visit.entered = true;
  run_steps(state.transform, place);
  check(state.post, place, "promises");
  check(state.invariant, place, "must keep");
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
  raise({"done.state." + network.states[parent].name, nullptr});
  for (StateIndex outer = network.states[parent].parent;
       outer != root && network.states[outer].type == StateType::parallel &&
       is_in_final_state(network, top.configuration, outer);
       outer = network.states[outer].parent)
    raise({"done.state." + network.states[outer].name, nullptr});
}

// Everything is left and given back; the first fault of an exit function goes on afterwards.
void Interpreter::exit_states(const StateSet& exits, const Wanted& wanted) {
  std::optional<Fault> first;
  for (auto at = exits.rbegin(); at != exits.rend(); ++at) {
    try {
      exit_state(*at, wanted);
    } catch (Fault& fault) {
      if (!first) first = std::move(fault);
    }
  }
  if (first) throw *std::move(first);
}

void Interpreter::exit_state(StateIndex index, const Wanted& wanted) {
  Frame& top = frame();
  const auto found =
      std::find_if(top.visits.begin(), top.visits.end(), [&](const Visit& v) { return v.state == index; });
  if (found == top.visits.end()) return;
  std::optional<Fault> fault;
  if (found->entered) {
    try {
      run_steps(top.network->states[index].on_exit, {index, &*found});
    } catch (Fault& raised) {
      if (!report(raised)) fault = std::move(raised);
    }
  }
  release(found->scope, index, wanted);
  std::erase_if(timers_, [&](const Timer& timer) { return timer.visit == found->number; });
  top.visits.erase(found);
  erase(top.configuration, index);
  if (top.resume == index) top.resume = none;
  note("exit", index, {});
  if (fault) throw *std::move(fault);
}

bool Interpreter::is_wanted(std::string_view name, const Wanted& wanted) const noexcept {
  if (wanted.everything) return true;
  if (!wanted.states) return false;
  for (const StateIndex state : *wanted.states)
    for (const ResourceRequirement& requirement : frame().network->states[state].resources)
      if (requirement.name == name) return true;
  return false;
}

// `outer` is the innermost state whose leases count as held already.
void Interpreter::acquire(Scope& scope, const std::vector<ResourceRequirement>& requirements,
                          const OwnerId& owner, StateIndex state, StateIndex outer,
                          Clock::time_point deadline) {
  const Clock::time_point since = traced_now();
  try {
    bool declared = false;
    const auto held = [&](std::string_view name) { return find_lease(name, outer, declared) != nullptr; };
    AcquireOptions options;
    options.stop = stop_token();
    if (deadline != Clock::never) options.deadline = deadline;
    const ResourceRequirement& first = requirements.front();
    if (requirements.size() == 1 && first.required && !first.timeout && carried_.empty() &&
        !held(first.name)) {  // nothing to be shared, handed over or ordered
      scope.leases.add(
          {first.name, first.role, definition_->manager->acquire(first.name, owner, std::move(options))});
      return note("acquire", state, first.name, since);
    }
    Needs needs = gather(requirements, owner, carried_, scope, held);
    for (const std::string& name : needs.handed_over) note("hand_over", state, name, since);
    if (needs.missing.empty()) return;
    LeaseSet acquired = definition_->manager->acquire_all(needs.missing, owner, std::move(options));
    for (LeaseSet::Entry& entry : acquired.entries()) {
      if (entry.lease) note("acquire", state, entry.name, since);
      scope.leases.add(std::move(entry));
    }
  } catch (...) {
    scope.leases.release();
    scope.aliases.clear();
    throw fault_now(state, "acquiring");
  }
}

void Interpreter::release(Scope& scope, StateIndex state, const Wanted& wanted) noexcept {
  const std::span<LeaseSet::Entry> entries = scope.leases.entries();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!entry->lease) continue;
    if (is_wanted(entry->name, wanted)) {
      carried_.add({entry->name, entry->role, std::move(entry->lease)});
      continue;
    }
    const Clock::time_point since = traced_now();
    entry->lease.release();
    note("release", state, entry->name, since);
  }
  scope.leases.release();
  scope.aliases.clear();
}

void Interpreter::release_carried(const Wanted& wanted) noexcept {
  carried_.release_if([&](const LeaseSet::Entry& entry) {
    if (is_wanted(entry.name, wanted)) return false;
    note("release", root, entry.name);
    return true;
  });
}

// From `from` outwards: its ancestors, the network, and below it what pushed the network.
Lease* Interpreter::find_lease(std::string_view name, StateIndex from, bool& declared) noexcept {
  for (auto at = frames_.rbegin(); at != frames_.rend(); ++at) {
    const auto look = [&](Scope& scope) -> Lease* {
      std::string_view outer_name;
      Lease* lease = scope.find(name, outer_name);
      declared = declared || lease || !outer_name.empty();
      if (!outer_name.empty()) name = outer_name;
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
