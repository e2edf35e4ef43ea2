#include "lint.hpp"

#include <leasehold/config.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace leasehold::fsm {

namespace {

using Check = Findings (*)(const Definition&, const Facts&);

constexpr std::array all_rules = {
    LintRule{
        "unreachable-state", Severity::warning, "nothing leads to the state",
        "No arc, catch, initial or history leads to this state or to one inside it, so no run will ever "
        "enter "
        "it. Often an arc names another state than was meant, or the state was left behind when its last arc "
        "was changed. Add the arc, or remove the state. States that say run_on_failure need no arc."},
    LintRule{"unreachable-network", Severity::warning, "nothing runs the network",
             "The network is not where the machine starts, and no arc of a network that runs pushes it with "
             "target_network. Push it, choose it with main, or remove it."},
    LintRule{
        "no-path-to-final", Severity::warning, "no way leads from the state to the end",
        "Once a run is in this state, no arc leads on to a final state of the network: a machine that runs "
        "on "
        "data fails with fsm.no_transition, one that is driven by events never finishes. Ways through catch "
        "do not count, for a run should not need an error to end. A machine that is driven by events and has "
        "no final state at all is taken to run for ever on purpose."},
    LintRule{
        "shadowed-arc", Severity::warning, "another arc is always taken before this one",
        "Arcs of one state are tried by priority and then in the order of the document, and the first whose "
        "event and condition fit is taken. An arc before this one takes every event that this one waits for, "
        "without a condition or with the same one, so this one is never taken. Or every state inside has "
        "such "
        "an arc, which goes before one of the state around. Put the special case before "
        "the general one, or give the general one a condition."},
    LintRule{
        "eventless-cycle", Severity::warning, "states lead to each other without end",
        "Arcs without event, delay or condition lead from each of these states to the next and back to the "
        "first. A run that comes here goes round until max_transitions ends it. Give one of the arcs a "
        "condition, an event or a delay."},
    LintRule{
        "lock-order-cycle", Severity::warning, "executions can wait for each other's resources",
        "One way through the machine acquires a resource while it holds another; a second way acquires them "
        "the other way round. Two executions on these ways can each hold what the other waits for. leasehold "
        "finds such a deadlock when it happens and fails one of them; better let it not happen: acquire both "
        "in one state, or hold one of them in the network or the state around. Held is what a state, those "
        "around it, its network and the networks that pushed it declare, and what is handed over from the "
        "state before. Resources that many owners share are left out."},
    LintRule{
        "pool-too-small", Severity::warning, "one execution needs more of a pool than there is",
        "Regions of a parallel state, or a network that one of them pushes, each acquire a resource of the "
        "same pool for themselves, and the pool has fewer than one execution needs at once: it waits for "
        "itself and fails. Raise max_size, or declare the resource at the parallel state, whose regions then "
        "share it."},
    LintRule{
        "acquire-outlasts-state", Severity::warning, "acquiring may take longer than the state may last",
        "The time that the state may wait for a resource, its own timeout for it or the acquire_timeout "
        "that was chosen for the pool, is longer than the timeout of the state, of a state around it or of "
        "the machine. The wait is cut short by that one, so the longer time is never what happens and the "
        "error names the wrong cause. Lower the one or raise the other."},
    LintRule{"unused-policy", Severity::warning, "nobody refers to the policy",
             "A policy under use is there to be referred to by states, and none does: often its name was "
             "changed in "
             "one place only. Refer to it, or remove it."},
    LintRule{older_form, Severity::note, "there is a newer way to write this",
             "The forms of earlier guides, such as is_start, is_end, main_network, arcs in a list of their "
             "network "
             "or {type: custom, name: f}, load as they stand. The note says how it is written today."},
};

constexpr std::pair<std::string_view, Check> checks[] = {
    {"unreachable-state", unreachable_states}, {"unreachable-network", unreachable_networks},
    {"no-path-to-final", states_without_end},  {"shadowed-arc", shadowed_arcs},
    {"eventless-cycle", endless_cycles},       {"lock-order-cycle", lock_order_cycles},
    {"pool-too-small", pools_too_small},       {"acquire-outlasts-state", acquires_longer_than_states},
    {"unused-policy", unused_policies}};

void require_rules(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (!is_rule(name))
      throw ConfigError(errc::config_value, fmt::format("lint has no rule '{}'", name),
                        {.hint = suggest_rule(name)});
}

}  // namespace

std::span<const LintRule> lint_rules() noexcept {
  return all_rules;
}

bool is_rule(std::string_view id) noexcept {
  return std::any_of(all_rules.begin(), all_rules.end(),
                     [id](const LintRule& rule) { return rule.id == id; });
}

std::string suggest_rule(std::string_view id) {
  std::vector<std::string> names;
  for (const LintRule& rule : all_rules) names.emplace_back(rule.id);
  return suggest_name(id, names);
}

ChosenRules::ChosenRules(const LintOptions& options) {
  for (const auto* names : {&options.only, &options.enable, &options.disable}) require_rules(*names);
  asked_for_.insert(options.only.begin(), options.only.end());
  asked_for_.insert(options.enable.begin(), options.enable.end());
  rules_ = asked_for_;
  if (options.only.empty())
    for (const LintRule& rule : all_rules) rules_.emplace(rule.id);
  for (const std::string& name : options.disable) rules_.erase(name);
}

void ChosenRules::disable(std::string_view rule) {
  if (!asked_for_.contains(rule)) rules_.erase(std::string(rule));
}

void lint(const Definition& definition, const Facts& facts, const ChosenRules& chosen,
          Diagnostics& diagnostics) {
  for (const auto& [rule, check] : checks) {
    if (!chosen.contains(rule)) continue;
    for (Finding& finding : check(definition, facts))
      diagnostics.warning(rule, finding.code, finding.where, std::move(finding.message),
                          std::move(finding.hint));
  }
}

}  // namespace leasehold::fsm
