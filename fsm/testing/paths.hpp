#pragma once

// Paths that reach every arc of a machine: a breadth-first search over the situations that its execution may
// be in, in which every condition that needs data may hold or not, as it is needed.
//
// What a search without data cannot know: whether conditions can hold together, what functions raise, and
// faults.

#include "testing/situation.hpp"

#include <string>
#include <vector>

namespace leasehold::fsm {

struct ArcPath {
  ArcId wanted;             // whose path it is
  std::vector<Move> moves;  // to where nothing more comes by itself
};

struct Paths {
  std::vector<ArcPath> paths;  // none is the beginning of another
  std::vector<ArcId> unreached;
};

Paths find_paths(const Definition& definition);

}  // namespace leasehold::fsm
