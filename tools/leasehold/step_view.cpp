#include "step_view.hpp"

#include "machine_events.hpp"
#include "model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace leasehold::tool {

namespace {

// Whether the condition holds on the data, without an event. A registered guard is not called: it may do
// anything.
class Preview {
 public:
  Preview(const fsm::Definition& definition, const fsm::Snapshot& now) : definition_(definition), now_(now) {}

  std::optional<bool> operator()(const fsm::Condition& condition) const {
    return std::visit([this](const auto& test) { return of(test); }, condition.test);
  }

 private:
  std::optional<bool> of(const fsm::JqProgram& program) const {
    if (program.source().find("$event") != std::string::npos) return std::nullopt;
    try {
      return program.test(now_.data, nullptr);
    } catch (const Error&) {
      return std::nullopt;
    }
  }
  std::optional<bool> of(const fsm::GuardFunction&) const { return std::nullopt; }
  std::optional<bool> of(const fsm::InState& in) const {
    const fsm::Network& network = definition_.networks[in.network];
    const auto& active = now_.stack.back().states;
    return now_.stack.back().network == network.name &&
           std::find(active.begin(), active.end(), network.states[in.state].name) != active.end();
  }
  std::optional<bool> of(const fsm::Not& inner) const {
    const std::optional<bool> holds = (*this)(inner.operand.front());
    return holds ? std::optional(!*holds) : std::nullopt;
  }
  std::optional<bool> of(const fsm::All& all) const { return first(all.operands, false); }
  std::optional<bool> of(const fsm::Any& any) const { return first(any.operands, true); }

  // The decisive value if one of them has it; unknown if one is unknown.
  std::optional<bool> first(const std::vector<fsm::Condition>& conditions, bool decisive) const {
    bool unknown = false;
    for (const fsm::Condition& condition : conditions) {
      const std::optional<bool> holds = (*this)(condition);
      if (holds == decisive) return decisive;
      unknown = unknown || !holds;
    }
    return unknown ? std::nullopt : std::optional(!decisive);
  }

  const fsm::Definition& definition_;
  const fsm::Snapshot& now_;
};

std::vector<ArcView> arcs_of(const fsm::Definition& definition, const fsm::Snapshot& now) {
  std::vector<ArcView> arcs;
  if (now.stack.empty()) return arcs;
  const fsm::Snapshot::Level& top = now.stack.back();
  const auto network = std::find_if(definition.networks.begin(), definition.networks.end(),
                                    [&](const fsm::Network& one) { return one.name == top.network; });
  const Preview preview(definition, now);
  for (auto name = top.states.rbegin(); name != top.states.rend(); ++name) {
    const auto state = std::find_if(network->states.begin() + 1, network->states.end(),
                                    [&](const fsm::State& one) { return one.name == *name; });
    for (const fsm::Arc& arc : state->arcs) {
      ArcView& view = arcs.emplace_back();
      view.state = fmt::format("{}.{}", network->name, state->name);
      view.events = arc.events;
      view.after = arc.after;
      for (const fsm::StateIndex target : arc.targets) view.targets.push_back(network->states[target].name);
      if (arc.push) {
        view.network = definition.networks[arc.push->network].name;
        if (arc.push->return_state != fsm::none)
          view.targets = {network->states[arc.push->return_state].name};
      }
      if (arc.condition) {
        view.condition = arc.condition->text;
        view.holds = preview(*arc.condition);
      }
    }
  }
  return arcs;
}

std::string when(const ArcView& arc) {
  if (arc.after) return "after " + format_duration(*arc.after);
  return arc.events.empty() ? "at once" : fmt::format("{}", fmt::join(arc.events, ", "));
}

std::string line_of(const ArcView& arc) {
  std::string line = fmt::format("  {}", when(arc));
  if (!arc.condition.empty()) {
    line += fmt::format(" [{}]", arc.condition);
    if (arc.holds) line += *arc.holds ? " (holds)" : " (does not hold)";
  }
  if (!arc.network.empty()) line += fmt::format(" -> network {}", arc.network);
  if (!arc.targets.empty())
    line += fmt::format("{} {}", arc.network.empty() ? " ->" : ", then", fmt::join(arc.targets, ", "));
  else if (arc.network.empty())
    line += " (stays)";
  return line + fmt::format("   from {}\n", arc.state);
}

}  // namespace

StepView view_of(const fsm::Machine& machine, const fsm::Execution& run, Clock::time_point start) {
  const fsm::Snapshot now = run.snapshot();
  const fsm::RunResult result = run.result();
  const Clock::time_point moment = machine.definition().manager->clock()->now();
  StepView view;
  view.at = moment - start;
  view.states = qualified_states(now);
  view.leases = now.leases;
  view.arcs = arcs_of(machine.definition(), now);
  if (now.next_due) view.next = std::max(Duration::zero(), *now.next_due - moment);
  view.finished = run.finished();
  view.success = result.success;
  view.final_state = result.final_state;
  view.error = result.error;
  return view;
}

std::string to_text(const StepView& view) {
  std::string text = fmt::format("[{}] ", format_duration(view.at));
  if (view.finished)
    return text + (view.error.empty() ? fmt::format("ended in '{}'{}\n", view.final_state,
                                                    view.success ? "" : ", which is no success")
                                      : fmt::format("failed: {}\n", view.error));
  text += fmt::format("{}\n", fmt::join(view.states, ", "));
  for (const fsm::Snapshot::Held& held : view.leases)
    text += fmt::format("  holds {}   by {}\n", held.resource, held.owner);
  for (const ArcView& arc : view.arcs) text += line_of(arc);
  if (view.next) text += fmt::format("  next delay in {}\n", format_duration(*view.next));
  return text;
}

nlohmann::json to_json(const StepView& view) {
  nlohmann::json leases = nlohmann::json::array(), arcs = nlohmann::json::array();
  for (const fsm::Snapshot::Held& held : view.leases)
    leases.push_back({{"resource", held.resource}, {"owner", held.owner}});
  for (const ArcView& arc : view.arcs) {
    nlohmann::json json = {{"state", arc.state}, {"events", arc.events}, {"targets", arc.targets}};
    if (arc.after) json["after"] = format_duration(*arc.after);
    if (!arc.condition.empty()) json["condition"] = arc.condition;
    if (arc.holds) json["holds"] = *arc.holds;
    if (!arc.network.empty()) json["network"] = arc.network;
    arcs.push_back(std::move(json));
  }
  nlohmann::json json = {{"at_seconds", std::chrono::duration<double>(view.at).count()},
                         {"states", view.states},
                         {"leases", std::move(leases)},
                         {"arcs", std::move(arcs)},
                         {"finished", view.finished}};
  if (view.next) json["next_in_seconds"] = std::chrono::duration<double>(*view.next).count();
  if (view.finished) {
    json["success"] = view.success;
    json["final_state"] = view.final_state;
    json["error"] = view.error;
  }
  return json;
}

}  // namespace leasehold::tool
