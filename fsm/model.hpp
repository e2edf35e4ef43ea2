#pragma once

// The checked model of a machine: what the loader makes and the execution walks. Immutable once a Machine
// holds it.
//
// Networks, states and arcs lie in vectors in document order and refer to each other by index. The states of
// a network form a tree (parent, children); state 0 is the network's root and no state of the document.

#include "position.hpp"
#include "template.hpp"

#include <leasehold/fsm/functions.hpp>
#include <leasehold/fsm/load.hpp>
#include <leasehold/manager.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace leasehold::fsm {

class Schema;

using NetworkIndex = std::uint32_t;
using StateIndex = std::uint32_t;
inline constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
inline constexpr StateIndex root = 0;

// --- What is executed
// ---------------------------------------------------------------------------------------

struct CallFunction {
  std::string name;
  Action function;
};
struct CallOperation {
  std::string resource;  // name or role
  std::string operation;
  Template arguments;
  std::optional<DataPath> into;  // none: the result is dropped
};
struct Transform {  // {jq: ...}: the result becomes the data, or goes into a place of it
  JqProgram program;
  std::optional<DataPath> into;
};
struct Raise {
  std::string event;
  Template data;
};
struct Send {
  std::string event;
  Template data;
  Duration after = {};
  std::optional<Template> computed_after;  // instead
  Template id;                             // a text, or what becomes one
};
struct Cancel {
  Template id;
};
struct Step {
  std::variant<CallFunction, CallOperation, Transform, Raise, Send, Cancel> what;
  Position position;
};
using Steps = std::vector<Step>;

// --- Conditions
// ---------------------------------------------------------------------------------------------

struct Condition;
struct GuardFunction {
  std::string name;
  Guard function;
};
struct InState {
  NetworkIndex network = none;
  StateIndex state = none;
};
struct Not {
  std::vector<Condition> operand;  // exactly one
};
struct All {
  std::vector<Condition> operands;
};
struct Any {
  std::vector<Condition> operands;
};
struct Condition {
  std::variant<JqProgram, GuardFunction, InState, Not, All, Any> test;
  Position position;
  std::string text;  // as written, without what came from the environment: for messages and pictures
};

// --- Failure policy
// -----------------------------------------------------------------------------------------

struct Retry {
  std::vector<std::string> errors = {"*"};  // patterns of error_matches
  std::size_t attempts = 3;                 // in all, the first included
  Duration delay = std::chrono::milliseconds(100);
  double backoff = 2;  // factor per further attempt
  double jitter = 0;   // share of the delay that is random, 0..1
  std::optional<Duration> max_delay = std::nullopt;
};
struct Catch {
  std::vector<std::string> errors = {"*"};
  StateIndex target = none;
  std::optional<DataPath> into;  // {"code": ..., "message": ..., "state": ..., "resource": ...}
};

// --- The chart
// ----------------------------------------------------------------------------------------------

struct Push {  // to another network; its end takes the return_state
  NetworkIndex network = none;
  StateIndex return_state = none;        // none: the arc's own target, or the source's next arc
  std::optional<Template> data_mapping;  // the pushed network's data; none: the same data
  std::optional<Template>
      result_mapping;  // merged into the caller's data; none: the pushed network's data whole
};

struct Arc {
  StateIndex source = none;
  std::vector<StateIndex> targets;  // empty: targetless (SCXML) or a push
  std::vector<std::string> events;  // empty: eventless
  std::optional<Duration> after;    // delay since the source was entered
  std::optional<Condition> condition;
  Steps actions;
  std::vector<ResourceRequirement> resources;  // for the actions only
  int priority = 0;                            // higher first within the state, then document order
  bool internal = false;
  std::optional<Push> push;
  Position position;
};

enum class StateType { normal, parallel, final, history };

struct State {
  std::string name;
  StateType type = StateType::normal;
  StateIndex parent = none;
  std::vector<StateIndex> children;  // document order
  std::vector<StateIndex> initial;   // of a compound state; history: its default targets
  Steps initial_actions;  // run before `initial` is entered by default; of a history: when it stands for its
                          // own
  bool deep = false;      // history
  bool success = true;    // final
  std::optional<Template> done_data;  // final, inside a state: the data of its parent's done.state
  bool run_on_failure = false;        // entered and run even after a failure
  std::vector<ResourceRequirement> resources;
  std::vector<Condition> validate;              // all must hold on entry, before transform; else fsm_contract
  std::vector<Condition> pre, post, invariant;  // contract
  Steps on_entry;
  Steps transform;  // run after on_entry
  Steps on_exit;
  std::vector<Arc> arcs;  // sorted by priority, then document order
  std::optional<Retry> retry;
  std::vector<Catch> catches;
  std::optional<Duration> timeout;
  nlohmann::json metadata;
  Position position;
};

struct Network {
  std::string name;
  std::vector<ResourceRequirement> resources;  // held while the network is on the stack
  std::vector<State> states;                   // [root] first, then document order
  std::vector<Catch> on_error;                 // after every state's own
  Position position;
};

struct UnusedPolicy {     // written under `use`, and used by nobody
  std::string_view what;  // "retry"
  std::string name;
  Position position;
};

struct Definition {
  std::string name;
  std::string version;
  std::string description;
  nlohmann::json metadata = nlohmann::json::object();
  std::vector<Network> networks;
  NetworkIndex main = 0;
  std::size_t max_transitions = 10'000;
  std::size_t max_depth = 16;       // networks on the stack
  std::optional<Duration> timeout;  // of an execution, unless RunOptions has one
  bool event_driven = false;        // some arc waits for an event or a delay
  bool endless = false;             // the main network has no final state: it does not run to an end
  bool has_invariants = false;      // some state has one
  bool is_driven() const noexcept { return event_driven || endless; }
  std::vector<std::string> resources;  // declared or used
  std::vector<UnusedPolicy> unused_policies;
  std::vector<Diagnostic> warnings;
  std::shared_ptr<const Schema> input_schema;  // null: any JSON object
  ResourceManager* manager = nullptr;
};

}  // namespace leasehold::fsm
