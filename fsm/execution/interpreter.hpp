#pragma once

// The interpreter of one execution: SCXML's appendix D over a stack of networks, with leases that follow the
// states. Decisions are chart.hpp, selection.hpp and failure.hpp; here they are carried out.
//
// Threads: one at a time. Nothing it is asked to do throws; what goes wrong inside becomes a Fault and ends
// in a catch or in Life::failed.

#include "execution/current_event.hpp"
#include "execution/failure.hpp"
#include "execution/frame.hpp"
#include "execution/lifecycle.hpp"
#include "execution/path.hpp"
#include "execution/queue.hpp"
#include "execution/selection.hpp"

#include <leasehold/fsm/execution.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

namespace leasehold::fsm {

// An internal event. One that tells of a fault goes on as that fault if no arc takes it.
struct Raised {
  Event event;
  std::shared_ptr<const Fault> fault = nullptr;
};

struct Timer {
  enum class Kind { after, timeout, send };
  Clock::time_point due;
  std::uint64_t order = 0;
  Kind kind = Kind::send;
  std::uint64_t visit = 0;  // after, timeout
  std::size_t arc = 0;      // after
  Event event = {};         // send
  std::string id = {};      // send
};

class Interpreter final : public Surroundings {
 public:
  // Where events go that the machine sends to itself; false: the queue is full.
  using Post = std::function<bool(Event)>;

  Interpreter(std::shared_ptr<const Table> table, nlohmann::json&& input, const RunOptions& options,
              Post post);
  ~Interpreter() override;

  void begin() noexcept;  // enters the initial states and runs until stable or ended
  // One external event; one of its `own` goes on with what the event before has set off.
  void handle(Event event, bool own = false) noexcept;
  // The same, by class of event; false: it may have ended.
  bool fire(const Event& event, EventClass event_class) noexcept;
  bool advance() noexcept;  // what is due now; whether anything was
  void abandon() noexcept;  // ends it as cancelled or, past its deadline, as failed
  void give_up() noexcept;  // ends it because nothing can happen any more

  std::optional<Clock::time_point> next_due() const;
  Life life() const noexcept { return lifecycle_.now(); }
  std::stop_source& stop() noexcept { return stop_; }
  Clock& clock() const noexcept { return *clock_; }

  std::vector<std::string> configuration() const;  // of what has finished: its final state
  std::vector<std::string> leases() const;
  Snapshot snapshot() const;
  RunResult result() const;
  RunResult take_result();  // the last thing that is asked of it

 private:
  // Surroundings
  Lease& lease(std::string_view name_or_role) override;
  const OwnerId& owner() override;
  void raise(Event event) override;
  bool in_state(std::string_view state) const override;
  void log(std::string_view message) override;

  // Where functions run: a state's entry, exit or arc.
  struct Place {
    StateIndex state = root;
    Visit* visit = nullptr;  // null: the state has been left
    Scope* arc = nullptr;    // innermost, if any
  };
  class At {  // while a function runs there
   public:
    At(Interpreter& interpreter, const Place& place) noexcept
        : at_(interpreter.place_), before_(std::exchange(at_, &place)) {}
    ~At() { at_ = before_; }
    At(const At&) = delete;
    At& operator=(const At&) = delete;

   private:
    const Place*& at_;
    const Place* const before_;
  };

  // The resources that are not to go back because they are needed next.
  struct Wanted {
    const StateSet* states = nullptr;  // those that these states of the network declare
    bool everything = false;
  };

  // interpreter.cpp: macrosteps and the stack
  void handle(Event event, EventClass event_class, bool own) noexcept;
  template <class Call>
  std::optional<Fault> attempt(const Call& call) noexcept;
  template <class Call>
  void guarded(const Call& call) noexcept {
    settle(attempt(call));
  }
  void settle(std::optional<Fault> fault) noexcept;  // until stable or ended; a fault goes to its catch
  void macrostep();
  bool take_enabled(const Event* event, EventClass event_class);
  void check_invariants();
  bool enabled(const Route& route, const Event* event);
  bool allowed(const Arc& arc);
  void microstep();
  void find_sets(const Selection& arcs, StateSet& exits, EntrySet& entries);
  void take(const Selection& arcs, const StateSet& exits, const EntrySet& entries, bool hands_over);
  void run_actions(const Arc& arc);
  void count_transition() {
    ++transitions_;
    ++transitions_of_event_;
    // An execution that events drive may live for ever; what one event sets off may not.
    if ((is_driven_ ? transitions_of_event_ : transitions_) > max_transitions_) throw_too_many();
  }
  [[noreturn]] void throw_too_many();
  [[noreturn]] void throw_stuck();

  // networks.cpp: the stack of networks
  void push_frame(Frame frame);
  void push_network(const Selected& selected);
  void return_from_network();
  void finish();

