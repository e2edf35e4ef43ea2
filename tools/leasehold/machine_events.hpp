#pragma once

// What a machine waits for, and where an execution is, in words.

#include <leasehold/fsm/machine.hpp>

#include <string>
#include <vector>

namespace leasehold::tool {

// Every event that an arc waits for, as written, each once: "order.received", "order.*".
std::vector<std::string> event_descriptors(const fsm::Machine& machine);

// Whether an arc with one of the descriptors takes the event.
bool is_awaited(const std::string& event, const std::vector<std::string>& descriptors);

// "network.state" of every active state, the network that runs last.
std::vector<std::string> qualified_states(const fsm::Snapshot& snapshot);

}  // namespace leasehold::tool
