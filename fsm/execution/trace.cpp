// What an execution tells about itself: names, the trace and the result.

#include "execution/interpreter.hpp"

#include <fmt/format.h>

namespace leasehold::fsm {

Visit* Interpreter::find_visit(StateIndex state) noexcept {
  for (Visit& visit : frame().visits)
    if (visit.state == state) return &visit;
  return nullptr;
}

const OwnerId& Interpreter::add_owner(const Network& network, const State* state) {
  std::string name;
  name.reserve(definition_->name.size() + network.name.size() + (state ? state->name.size() : 0) +
               id_.size() + 3);
  name += definition_->name;
  name += '/';
  name += network.name;
  if (state) {
    name += '.';
    name += state->name;
  }
  name += '#';
  name += id_;
  return owners_.emplace_back(state ? static_cast<const void*>(state) : &network, OwnerId(name)).second;
}

std::string Interpreter::state_name(StateIndex state) const {
  if (frames_.empty()) return definition_->networks[definition_->main].name;
  const Network& network = *frame().network;
  return state == root || state == none ? network.name
                                        : fmt::format("{}.{}", network.name, network.states[state].name);
}

Clock::time_point Interpreter::deadline_of(StateIndex state) noexcept {
  if (frames_.empty()) return deadline_;
  for (StateIndex at = state; at != root && at != none; at = frame().network->states[at].parent)
    if (const Visit* visit = find_visit(at)) return visit->deadline;
  return frame().deadline;
}

void Interpreter::note_transition(const Arc& arc, std::size_t index) {
  const auto& targets = arc.targets;
  note("transition", arc.source,
       targets.empty() ? std::string_view() : frame().network->states[targets.front()].name, {}, index + 1);
}

void Interpreter::write_note(std::string_view what, StateIndex state, std::string_view subject,
                             Clock::time_point since, std::size_t arc) {
  const Clock::time_point now = clock_->now();
  trace_.push_back({now - started_, std::string(what), state_name(state), std::string(subject),
                    since == Clock::time_point{} ? Duration::zero() : now - since, arc});
}

std::vector<std::string> Interpreter::configuration() const {
  if (lifecycle_.now() == Life::finished) return {final_state_};
  std::vector<std::string> names;
  for (const Frame& on_stack : frames_)
    for (const StateIndex state : on_stack.configuration)
      names.push_back(on_stack.network->states[state].name);
  return names;
}

std::vector<std::string> Interpreter::leases() const {
  std::vector<std::string> names;
  const auto add = [&](const Scope& scope) {
    for (const Held& held : scope.held)
      if (held.lease) names.push_back(held.declared->name);
  };
  for (const Frame& on_stack : frames_) {
    add(on_stack.scope);
    for (const Visit& visit : on_stack.visits) add(visit.scope);
  }
  return names;
}

Snapshot Interpreter::snapshot() const {
  Snapshot snapshot{.data = data_};
  const auto add = [&](const Scope& scope) {
    for (const Held& held : scope.held)
      if (held.lease) snapshot.leases.push_back({held.declared->name, held.lease.owner().name()});
  };
  for (const Frame& on_stack : frames_) {
    Snapshot::Level& level = snapshot.stack.emplace_back(Snapshot::Level{on_stack.network->name, {}});
    for (const StateIndex state : on_stack.configuration)
      level.states.push_back(on_stack.network->states[state].name);
    add(on_stack.scope);
    for (const Visit& visit : on_stack.visits) add(visit.scope);
  }
  if (!lifecycle_.ended()) snapshot.next_due = next_due();
  return snapshot;
}

RunResult Interpreter::describe() const {
  RunResult result;
  result.success = success_;
  result.final_state = final_state_;
  if (!lifecycle_.ended() && !path_.empty()) result.final_state = table_->state_name(path_.back());
  result.path.reserve(path_.size());
  for (std::size_t i = 0; i < path_.size(); ++i) result.path.push_back(table_->state_name(path_[i]));
  if (failure_) {
    result.error = failure_->text;
    result.code = failure_->code;
  }
  const Clock::time_point end = lifecycle_.ended() ? ended_ : clock_->now();
  // Ascending and made in place: this is a good part of what a short run costs.
  auto& metadata = result.metadata.get_ref<nlohmann::json::object_t&>();
  const auto add = [&](const char* name, auto&& value) {
    metadata.emplace_hint(metadata.end(), name, value);
  };
  add("elapsed_seconds", std::chrono::duration<double>(end - started_).count());
  add("execution", id_);
  add("machine", definition_->name);
  add("retries", retries_);
  add("transitions", transitions_);
  return result;
}

RunResult Interpreter::result() const {
  RunResult result = describe();
  result.data = data_;
  result.trace = trace_;
  return result;
}

RunResult Interpreter::take_result() {
  RunResult result = describe();
  result.data = std::move(data_);
  result.trace = std::move(trace_);
  return result;
}

}  // namespace leasehold::fsm
