#pragma once

// What is legal and yet unlikely to be meant. Each rule is a pure function of the checked model.

#include "../diagnostics.hpp"
#include "../model.hpp"

#include <leasehold/fsm/lint.hpp>

#include <map>
#include <set>

namespace leasehold::fsm {

struct Finding {
  Position where;
  errc code = errc::fsm_invalid;
  std::string message;
  std::string hint = {};
};
using Findings = std::vector<Finding>;

// What lint has to know of a resource.
struct ResourceFacts {
  std::size_t pool_size = 0;                               // 0: unknown
  bool exclusive = true;                                   // one owner at a time per resource
  std::optional<Duration> acquire_timeout = std::nullopt;  // if somebody chose one
};
using Facts = std::map<std::string, ResourceFacts, std::less<>>;

// Of the chart (lint_chart.cpp).
Findings unreachable_states(const Definition& definition, const Facts& facts);
Findings unreachable_networks(const Definition& definition, const Facts& facts);
Findings states_without_end(const Definition& definition, const Facts& facts);
Findings shadowed_arcs(const Definition& definition, const Facts& facts);
Findings endless_cycles(const Definition& definition, const Facts& facts);
Findings unused_policies(const Definition& definition, const Facts& facts);

// Of leases (lint_leases.cpp, lint_order.cpp).
Findings lock_order_cycles(const Definition& definition, const Facts& facts);
Findings pools_too_small(const Definition& definition, const Facts& facts);
Findings acquires_longer_than_states(const Definition& definition, const Facts& facts);

// The rules that look at one machine.
class ChosenRules {
 public:
  // Throws ConfigError if an option names no rule.
  explicit ChosenRules(const LintOptions& options);

  void disable(std::string_view rule);  // as the machine says: options go before it
  bool contains(std::string_view rule) const noexcept { return rules_.contains(rule); }

 private:
  std::set<std::string, std::less<>> rules_;
  std::set<std::string, std::less<>> asked_for_;
};

bool is_rule(std::string_view id) noexcept;
std::string suggest_rule(std::string_view id);

// Adds what the rules find, as warnings.
void lint(const Definition& definition, const Facts& facts, const ChosenRules& rules,
          Diagnostics& diagnostics);

}  // namespace leasehold::fsm
