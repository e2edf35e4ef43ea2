#pragma once

// A chart without regions as a flat table: one row for each state without states inside, each arc that may be
// taken there, and each event that it listens to. Pure.

#include "execution/chart.hpp"

#include <optional>
#include <string>
#include <vector>

namespace leasehold::fsm {

// Takes a machine from one innermost state to another.
struct Passage {
  std::vector<StateIndex> left;     // states around the source, inner first
  std::vector<StateIndex> entered;  // states around the target, outer first
  StateSet defaults;                // those of them that have actions of `initial` to run
  StateIndex target = none;         // innermost; none: nothing is left
};

struct ArcRow {
  StateIndex source = none;  // innermost
  std::string event;         // "": none, perhaps after a delay; "*": one that no arc names
  const Arc* arc = nullptr;
  Passage passage;
  bool by_code = false;  // it takes the event if that tells of an error that it names otherwise
};

struct Handler {
  StateIndex by = root;  // root: the network's on_error
  const Catch* handler = nullptr;
  StateIndex domain = root;         // what stands around all that it may leave
  std::vector<StateIndex> origins;  // the states whose faults it sees; empty: all
  Passage passage;                  // of what stands and what does not
};

// An arc that listens to errors, and so takes faults.
struct ErrorArc {
  const Arc* arc = nullptr;
  std::vector<StateIndex> origins;  // the states whose faults it sees
  Passage passage;                  // of what stands and what does not
  std::optional<Passage> within;    // that of an internal arc if its source stands
};

struct FlatChart {
  StateSet states;  // that can be reached
  StateSet apart;   // of them, those that only run_on_failure leads to
  Passage start;    // to the initial states
  std::vector<std::string> events;
  std::vector<const Arc*> delayed;
  std::vector<ArcRow> rows;          // of one source and event: in the order in which they are tried
  std::vector<Handler> handlers;     // in the order in which they are tried
  std::vector<ErrorArc> error_arcs;  // tried between the handlers of states and the network's, in this order
};

bool takes_errors(const Arc& arc);

FlatChart flatten(const Network& network);

}  // namespace leasehold::fsm