  // timers.cpp: what is due by the clock
  void add_timer(Timer timer);
  bool is_live(const Timer& timer) const noexcept;
  bool take_due(const Timer& timer);

  // jumping.cpp: an event of which is known beforehand which arcs may take it
  bool handle_copy(const Event& event, EventClass event_class) noexcept;
  bool fire(const Jump* jump, const Event& event) noexcept;
  template <class Call>
  bool carry_out(const Call& call) noexcept;
  bool leap(const Jump& jump) noexcept;
  bool enter_now(Visit& visit, const Jump& jump, const Event& event) noexcept;
  bool follow(std::optional<Fault> fault) noexcept;
  void take_jump(const Jump* jump, const Event& event);
  void take_large(const Jump& jump, const Event& event);
  bool permits(const Jump& jump, const Event& event);
  void guard_failed(const Jump& jump, const Place& place);
  void run_jump_actions(const Jump& jump, const Event& event);
  void action_failed(const Jump& jump, const Step& step, const Place& place);
  void swap(const Jump& jump);
  void move(const Jump& jump);
  void reshape(const Jump& jump);
  void visit(const Jump& jump);
  void visit_next(Visit& visit, const Jump& jump, std::uint32_t depth);
  void enter(Visit& visit, const StateFacts& facts, std::size_t depth);
  void enter_failed(Visit& visit, std::size_t depth, const Fault& fault);
  void run_simple_entry(Visit& visit, const StateFacts& facts);
  void find_jumps() noexcept;

  // entering.cpp: states and their leases
  void enter_initial();
  void enter_states(const EntrySet& entries);
  void enter_state(StateIndex state);
  void run_initial_actions(const Steps& actions, StateIndex state);
  void run_entry(Visit& visit);
  void entered_final(StateIndex state);
  void exit_states(const StateSet& exits, const Wanted& wanted);
  void exit_state(StateIndex state, const Wanted& wanted);
  bool is_wanted(std::string_view name, const Wanted& wanted) const noexcept;
  [[noreturn]] void throw_acquire_fault(StateIndex state);  // inside a catch block
  // One that is required, and neither shared nor handed over.
  void acquire_sole(Visit& visit, const StateFacts& facts, const AcquireOptions& options) {
    const OwnerId& owner = owner_of(*frames_.front().network, *facts.state);
    try {
      visit.scope.held.emplace_back(
          facts.sole, [&] { return definition_->manager->acquire(facts.sole_id, owner, options); });
    } catch (...) {
      throw_acquire_fault(visit.state);
    }
  }
  void acquire(Scope& scope, const std::vector<ResourceRequirement>& requirements, const OwnerId& owner,
               StateIndex state, StateIndex outer, Clock::time_point deadline);
  AcquireOptions& acquire_options(Clock::time_point deadline) noexcept {
    AcquireOptions& options = leaving_ ? acquire_leaving_ : acquire_;
    options.deadline = deadline == Clock::never ? std::nullopt : std::optional(deadline);
    return options;
  }
  void release(Scope& scope, StateIndex state, const Wanted& wanted) noexcept;
  void release_carried(const Wanted& wanted) noexcept;
  Lease* find_lease(Sought sought, StateIndex from, bool& declared) noexcept;

  // steps.cpp: functions and conditions
  void run_steps(const Steps& steps, const Place& place) {
    if (!steps.empty()) run_all(steps, place);
  }
  void run_all(const Steps& steps, const Place& place);
  void run_step(const Step& step, const Place& place);
  [[noreturn]] void step_failed(const Step& step, const Place& place);    // the same, as it goes on
  Fault step_fault(const Step& step, const Place& place);                 // inside a catch block
  Fault condition_fault(const Condition& condition, const Place& place);  // the same
  void check(const std::vector<Condition>& conditions, const Place& place, std::string_view what);
  bool holds(const Condition& condition, const Place& place);
  bool holds_unguarded(const Condition& condition, const Place& place);
  template <class Call>
  void with_context(const Place& place, const Call& call);
  JqLimits limits(StateIndex state);  // of jq that runs for it
  nlohmann::json fill(const Template& from, StateIndex state);
  std::string fill_text(const Template& from, StateIndex state);
  Duration delay_of(const Send& send, StateIndex state);

  // faults.cpp
  void handle_fault(Fault fault);
  void enter_catch(const Caught& caught, const Fault& fault);
  bool report(const Fault& fault);
  bool follow_error_arc(const Fault& fault);
  const Arc* find_error_arc(const Fault& fault, StateIndex state, std::size_t from = 0);
  template <class Between>
  void divert(StateIndex domain, const std::vector<StateIndex>& targets, const Between& between);
  void raise_internal(Raised raised);
  void fail(const Fault& fault) noexcept;
  void leave_frame() noexcept;
  void leave(const StateSet& exits) noexcept;
  void run_after_failure() noexcept;
  Fault fault_now(StateIndex origin, const std::string& doing);  // inside a catch block
  void check_time() {
    if ((timed_ || stop_.stop_requested()) && !leaving_) throw_if_expired();
  }
  void throw_if_expired();
  const std::stop_token& stop_token() const noexcept { return (leaving_ ? acquire_leaving_ : acquire_).stop; }
  std::optional<Fault> expired() const;

