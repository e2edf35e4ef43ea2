#pragma once

// What generated machines are made of: headers that `leasehold generate` writes include this. A program uses
// the generated Machine, whose members are ChartMachine's below.

#include <leasehold/fsm/functions.hpp>
#include <leasehold/fsm/msm.hpp>
#include <leasehold/fsm/msm/chart_core.hpp>

#include <array>
#include <tuple>

namespace leasehold::fsm::msm {

struct Eventless {};  // the event of arcs without one

template <class... Part>
struct Parts {};

// Functions in order; each has call(user, context).
template <class... Function>
struct Calls {
  static constexpr bool empty = sizeof...(Function) == 0;
  template <class User>
  static void run(User& user, ChartContext& context) {
    (Function::call(user, context), ...);
  }
};

// A state of the document: the MSM state if nothing is inside, else a part of the machine around such states.
template <class Derived, class Around>
class ChartState : public State<Derived> {
 public:
  using OnEntry = Calls<>;
  using Transform = Calls<>;
  using OnExit = Calls<>;
  static constexpr bool final = false;
  static constexpr bool success = true;
  static constexpr bool keeps_data = false;           // a failed entry leaves nothing in the data
  static constexpr std::string_view done_event = {};  // raised when it is entered

  template <class Machine>
  static Scope& container(Machine& machine) noexcept {
    if constexpr (std::is_void_v<Around>)
      return machine;
    else
      return machine.template part<Around>();
  }

  template <class Event, class Machine>
  void entry(const Event&, Machine& machine) {
    [[maybe_unused]] const auto before = machine.core.template mark<Derived::keeps_data>();
    bool entered = false;
    try {
      machine.template run<typename Derived::OnEntry>(*this, Derived::name);
      entered = true;
      machine.template run<typename Derived::Transform>(*this, Derived::name);
    } catch (...) {
      if constexpr (Derived::keeps_data) machine.core.rewind(before);
      this->ledger()->give_back();
      if (entered) {
        try {
          machine.template run<typename Derived::OnExit>(*this, Derived::name);
        } catch (...) {  // the first fault is the one that counts
        }
      }
      throw;
    }
    if constexpr (!Derived::done_event.empty())
      machine.core.raise({std::string(Derived::done_event), nullptr});
    if constexpr (Derived::final && std::is_void_v<Around>)
      machine.core.ended(Derived::name, Derived::success);
  }

  template <class Event, class Machine>
  void exit(const Event&, Machine& machine) {
    machine.template run<typename Derived::OnExit>(*this, Derived::name);
  }

  // What goes wrong while a fault makes it be left changes nothing any more.
  template <class Event, class Machine>
  void on_exit(const Event& event, Machine& machine) noexcept {
    if constexpr (std::same_as<Event, Fault>) {
      Ledger& ledger = *machine.ledger();
      const bool before = ledger.ignore_faults(true);
      State<Derived>::on_exit(event, machine);
      ledger.ignore_faults(before);
      ledger.take_exit_failed();
    } else {
      State<Derived>::on_exit(event, machine);
    }
  }
};

// Whether the arc's condition holds.
template <class Arc>
struct ArcCondition {
  static constexpr std::string_view origin = Arc::Source::name;
  template <class Event, class Machine, class Source, class Target>
  bool operator()(const Event&, Machine& machine, Source&, Target&) const {
    return Arc::holds(machine);
  }
};

// Whether the fault happened where the handler listens, and is one of its errors.
template <class Handler>
struct HandlerCondition {
  template <class Machine, class Source, class Target>
  bool operator()(const Fault& fault, Machine&, Source&, Target&) const {
    return covers(fault, Handler::origins, Handler::errors);
  }
};

// Takes an arc or handler: leaves the states around the source, inner first, runs the actions, enters those
// around the target. Source and target themselves are left and entered by MSM.
template <class Arc, class Left, class Entered, class Target>
struct ArcPassage;
template <class Arc, class... Left, class... Entered, class Target>
struct ArcPassage<Arc, Parts<Left...>, Parts<Entered...>, Target> {
  using is_passage = void;
  static constexpr std::string_view origin = Arc::Source::name;

