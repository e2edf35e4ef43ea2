// The stack of networks: pushing one, coming back from it, and the end of the last.

#include "execution/interpreter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

// A network's resources are had before it is on the stack: failing to get them is what pushed it failing.
void Interpreter::push_frame(Frame next) {
  const StateIndex pushing = next.pushed_by ? next.pushed_by->source : root;
  if (!next.network->resources.empty()) {
    acquire(next.scope, next.network->resources, owner_of(*next.network), pushing, pushing,
            std::min(next.deadline, deadline_));
  }
  next.deadline = std::min(next.deadline, deadline_);
  next.facts = &table_->facts(*next.network);
  frames_.push_back(std::move(next));
}

void Interpreter::push_network(const Selected& selected) {
  const Arc& arc = *selected.arc;
  const Push& push = *arc.push;
  if (!arc.actions.empty()) run_actions(arc);
  if (frames_.size() >= definition_->max_depth)
    throw make_fault(errc::fsm_max_transitions,
                     fmt::format("networks are pushed deeper than {} levels", definition_->max_depth),
                     arc.source, {.hint = "end the recursion or raise 'max_depth'"});
  Frame next;
  next.network = &definition_->networks[push.network];
  next.pushed_by = &arc;
  next.pushed_index = selected.index;
  next.deadline = deadline_of(arc.source);
  std::optional<nlohmann::json> mapped;
  try {
    if (push.data_mapping) mapped = fill(*push.data_mapping, arc.source);
  } catch (...) {
    throw fault_now(arc.source, "the data mapping");
  }
  if (push.data_mapping || push.result_mapping) next.caller_data = data_;
  note("push", arc.source, next.network->name, {}, selected.index + 1);
  push_frame(std::move(next));
  if (mapped) data_ = std::move(*mapped);
  enter_initial();
}

void Interpreter::return_from_network() {
  frame().done = false;
  const Frame& inner = frame();
  const Arc& arc = *inner.pushed_by;
  const std::size_t index = inner.pushed_index;
  const State& last = inner.network->states[inner.final_state];
  const std::string& network_name = inner.network->name;
  exit_states(StateSet(inner.configuration), {});
  release(frame().scope, root, {});
  std::optional<nlohmann::json> caller_data = std::move(frame().caller_data);
  frames_.pop_back();
  note("pop", arc.source, network_name);
  if (!last.success) {
    if (caller_data) data_ = std::move(*caller_data);
    throw make_fault(
        errc::fsm_action,
        fmt::format("the network '{}' ended in '{}', which is no success", network_name, last.name),
        arc.source);
  }
  if (caller_data) {
    try {
      nlohmann::json result =
          arc.push->result_mapping ? fill(*arc.push->result_mapping, arc.source) : std::move(data_);
      data_ = std::move(*caller_data);
      if (data_.is_object() && result.is_object())
        data_.update(result);
      else
        data_ = std::move(result);
    } catch (...) {
      throw fault_now(arc.source, "the result mapping");
    }
  }
  std::vector<StateIndex> targets = arc.targets;
  if (arc.push->return_state != none) targets = {arc.push->return_state};
  Frame& top = frame();
  if (targets.empty()) {
    top.resume = arc.source;
    top.resume_from = index + 1;
    return;
  }
  const StateIndex domain = common_ancestor(*top.network, arc.source, targets);
  StateSet exits;
  EntrySet entries;
  add_exit_set(*top.network, top.configuration, domain, exits);
  remember(*top.network, top.configuration, exits, top.history);
  add_entry_set(*top.network, targets, domain, top.history, entries);
  exit_states(exits, {.states = &entries.states});
  enter_states(entries);
  release_carried({});
}

void Interpreter::finish() {
  Frame& last = frame();
  const State& final_state = last.network->states[last.final_state];
  last.done = false;
  exits_ = last.configuration;
  exit_states(exits_, {});
  release(last.scope, root, {});
  frames_.clear();
  timers_.clear();
  final_state_ = final_state.name;
  success_ = final_state.success;
  if (!success_) failure_ = std::move(caught_);
  ended_ = clock_->now();
  lifecycle_.finish();
}

}  // namespace leasehold::fsm
