#pragma once

// The part of a generated machine that no template needs: data, events, and what its functions see. Internal.

#include <leasehold/fsm/msm/chart_time.hpp>
#include <leasehold/fsm/msm/expressions.hpp>
#include <leasehold/fsm/msm/scope.hpp>

#include <leasehold/clock.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <span>

namespace leasehold::fsm::msm {

// What a fault takes, by its number among the chart's; none: it ends the machine.
struct FaultChoice {
  static constexpr std::size_t none = std::size_t(-1);
  std::size_t way = none;
  bool within = false;  // an internal arc that does not leave its source
  friend bool operator==(const FaultChoice&, const FaultChoice&) = default;
};

// When a state is entered once more.
struct Retry {
  std::span<const std::string_view> errors;
  std::size_t attempts;  // in all
  Duration delay;
  double backoff;  // factor per further attempt
  double jitter;   // share of the delay that is random
  std::optional<Duration> max_delay;
};

class ChartCore final : private Surroundings {
 public:
  static constexpr std::size_t max_raised = 10'000;
  static constexpr std::size_t max_sent = 1024;

  ChartCore(const Borrower& borrower, std::function<bool(std::string_view state)> is_active);

  void reset(nlohmann::json input);

  // Calls with a Context of the state whose function runs.
  template <class Call>
  void call(Scope& scope, std::string_view state, const Call& function) {
    const Inside inside(*this, scope);
    ChartContext context(Context(data, *event_, state, deadline_, stop_, *this), *this);
    function(context);
  }

  const Event& event() const noexcept { return *event_; }  // that is being handled
  void set_event(Event event);
  void refer_to(const Event& event) noexcept { event_ = &event; }  // it stays until the next is set
  bool take_sent();                                                // whether the machine has sent it itself
  std::shared_ptr<const Fault> take_raised();                      // the fault that it tells of, if any
  void raise(Event raised_event) override;
  void send(Event event, bool own);  // of its functions, or what its functions call
  void tell(Event of, Fault fault);
  void ended(std::string_view state, bool well);
  bool retries(const Retry& retry, const Fault& fault, std::size_t attempts) const;  // made so far
  void await_retry(const Retry& retry, std::size_t attempts);
  void count(std::size_t limit) {
    if (++transitions > limit) throw_too_many(limit);
  }
  [[noreturn]] static void throw_stuck(std::string_view why);
  [[noreturn]] static void throw_broken(std::string_view why);  // a contract

  // While an event is asked about that is not being handled.
  class Hearing {
   public:
    Hearing(ChartCore& core, const Event& event) noexcept
        : core_(core), before_(std::exchange(core.event_, &event)) {}
    Hearing(const Hearing&) = delete;
    Hearing& operator=(const Hearing&) = delete;
    ~Hearing() { core_.event_ = before_; }

   private:
    ChartCore& core_;
    const Event* before_;
  };
  // While a state's entry or exit runs.
  class Visit {
   public:
    Visit(ChartCore& core, std::string_view state) noexcept : core_(core) { core_.visiting = state; }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit() { core_.visiting = {}; }

   private:
    ChartCore& core_;
  };

  struct Mark {
    nlohmann::json data;
    std::size_t raised = 0;
    std::uint64_t timer = 0;
  };
  Mark mark() const { return {data, raised.size(), time.timers.last()}; }
  void rewind(const Mark& mark);

  // Until when what is called next has time, and what it acquires.
  std::optional<Clock::time_point> bound(Clock::time_point deadline) noexcept {  // none: for ever
    deadline_ = std::min(deadline, borrowed_until_);
    return deadline_ == Clock::never ? std::nullopt : std::optional(deadline_);
  }

  // Whether "working" or "main.working" is meant.
  static bool is_name(std::string_view asked, std::string_view network, std::string_view state) noexcept;

  ChartTime time;
  nlohmann::json data = nlohmann::json::object();
  struct Raised {
    Event event;
    std::shared_ptr<const Fault> fault = nullptr;  // that it tells of
  };
  std::deque<Raised> raised = {};  // inside
  std::size_t told = 0;            // of them, those that tell of faults
  struct Sent {
    Event event;
    bool own;  // by the machine itself
  };
  std::deque<Sent> sent = {};                        // for after what is being handled
  std::string_view visiting = {};                    // the state that is being entered or left
  FaultChoice choice = {};                           // of the fault that is being handled
  std::optional<FaultChoice> chosen = std::nullopt;  // of the next one, if that is known already
  std::size_t transitions = 0;
  std::optional<std::string> final_state = std::nullopt;
  bool success = false;
  bool failing = false;  // no way leads on from its fault: it is being left

 private:
  class Inside {
   public:
    Inside(ChartCore& core, Scope& scope) : core_(core), before_(std::exchange(core.scope_, &scope)) {}
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { core_.scope_ = before_; }

   private:
    ChartCore& core_;
    Scope* before_;
  };

  Lease& lease(std::string_view name_or_role) override { return scope_->lease(name_or_role); }
  const OwnerId& owner() override { return owner_; }
  bool in_state(std::string_view state) const override { return is_active_(state); }
  void log(std::string_view) override {}

  [[noreturn]] static void throw_too_many(std::size_t limit);

  Event own_event_;
  const Event* event_ = &own_event_;
  OwnerId owner_;
  const Clock::time_point borrowed_until_;
  Clock::time_point deadline_;
  std::stop_token stop_;
  std::function<bool(std::string_view)> is_active_;
  Scope* scope_ = nullptr;
  std::minstd_rand random_;
};

// {code, message, state, resource}, as a handler's `into` receives it; and the same as an event.
nlohmann::json error_data(const Fault& fault, std::string_view network);
Event error_event(const Fault& fault, std::string_view network);

bool may_go_on(const Fault& fault) noexcept;  // what it struck in: only a list of functions ended, or a guard
bool may_be_caught(const Fault& fault) noexcept;

// Whether a handler listens at `origins` (none: everywhere) for one of `errors`.
bool covers(const Fault& fault, std::span<const std::string_view> origins,
            std::span<const std::string_view> errors);

// Whether one of `descriptors` covers the event.
bool listens(std::span<const std::string_view> descriptors, std::string_view event);

}  // namespace leasehold::fsm::msm