  // trace.cpp: what it tells
  RunResult describe() const;  // without data and trace
  Frame& frame() noexcept { return frames_.back(); }
  const Frame& frame() const noexcept { return frames_.back(); }
  Visit* find_visit(StateIndex state) noexcept;
  const OwnerId& owner_of(const Network& network, const State& state) {
    for (const auto& [of, owner] : owners_)
      if (of == &state) return owner;
    return add_owner(network, &state);
  }
  const OwnerId& owner_of(const Network& network) {
    for (const auto& [of, owner] : owners_)
      if (of == &network) return owner;
    return add_owner(network, nullptr);
  }
  const OwnerId& add_owner(const Network& network, const State* state);
  std::string state_name(StateIndex state) const;  // "network.state"
  Clock::time_point deadline_of(StateIndex state) noexcept;
  void note(std::string_view what, StateIndex state, std::string_view subject, Clock::time_point since = {},
            std::size_t arc = 0) {
    if (options_.trace) write_note(what, state, subject, since, arc);
  }
  void write_note(std::string_view what, StateIndex state, std::string_view subject, Clock::time_point since,
                  std::size_t arc);
  void note_transition(const Arc& arc, std::size_t index);
  Clock::time_point traced_now() const noexcept {
    return options_.trace ? clock_->now() : Clock::time_point{};
  }
  Fault timeout_fault(std::size_t depth, StateIndex state) const;
  Fault deadline_fault() const;

  std::shared_ptr<const Table> table_;
  const Definition* definition_;
  Clock* clock_;  // the table's
  RunOptions options_;
  Post post_;
  std::string id_;
  std::stop_source stop_;
  AcquireOptions acquire_{.stop = stop_.get_token()};
  AcquireOptions acquire_leaving_;  // nothing stops these

  nlohmann::json data_;
  boost::container::small_vector<Frame, 1> frames_;
  Carried carried_;
  boost::container::small_vector<std::pair<const void*, OwnerId>, 1>
      owners_;                   // by state or network; made when first needed
  const Jump* jumps_ = nullptr;  // of the active state; null: everything takes the general way
  Queue<Raised> internal_;
  std::size_t errors_raised_ = 0;  // of them, those that tell of faults
  std::vector<Timer> timers_;
  Lifecycle lifecycle_;

  CurrentEvent event_;
  Lease absent_;  // what an optional resource is that could not be had
  const Place nowhere_ = {};
  const Place* place_ = &nowhere_;  // of the function that runs
  Selection selected_;              // for the microstep, which leaves:
  StateSet exits_;

  Clock::time_point started_;
  Clock::time_point ended_ = {};
  Clock::time_point deadline_ = Clock::never;
  bool timed_ = false;  // some deadline is to be watched
  const bool is_driven_;
  bool leaving_ = false;  // because of a fault: time and cancellation stop nothing
  std::size_t max_transitions_;
  std::size_t transitions_ = 0;
  std::size_t retries_ = 0;
  std::uint64_t visits_ = 0;
  std::uint64_t timer_order_ = 0;
  std::size_t transitions_of_event_ = 0;
  std::minstd_rand random_;

  Path path_;
  std::vector<TraceEntry> trace_;
  std::string final_state_;
  std::optional<Fault> caught_;  // the last one, for a final state that parks it
  std::optional<Fault> failure_;
  bool success_ = false;
};

inline bool Interpreter::fire(const Event& event, EventClass event_class) noexcept {
  const Jump* jump = jumps_;
  if (!jump) [[unlikely]]
    return handle_copy(event, event_class);
  while (jump->event < event_class) ++jump;
  if (jump->event != event_class) return true;  // nothing listens
  if ((jump->kind != JumpKind::mere && jump->kind != JumpKind::visit) || !path_.full())
    return fire(jump, event);
  jumps_ = jump->to;
  ++transitions_;
  if (!jump->swaps) return leap(*jump);
  path_.replace(jump->first + jump->entry);
  Frame& top = frames_.front();
  Visit& visit = top.visits.data()[jump->kept];
  top.configuration.data()[jump->kept] = visit.state = jump->entry;
  if (jump->kind == JumpKind::mere) return true;
  if (!visit.scope.empty()) visit.scope.clear();
  return jump->inert || enter_now(visit, *jump, event);
}

template <class Call>
std::optional<Fault> Interpreter::attempt(const Call& call) noexcept {
  try {
    call();
    return std::nullopt;
  } catch (Fault& fault) {
    return std::move(fault);
  } catch (...) {
    return make_fault(std::current_exception(), root, "the machine");
  }
}

}  // namespace leasehold::fsm
