#include "generate/refusals.hpp"

#include "generate/flat.hpp"
#include "generate/names.hpp"

#include <fmt/format.h>

namespace leasehold::fsm {

namespace {

class Refusals {
 public:
  explicit Refusals(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void check(const Definition& definition) {
    const Network& main = definition.networks[definition.main];
    for (const Network& network : definition.networks)
      if (&network != &main) refuse(network.position, "a second network", "run this machine from its YAML");
    for (const State& state : main.states) check(main, state);
  }

 private:
  void refuse(Position where, std::string_view what, std::string_view hint) {
    diagnostics_.error(errc::fsm_invalid, where, fmt::format("{} cannot be generated", what),
                       std::string(hint));
  }

  void check(const Network& network, const State& state) {
    const Position where = state.position;
    if (state.type == StateType::parallel)
      refuse(where, fmt::format("the parallel state '{}'", state.name), "run this machine from its YAML");
    if (state.type == StateType::history)
      refuse(where, fmt::format("the history '{}'", state.name), "run this machine from its YAML");
    for (const auto* conditions : {&state.validate, &state.pre, &state.post, &state.invariant})
      for (const Condition& condition : *conditions) check(condition);
    for (const Steps* steps : {&state.on_entry, &state.transform, &state.on_exit, &state.initial_actions})
      check(*steps);
    for (const Arc& arc : state.arcs) {
      check(arc);
      if (!state.transform.empty() && takes_errors(arc) && !arc.targets.empty() &&
          domain_of(network, arc, {}) == arc.source)
        refuse(arc.position,
               fmt::format("an internal arc for errors of the state '{}' with a transform", state.name),
               "move the transform to on_entry");
    }
  }

  void check(const Arc& arc) {
    if (arc.push) refuse(arc.position, "an arc to another network", "run this machine from its YAML");
    if (arc.targets.size() > 1) refuse(arc.position, "an arc with several targets", "name one");
    if (arc.condition) check(*arc.condition);
    check(arc.actions);
  }

  void check(const Steps& steps) {
    for (const Step& step : steps) {
      if (const auto* call = std::get_if<CallFunction>(&step.what)) check_name(call->name, step.position);
    }
  }

  void check(const Condition& condition) {
    if (const auto* guard = std::get_if<GuardFunction>(&condition.test))
      check_name(guard->name, condition.position);
    if (const auto* inner = std::get_if<Not>(&condition.test)) check(inner->operand.front());
    if (const auto* all = std::get_if<All>(&condition.test))
      for (const Condition& operand : all->operands) check(operand);
    if (const auto* any = std::get_if<Any>(&condition.test))
      for (const Condition& operand : any->operands) check(operand);
  }

  void check_name(const std::string& name, Position where) {
    if (!is_identifier(name))
      diagnostics_.error(errc::fsm_function, where,
                         fmt::format("'{}' cannot be a member of a C++ class", name),
                         "give the function another name");
  }

  Diagnostics& diagnostics_;
};

bool names_variable(std::string_view text) noexcept {
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2))
    if (text.substr(at, 3) != "${{" && (at == 0 || text[at - 1] != '$')) return true;
  return false;
}

void refuse_variables(const yaml::Node& node, Diagnostics& diagnostics) {
  if (node.is(yaml::Node::Kind::scalar) && names_variable(node.text))
    diagnostics.error(errc::fsm_invalid, node.position, "what comes from the environment cannot be generated",
                      "let a function read it");
  for (const yaml::Entry& entry : node.entries) refuse_variables(*entry.value, diagnostics);
  for (const yaml::Node* item : node.items) refuse_variables(*item, diagnostics);
}

}  // namespace

void refuse_what_cannot_be_generated(const Definition& definition, Diagnostics& diagnostics) {
  Refusals(diagnostics).check(definition);
}

void refuse_environment(const yaml::Document& document, Diagnostics& diagnostics) {
  for (const yaml::Entry& entry : document.root->entries)
    if (entry.key != "resources") refuse_variables(*entry.value, diagnostics);
}

}  // namespace leasehold::fsm
