#pragma once

// Where an execution may be, as far as that can be known without its data, and what it may do next: the
// interpreter without leases, functions and faults. A condition that needs data may hold or not.
//
// Threads: a Simulation may be used by many.

#include "execution/chart.hpp"
#include "execution/selection.hpp"

#include <compare>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::fsm {

// A network on the stack.
struct Level {
  NetworkIndex network = none;
  StateSet configuration = {};
  std::vector<std::pair<StateIndex, StateSet>> history = {};
  StateIndex pushed_from = none;  // in the level below
  std::size_t pushed_arc = 0;
  StateIndex resume = none;  // a push came back without a target: its later arcs are next
  std::size_t resume_from = 0;
  friend auto operator<=>(const Level&, const Level&) = default;
};

History history_of(const Level& level);

// What comes by the clock: an arc's delay, a state's timeout, an event that was sent.
struct Pending {
  enum class Kind { arc, timeout, event } kind;
  Duration left;
  std::size_t level = 0;
  StateIndex state = none;
  std::size_t arc = 0;
  std::string event = {};
  std::string id = {};
  friend auto operator<=>(const Pending&, const Pending&) = default;
};

struct Situation {
  std::vector<Level> stack;      // empty: at the end
  std::string final_state = {};  // there
  std::vector<std::string> raised = {};
  std::vector<std::string> sent = {};
  std::vector<Pending> pending = {};
  friend auto operator<=>(const Situation&, const Situation&) = default;
};

// A condition that was taken to hold, or not to.
struct Assumed {
  NetworkIndex network = none;
  StateIndex source = none;
  const Condition* condition = nullptr;
  bool holds = false;
};

struct ArcId {
  NetworkIndex network = none;
  StateIndex source = none;
  std::size_t arc = 0;
  friend auto operator<=>(const ArcId&, const ArcId&) = default;
};

// One microstep, or time that passes.
struct Move {
  std::string event = {};  // from outside
  Duration delay = {};     // that passes before; neither: it comes by itself
  std::vector<ArcId> arcs = {};
  std::vector<Assumed> assumed = {};
  bool sure = true;                      // nothing was taken to hold
  std::vector<std::string> states = {};  // "network.state", the innermost of all networks; none: the end
  std::string final_state = {};          // at the end
  bool by_itself() const noexcept { return event.empty() && delay == Duration::zero(); }
};

class Simulation {
 public:
  explicit Simulation(const Definition& definition) : definition_(definition) {}

  Situation start() const;
  std::vector<std::pair<Move, Situation>> next(const Situation& from) const;
  std::vector<std::string> innermost(const Situation& situation) const;

 private:
  class Next;
  struct Choice {  // of arcs for an event, by what is assumed
    Selection arcs;
    std::vector<Assumed> assumed;
    bool sure = true;
  };

  const Network& network(const Level& level) const { return definition_.networks[level.network]; }
  std::optional<bool> holds(const Condition& condition, const Level& level) const;
  std::vector<Choice> choices(const Level& level, const std::string* event) const;
  Choice choose(const Level& level, const std::string* event, const Arc* wanted) const;
  bool listens(const Level& level, const Arc& arc, std::size_t index, const std::string* event) const;
  std::vector<std::string> events_of(const Level& level) const;

  void microstep(Situation& situation, const Selection& arcs) const;
  void go(Situation& situation, const std::vector<std::pair<StateIndex, std::vector<StateIndex>>>& ways,
          const std::vector<const Arc*>& acting) const;
  void enter(Situation& situation, const EntrySet& entries) const;
  void enter_network(Situation& situation, Level level) const;
  void leave(Situation& situation, StateIndex state) const;
  void run(Situation& situation, const Steps& steps) const;
  void come_back(Situation& situation) const;

  const Definition& definition_;
};

inline constexpr std::string_view done_state = "done.state.";

// An event that the descriptor of an arc covers.
std::string event_for(const std::string& descriptor);

}  // namespace leasehold::fsm
