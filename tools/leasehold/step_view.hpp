#pragma once

// What `step` shows of an execution: where it is, what it holds, and where it may go.

#include <leasehold/fsm/machine.hpp>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::tool {

struct ArcView {
  std::string state;  // "main.store"
  std::vector<std::string> events;
  std::optional<Duration> after;
  std::string condition;      // as written; "": none
  std::optional<bool> holds;  // on the present data and without an event; none: not known
  std::vector<std::string> targets;
  std::string network;  // that it runs first
};

struct StepView {
  Duration at = {};  // since the start
  std::vector<std::string> states;
  std::vector<fsm::Snapshot::Held> leases;
  std::vector<ArcView> arcs;     // of the active states of the network that runs, inner states first
  std::optional<Duration> next;  // until a delay or timeout is due
  bool finished = false;
  bool success = false;
  std::string final_state;
  std::string error;
};

StepView view_of(const fsm::Machine& machine, const fsm::Execution& run, Clock::time_point start);
std::string to_text(const StepView& view);
nlohmann::json to_json(const StepView& view);

}  // namespace leasehold::tool
