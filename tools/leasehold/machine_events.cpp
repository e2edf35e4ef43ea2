#include "machine_events.hpp"

#include "execution/selection.hpp"
#include "model.hpp"

#include <algorithm>

namespace leasehold::tool {

std::vector<std::string> event_descriptors(const fsm::Machine& machine) {
  std::vector<std::string> all;
  for (const fsm::Network& network : machine.definition().networks)
    for (const fsm::State& state : network.states)
      for (const fsm::Arc& arc : state.arcs)
        for (const std::string& event : arc.events)
          if (std::find(all.begin(), all.end(), event) == all.end()) all.push_back(event);
  return all;
}

bool is_awaited(const std::string& event, const std::vector<std::string>& descriptors) {
  return fsm::event_matches(descriptors, event);
}

std::vector<std::string> qualified_states(const fsm::Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const fsm::Snapshot::Level& level : snapshot.stack)
    for (const std::string& state : level.states) names.push_back(level.network + "." + state);
  return names;
}

}  // namespace leasehold::tool
