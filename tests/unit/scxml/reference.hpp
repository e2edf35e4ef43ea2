#pragma once

// SCXML's appendix D in its own words, for comparison: sets of states, no tables, no leases, no faults. It
// knows nothing of leasehold but the meaning of the words of a machine.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace leasehold::fsm::test {

// A chart as plain data; states by number, in document order, the first of them the chart itself.
struct Chart {
  struct Step {
    enum class Kind { note, raise, send, cancel, count } kind;
    std::string text;  // note, raise, send: what; cancel: the id
    int after = 0;     // send: seconds
    std::string id = {};
  };
  using Steps = std::vector<Step>;
  struct Arc {
    std::vector<std::string> events = {};
    int after = 0;  // seconds; 0: none
    std::vector<int> targets = {};
    bool internal = false;
    int priority = 0;
    int in = -1;  // condition: this state is active, or with `negated` is not
    bool negated = false;
    int modulo = 0;  // condition: the count is divisible by this; 0: none
    Steps steps = {};
  };
  struct State {
    enum class Kind { normal, parallel, final, history } kind = Kind::normal;
    std::string name;
    int parent = -1;
    std::vector<int> children = {};  // document order
    std::vector<int> initial = {};   // default transition; of a history, too; empty: as the documents say
    Steps initial_steps = {};
    bool deep = false;
    Steps on_entry = {};
    Steps on_exit = {};
    std::vector<Arc> arcs = {};
  };
  std::vector<State> states;
};

class Reference {
 public:
  static constexpr int transition_limit = 50;  // of what one event sets off

  explicit Reference(const Chart& chart) : chart_(chart) {}

  void start();
  void send(const std::string& event);
  void advance(int seconds);

  std::string configuration() const;  // names in document order, or the final state's
  const std::string& notes() const { return notes_; }
  bool finished() const { return final_ >= 0; }
  bool endless() const { return transitions_ > transition_limit; }  // nothing of it counts then

 private:
  using Set = std::set<int>;
  struct Taken {
    int source;
    const Chart::Arc* arc;
  };
  struct Entry {
    int domain = 0;
    Set states = {};
    Set by_default = {};                // compound states
    std::map<int, int> histories = {};  // parents and their histories
  };
  struct Timer {
    std::int64_t due;
    std::uint64_t order;
    std::string event;  // "": the arc's delay is over
    std::string id = {};
    Taken arc = {-1, nullptr};
  };

  const Chart::State& state(int index) const { return chart_.states[static_cast<std::size_t>(index)]; }
  bool is_descendant(int inner, int outer) const;  // proper
  bool is_compound(int index) const;
  bool is_atomic(int index) const;
  std::vector<int> children(int index) const;  // without histories
  std::vector<int> default_of(int index) const;
  std::vector<const Chart::Arc*> arcs_of(int index) const;  // in the order in which they are looked at

  void react(const std::string* event);
  void macrostep();
  void external();
  std::vector<Taken> select(const std::string* event) const;
  bool holds(const Chart::Arc& arc) const;
  std::vector<Taken> without_conflicts(const std::vector<Taken>& enabled) const;
  void microstep(const std::vector<Taken>& arcs);
  Set exit_set(const Taken& taken) const;
  int domain(const Taken& taken) const;  // -1: none
  Set effective_targets(const std::vector<int>& targets) const;
  void add_descendants(int index, Entry& entry) const;
  void add_regions(int parallel, Entry& entry) const;
  void add_ancestors(int index, int ancestor, Entry& entry) const;
  void enter(const Entry& entry);
  void leave(const Set& states);
  bool is_in_final_state(int index) const;
  void run(const Chart::Steps& steps);

  const Chart& chart_;
  Set configuration_;
  std::map<int, Set> history_;
  std::deque<std::string> internal_;
  std::deque<std::string> external_;
  std::vector<Timer> timers_;
  std::int64_t now_ = 0;
  std::uint64_t order_ = 0;
  int count_ = 0;
  int transitions_ = 0;
  int final_ = -1;
  bool running_ = true;
  std::string notes_;
};

}  // namespace leasehold::fsm::test
