#pragma once

// Execution: one run of a machine, with its data, its active states and its leases; RunResult, what it came
// to; run_batch, many of them at once.
//
// Threads: one thread at a time uses an Execution, except send(), post(), cancel() and request_cancel(),
// which any thread may call. Events are handled one after the other, whoever sends them; none is lost while
// one of them waits for a resource. Leases: the execution owns them; whatever happens, they are those of the
// active states, and all are back when it ends.

#include <leasehold/fsm/functions.hpp>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ranges>
#include <stop_token>
#include <string>
#include <vector>

namespace leasehold::fsm {

class Machine;
struct Definition;

struct RunOptions {
  std::optional<Duration> timeout = std::nullopt;  // of the whole execution; bounds everything inside it
  std::stop_token stop = {};                       // cancels it
  bool trace = false;                              // fill RunResult::trace
  std::optional<std::size_t> max_transitions = std::nullopt;  // overrides the machine's own
  std::string id = {};             // of the execution, after '#' in owner ids; "": a number
  std::size_t event_queue = 1024;  // external events that may wait; more are refused
};

// One thing that happened, when `trace` is asked for.
struct TraceEntry {
  Duration at = {};  // since the start
  std::string
      what;  // enter exit acquire release hand_over call action jq transition retry catch error push pop
  std::string state;    // "network.state"
  std::string subject;  // resource, operation, function, target
  Duration took = {};
  std::size_t arc = 0;  // transition, push: which of the state's arcs, from 1, as they are looked at
};

struct RunResult {
  bool success = false;     // ended in a final state that does not say success: false
  std::string final_state;  // its name; the last active state if it failed
  nlohmann::json data;
  std::vector<std::string> path;  // names of the states entered, in order; if events drive it the last 256
  std::string error;              // "db.constraint: ..."; "" if none
  std::optional<errc> code;       // the error's
  nlohmann::json metadata =
      nlohmann::json::object();  // execution, machine, elapsed_seconds, transitions, retries
  std::vector<TraceEntry> trace;
};

nlohmann::json to_json(const RunResult&);

struct NamedEvent;

// An event looked up once: Machine::event makes it, Execution::fire takes it. A cheap handle; any thread may
// copy it, and it may outlive the machine.
class EventId {
 public:
  const std::string& name() const noexcept;

 private:
  friend class Machine;
  friend class Execution;
  explicit EventId(std::shared_ptr<const NamedEvent> event) noexcept : event_(std::move(event)) {}
  std::shared_ptr<const NamedEvent> event_;
};

// What an execution is at now, for tools and tests.
struct Snapshot {
  struct Level {  // a network on the stack
    std::string network;
    std::vector<std::string> states;  // document order
  };
  struct Held {
    std::string resource;
    std::string owner;
  };
  std::vector<Level> stack = {};  // the network that runs comes last
  std::vector<Held> leases = {};  // in order of acquisition
  nlohmann::json data = {};
  std::optional<Clock::time_point> next_due = std::nullopt;  // when advance() has something to do
};

class Execution {
 public:
  Execution(Execution&&) noexcept;
  Execution& operator=(Execution&&) noexcept;
  ~Execution();  // gives every lease back

  // Queues an event and, unless another thread is at it, handles it and what follows. Returns false once
  // finished. Throws StateError (fsm_invalid) when the queue is full.
  bool send(std::string_view event);
  bool send(std::string_view event, nlohmann::json data);

  // The same without data, and much faster when one thread drives the execution: from the first fire on the
  // execution stays with that thread, and what others send or cancel waits until it next fires, sends,
  // advances or waits. (All but fire also let go of the execution again.) Throws StateError (fsm_invalid) if
  // the event is another machine's, or the queue is full.
  bool fire(const EventId& event);

  // Only queues the event, without handling anything: whoever next advances, waits, sends or fires does it.
  bool post(std::string_view event, nlohmann::json data = nullptr);

  // Names of the active states, those around others included, in document order. Once it has ended: the final
  // state it ended in, nothing if it failed or was cancelled.
  std::vector<std::string> configuration() const;

  // Handles what is due by the manager's clock (delayed events, state timeouts). Returns whether anything
  // happened.
  bool advance();

  // When advance() will have something to do by the clock; nullopt: never, as it is now.
  std::optional<Clock::time_point> next_due() const;
  Clock& clock() const noexcept;  // the manager's

  bool finished() const noexcept;

  // Blocks until finished or the deadline, advancing by itself. Returns finished().
  bool wait(Clock::time_point deadline);

  // What it came to; while it runs, what it is so far (success false, error empty).
  RunResult result() const;

  // Stops what runs inside, exits, gives back, and ends with errc::fsm_cancelled.
  void cancel();

  // Only asks for that, without doing anything here: whoever next advances, waits, sends or fires does it.
  void request_cancel() noexcept;

  // Names of the resources leased now, in order of acquisition.
  std::vector<std::string> leases() const;

  Snapshot snapshot() const;

  class State;  // internal

 private:
  friend class Machine;
  explicit Execution(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct BatchProgress {
  std::size_t done = 0;
  std::size_t failed = 0;
  std::optional<std::size_t> total;  // unknown for a range without a size
};

struct BatchOptions {
  std::size_t workers = 1;
  std::function<void(const BatchProgress&)> on_progress = nullptr;  // one call at a time
  std::function<void(std::size_t index, const RunResult&)> on_result =
      nullptr;               // one call at a time, as they end
  RunOptions run = {};       // for each record; its stop drains: no new record starts, those running go on
  bool keep_results = true;  // BatchResult::results
};

struct BatchResult {
  std::size_t total = 0;  // records started
  std::size_t succeeded = 0;
  std::size_t failed = 0;
  bool stopped = false;  // stop was requested before the range ended
  Duration elapsed = {};
  std::vector<RunResult> results;  // by index of the record, if kept
};

namespace detail {
// Returns the next record, or nullopt at the end; called by one worker at a time.
using RecordSource = std::function<std::optional<nlohmann::json>()>;
BatchResult run_batch(const Machine& machine, const RecordSource& next, std::optional<std::size_t> total,
                      const BatchOptions& options);
}  // namespace detail

// Runs one execution per record on `workers` threads. A record that fails (or whose conversion to JSON does)
// is a failed result and touches no other. What a callback throws stops the batch and is rethrown after
// draining.
template <std::ranges::input_range Records>
BatchResult run_batch(const Machine& machine, Records&& records, const BatchOptions& options = {}) {
  auto at = std::ranges::begin(records);
  const auto end = std::ranges::end(records);
  std::optional<std::size_t> total;
  if constexpr (std::ranges::sized_range<Records>)
    total = static_cast<std::size_t>(std::ranges::size(records));
  return detail::run_batch(
      machine,
      [&]() -> std::optional<nlohmann::json> {
        if (at == end) return std::nullopt;
        struct Advance {  // also past a record that cannot be converted
          decltype(at)& past;
          ~Advance() { ++past; }
        } const advance{at};
        return std::optional<nlohmann::json>(std::in_place, *at);
      },
      total, options);
}

}  // namespace leasehold::fsm
