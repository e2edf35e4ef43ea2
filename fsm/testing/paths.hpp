#pragma once

// Paths that reach every arc of a machine: a breadth-first search over its configurations, in which every
// condition may hold or not, as it is needed.
//
// What a search without data cannot know: whether conditions can hold together, what actions raise, and
// faults. Raised events are sent from outside instead.

#include "model.hpp"

#include <string>
#include <vector>

namespace leasehold::fsm {

// One arc of a path, and where it leads.
struct Move {
  NetworkIndex network = none;
  StateIndex source = none;
  std::size_t arc = 0;
  // "network.state", the innermost of all networks on the stack; none: the end
  std::vector<std::string> states;
  std::string final_state;  // at the end
};

struct ArcPath {
  std::vector<Move> moves;
};

struct Paths {
  std::vector<ArcPath> paths;  // none is the beginning of another
  std::vector<Move> unreached;
};

Paths find_paths(const Definition& definition);

// An event that the descriptor of an arc covers.
std::string event_for(const std::string& descriptor);

}  // namespace leasehold::fsm
