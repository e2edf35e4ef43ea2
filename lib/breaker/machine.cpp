#include "breaker/machine.hpp"

#include "small_machine.hpp"

#include <algorithm>

namespace leasehold::detail {

namespace {

using msm::front::none;
using msm::front::Row;
using time_point = BreakerMachine::time_point;

// What the chart's guards look at and its actions change. Nothing here throws, so nothing can cross MSM.
struct Facts {
  explicit Facts(const BreakerConfig& from) : config(from), window(from.enabled() ? from.window : 0) {}

  bool too_many() const noexcept {
    if (config.failures > 0 && window.failures() >= config.failures) return true;
    if (window.calls() < std::max<std::size_t>(1, config.minimum_calls)) return false;
    const auto reaches = [this](std::size_t count, double rate) {
      return rate > 0 && static_cast<double>(count) >= rate * static_cast<double>(window.calls());
    };
    return reaches(window.failures(), config.failure_rate) || reaches(window.slow(), config.slow_rate);
  }

  // Of a probe: slow is as bad as failed where slowness opens the breaker.
  bool bad(CallOutcome outcome) const noexcept {
    return outcome.failed || (outcome.slow && config.slow_rate > 0);
  }

  void enter(BreakerState entered) noexcept {
    state = entered;
    ++epoch;
    probes_out = probes_passed = 0;
    probe_failed = false;
    window.clear();
  }

  const BreakerConfig config;
  CallWindow window;
  BreakerState state = BreakerState::closed;
  std::uint64_t epoch = 0;
  time_point open_until = {};
  std::size_t probes_out = 0;
  std::size_t probes_passed = 0;
  bool probe_failed = false;
};

struct Asked {
  time_point now;
};
struct Ended {
  CallOutcome outcome;
};
struct Judge {
  time_point now;
};
struct Cancelled {};
struct ForceOpen {};
struct ForceClosed {};
struct Reset {};

template <BreakerState entered>
struct StateOf : msm::front::state<> {
  template <class Event, class Machine>
  void on_entry(const Event&, Machine& machine) noexcept {
    machine.facts.enter(entered);
  }
};
using Closed = StateOf<BreakerState::closed>;
using Open = StateOf<BreakerState::open>;
using HalfOpen = StateOf<BreakerState::half_open>;
using ForcedOpen = StateOf<BreakerState::forced_open>;
using ForcedClosed = StateOf<BreakerState::forced_closed>;

// A guard or action of the chart from a function of the facts and the event.
template <auto function>
struct With {
  template <class Event, class Machine, class Source, class Target>
  auto operator()(const Event& event, Machine& machine, Source&, Target&) const noexcept {
    return function(machine.facts, event);
  }
};

constexpr auto is_due = [](const Facts& facts, const Asked& asked) { return asked.now >= facts.open_until; };
constexpr auto is_too_many = [](const Facts& facts, const Judge&) { return facts.too_many(); };
constexpr auto has_failed = [](const Facts& facts, const Judge&) { return facts.probe_failed; };
constexpr auto has_passed = [](const Facts& facts, const Judge&) {
  return !facts.probe_failed && facts.probes_passed >= facts.config.probes;
};
constexpr auto count_call = [](Facts& facts, const Ended& ended) { facts.window.add(ended.outcome); };
constexpr auto count_probe = [](Facts& facts, const Ended& ended) {
  if (facts.bad(ended.outcome)) {
    facts.probe_failed = true;
  } else {
    ++facts.probes_passed;
  }
};
constexpr auto take_back = [](Facts& facts, const Cancelled&) {
  if (facts.probes_out > 0) --facts.probes_out;
};
constexpr auto set_timer = [](Facts& facts, const Judge& judge) {
  const Duration left = Clock::never - judge.now;
  facts.open_until = facts.config.open >= left ? Clock::never : judge.now + facts.config.open;
};

struct ChartDefinition : SmallMachine<ChartDefinition> {
  using initial_state = Closed;

  explicit ChartDefinition(const BreakerConfig& config) : facts(config) {}

  // clang-format off
  struct transition_table : boost::mpl::vector<
    Row<Closed,       Ended,       none,         With<count_call>,  none>,
    Row<Closed,       Judge,       Open,         With<set_timer>,   With<is_too_many>>,
    Row<Open,         Asked,       HalfOpen,     none,              With<is_due>>,
    Row<HalfOpen,     Ended,       none,         With<count_probe>, none>,
    Row<HalfOpen,     Cancelled,   none,         With<take_back>,   none>,
    Row<HalfOpen,     Judge,       Open,         With<set_timer>,   With<has_failed>>,
    Row<HalfOpen,     Judge,       Closed,       none,              With<has_passed>>,
    Row<Closed,       ForceOpen,   ForcedOpen>,
    Row<Open,         ForceOpen,   ForcedOpen>,
    Row<HalfOpen,     ForceOpen,   ForcedOpen>,
    Row<ForcedClosed, ForceOpen,   ForcedOpen>,
    Row<Closed,       ForceClosed, ForcedClosed>,
    Row<Open,         ForceClosed, ForcedClosed>,
    Row<HalfOpen,     ForceClosed, ForcedClosed>,
    Row<ForcedOpen,   ForceClosed, ForcedClosed>,
    Row<Closed,       Reset,       Closed>,
    Row<Open,         Reset,       Closed>,
    Row<HalfOpen,     Reset,       Closed>,
    Row<ForcedOpen,   Reset,       Closed>,
    Row<ForcedClosed, Reset,       Closed>
  > {};
  // clang-format on

  Facts facts;
};

}  // namespace

struct BreakerMachine::Chart : msm::back::state_machine<ChartDefinition> {
  using msm::back::state_machine<ChartDefinition>::state_machine;
};

BreakerMachine::BreakerMachine(const BreakerConfig& config) : chart_(std::make_unique<Chart>(config)) {
  chart_->start();
}

BreakerMachine::~BreakerMachine() = default;

std::optional<Breaker::Permit> BreakerMachine::admit(time_point now) noexcept {
  chart_->process_event(Asked{now});
  Facts& facts = chart_->facts;
  switch (facts.state) {
    case BreakerState::closed:
    case BreakerState::forced_closed:
      return Breaker::Permit{facts.epoch, false};
    case BreakerState::open:
    case BreakerState::forced_open:
      return std::nullopt;
    case BreakerState::half_open:
      break;
  }
  if (facts.probes_out >= facts.config.probes) return std::nullopt;
  ++facts.probes_out;
  return Breaker::Permit{facts.epoch, true};
}

void BreakerMachine::ended(Breaker::Permit permit, CallOutcome outcome, time_point now) noexcept {
  if (permit.epoch != chart_->facts.epoch) return;
  chart_->process_event(Ended{outcome});
  chart_->process_event(Judge{now});
}

void BreakerMachine::cancelled(Breaker::Permit permit) noexcept {
  if (permit.epoch == chart_->facts.epoch) chart_->process_event(Cancelled{});
}

void BreakerMachine::force_open() noexcept {
  chart_->process_event(ForceOpen{});
}
void BreakerMachine::force_closed() noexcept {
  chart_->process_event(ForceClosed{});
}
void BreakerMachine::reset() noexcept {
  chart_->process_event(Reset{});
}

BreakerState BreakerMachine::state() const noexcept {
  return chart_->facts.state;
}

Duration BreakerMachine::retry_after(time_point now) const noexcept {
  const Facts& facts = chart_->facts;
  if (facts.state != BreakerState::open) return Duration::zero();
  return std::max(Duration::zero(), facts.open_until - now);
}

}  // namespace leasehold::detail
