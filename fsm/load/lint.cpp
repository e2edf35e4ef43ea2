#include "lint.hpp"

namespace leasehold::fsm {

void lint(const Definition& definition, const Facts& facts, Diagnostics& diagnostics) {
  const auto warn = [&diagnostics](Findings findings) {
    for (Finding& finding : findings)
      diagnostics.warning(finding.code, finding.where, std::move(finding.message), std::move(finding.hint));
  };
  for (const Network& network : definition.networks) {
    warn(unreachable_states(network));
    warn(states_without_end(network, definition.event_driven));
    warn(shadowed_arcs(network));
    warn(endless_cycles(network));
    warn(acquires_longer_than_states(network));
    warn(pools_too_small(network, facts));
  }
  warn(unreachable_networks(definition));
  warn(lock_order_cycles(definition, facts));
}

}  // namespace leasehold::fsm