  template <class Event, class Machine>
  static void leave(const Event& event, Machine& machine) noexcept {
    [[maybe_unused]] const auto settle = [&] {
      if constexpr (std::same_as<Event, Fault>)
        machine.ledger()->give_back();
      else if constexpr (Arc::Actions::empty)
        machine.ledger()->settle(&wants);
    };
    settle();
    [[maybe_unused]] const auto leave_one = [&](auto& part) {
      part.on_exit(event, machine);
      settle();
    };
    (leave_one(machine.template part<Left>()), ...);
  }

  template <class Event, class Machine, class From, class To>
  void operator()(const Event&, Machine& machine, From&, To&) const {
    machine.core.count(Machine::max_transitions);
    if constexpr (!Arc::Actions::empty)
      machine.template run<typename Arc::Actions>(machine.template part<typename Arc::Source>(), origin);
  }

  template <class Event, class Machine>
  static bool enter(const Event& event, Machine& machine) noexcept {
    [[maybe_unused]] const auto enter_one = [&](auto& part) {
      if (!part.standing()) part.on_entry(event, machine);
      return part.standing();
    };
    return (enter_one(machine.template part<Entered>()) && ...);
  }

  static bool wants(std::string_view resource) noexcept {
    return (detail::wants<Entered>(resource) || ...) || detail::wants<Target>(resource);
  }
};

// The front end. All: every state in document order; Around: those with states inside; Start: those of them
// that are entered first, outer before inner.
template <class Derived, class User, class All, class Around, class Start>
class ChartDefinition;
template <class Derived, class User, class... All, class... Around, class... Start>
class ChartDefinition<Derived, User, Parts<All...>, Parts<Around...>, Parts<Start...>>
    : public MachineDefinition<Derived> {
 public:
  using Machine = boost::msm::back::state_machine<Derived>;

  ChartDefinition(User& user, const Borrower& borrower)
      : core(borrower, [this](std::string_view state) { return is_active(state); }), user_(user) {}

  template <class Event>
  void on_entry(const Event& event, Machine& machine) noexcept {
    MachineDefinition<Derived>::on_entry(event, machine);
    (part<Start>().on_entry(event, machine), ...);
  }
  template <class Event>
  void on_exit(const Event& event, Machine& machine) noexcept {
    this->ledger()->give_back();
    const auto leave = [&](auto& state) {
      state.on_exit(event, machine);
      machine.ledger()->give_back();
    };
    reversed<Around...>(leave);
    MachineDefinition<Derived>::on_exit(event, machine);
  }

  template <class Part>
  auto& part() noexcept {
    if constexpr (std::same_as<Part, Derived>)
      return *this;
    else if constexpr (Part::encloses)
      return std::get<Part>(around_);
    else
      return static_cast<Machine&>(*this).template get_state<Part&>();
  }

  template <class Functions>
  void run(Scope& scope, std::string_view state) {
    if constexpr (!Functions::empty)
      core.call(scope, state, [this](ChartContext& context) { Functions::run(user_, context); });
  }
  template <class Guard, class Source>
  bool ask() {
    bool holds = false;
    core.call(part<Source>(), Source::name,
              [&](const ChartContext& context) { holds = Guard::call(user_, context); });
    return holds;
  }

  std::vector<std::string> active_states() {
    std::vector<std::string> names;
    const auto add = [&](const Scope& state, std::string_view called) {
      if (state.standing()) names.emplace_back(called);
    };
    (add(part<All>(), All::name), ...);
    return names;
  }

  std::string_view innermost() {
    std::string_view last = Derived::name;
    ((last = part<All>().standing() ? All::name : last), ...);
    return last;
  }

  ChartCore core;

 private:
  template <class First, class... Others, class Call>
  void reversed(const Call& call) {
    if constexpr (sizeof...(Others) > 0) reversed<Others...>(call);
    call(part<First>());
  }
  template <class Call>
  void reversed(const Call&) {}

  bool is_active(std::string_view state) {
    return ((part<All>().standing() && ChartCore::is_name(state, Derived::name, All::name)) || ...);
  }

  User& user_;
  std::tuple<Around...> around_;
};

// A generated machine. User has the actions, `void f(leasehold::fsm::Context&)`, and the guards,
// `bool g(const leasehold::fsm::Context&)`: what a FunctionRegistry takes, so that the same functions run
// under both. It must outlive the machine, as must the borrower's manager.
//
// Threads: one at a time. Blocks: entering a state, as long as Borrower::options allow. Throws: nothing of
// the functions; a fault goes to `catch`, then to `on_error`, or ends the machine: failure().
template <class Definition, class User>
class ChartMachine : private Machine<Definition> {
  using Base = Machine<Definition>;

