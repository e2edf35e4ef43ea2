#pragma once

// What is legal and yet unlikely to be meant. Each rule is a pure function of the checked model.

#include "../diagnostics.hpp"
#include "../model.hpp"

#include <map>

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
  std::size_t pool_size = 0;  // 0: unknown
  bool exclusive = true;      // one owner at a time per resource
};
using Facts = std::map<std::string, ResourceFacts, std::less<>>;

// Of the chart (lint_chart.cpp).
Findings unreachable_states(const Network& network);
Findings states_without_end(const Network& network, bool event_driven);
Findings unreachable_networks(const Definition& definition);
Findings shadowed_arcs(const Network& network);
Findings endless_cycles(const Network& network);

// Of leases (lint_leases.cpp).
Findings acquires_longer_than_states(const Network& network);
Findings lock_order_cycles(const Definition& definition, const Facts& facts);
Findings pools_too_small(const Network& network, const Facts& facts);

// All of them, as warnings.
void lint(const Definition& definition, const Facts& facts, Diagnostics& diagnostics);

}  // namespace leasehold::fsm