 public:
  // The first of its kind compiles the machine's jq.
  ChartMachine(const Borrower& borrower, User& user) : Base(borrower, user, borrower) {
    if constexpr (requires { Definition::prepare(); }) Definition::prepare();
  }

  // Enters the initial states and goes on until an event is needed.
  void start(nlohmann::json input = nlohmann::json::object()) {
    this->core.reset(std::move(input));
    Base::start();
    settle();
  }

  // Handles an event and what follows from it; within a function of the machine it waits for its turn. False
  // if the machine has ended or is not started.
  template <class Event>
  bool process_event(Event event) {
    return deliver(Event::name, std::move(event.data),
                   [this] { this->Base::process_event(Event{.data = nullptr}); });
  }
  // The same by name; an event that no arc names goes to those that name its prefix, as in YAML.
  bool send(std::string_view event, nlohmann::json data_of_event = nullptr) {
    return deliver(event, std::move(data_of_event), [this] { dispatch(); });
  }

  void stop() { Base::stop(); }

  bool finished() const noexcept { return this->core.final_state.has_value() || failure().has_value(); }
  bool success() const noexcept { return this->core.success && this->core.final_state && !failure(); }
  std::string final_state() const { return this->core.final_state.value_or(""); }  // "": not in one
  const std::optional<Fault>& failure() const noexcept { return Base::failure(); }
  // Active states in document order; once it has ended, the final state that it ended in, if any.
  std::vector<std::string> configuration() {
    if (finished() && !failure()) return {final_state()};
    return Definition::active_states();
  }
  const nlohmann::json& data() const noexcept { return this->core.data; }

 private:
  template <class Dispatch>
  bool deliver(std::string_view event, nlohmann::json data_of_event, const Dispatch& dispatch_it) {
    if (!this->standing() || finished()) return false;
    if (handling_) {
      this->core.sent.push_back({std::string(event), std::move(data_of_event)});
      return true;
    }
    this->core.event.name = event;
    this->core.event.data = std::move(data_of_event);
    step(dispatch_it);
    while (!this->core.sent.empty() && !finished()) {
      this->core.take(this->core.sent);
      step([this] { dispatch(); });
    }
    this->core.sent.clear();
    return true;
  }

  template <class Dispatch>
  void step(const Dispatch& dispatch_it) {
    if (Definition::event_driven) this->core.transitions = 0;
    {
      const Handling handling(handling_);
      dispatch_it();
    }
    settle();
  }

  void dispatch() {
    // The event whose arcs these are: its own or that of the longest prefix.
    std::string_view known = this->core.event.name;
    while (!Definition::with_event(known, [this](const auto& event) { this->Base::process_event(event); })) {
      if (known.find('.') == std::string_view::npos) return;
      known = known.substr(0, known.rfind('.'));
    }
  }

  // Arcs without an event, then events raised inside, until neither is left.
  void settle() {
    while (!finished()) {
      if (Definition::has_eventless && take_eventless()) continue;
      if (!this->core.raised.empty()) {
        this->core.take(this->core.raised);
        const Handling handling(handling_);
        dispatch();
        continue;
      }
      if (Definition::event_driven) return;
      Base::strike(Definition::innermost(), [this] { this->core.throw_stuck(Definition::innermost()); });
    }
    if (!failure()) Base::stop();
  }

  // Whether anything happened: an arc was taken, or a fault of a condition was.
  bool take_eventless() {
    const Handling handling(handling_);
    const std::size_t before = this->core.transitions;
    Base::process_event(Eventless());
    return this->core.transitions != before || finished();
  }

  class Handling {
   public:
    explicit Handling(bool& flag) : flag_(flag), before_(std::exchange(flag, true)) {}
    Handling(const Handling&) = delete;
    Handling& operator=(const Handling&) = delete;
    ~Handling() { flag_ = before_; }

   private:
    bool& flag_;
    bool before_;
  };

  bool handling_ = false;
};

}  // namespace leasehold::fsm::msm
