#include "manager/lifecycle.hpp"

#include "pool/park.hpp"
#include "small_machine.hpp"

#include <climits>

namespace leasehold::detail {

namespace {

using msm::front::none;
using msm::front::Row;

struct Start {};
struct StartEnded {
  bool good;
};
struct Close {};
struct CloseEnded {};

template <LifePhase entered>
struct PhaseOf : msm::front::state<> {
  template <class Event, class Machine>
  void on_entry(const Event&, Machine& machine) noexcept {
    machine.entered(entered);
  }
};
using Created = PhaseOf<LifePhase::created>;
using Starting = PhaseOf<LifePhase::starting>;
using Running = PhaseOf<LifePhase::running>;
using Closing = PhaseOf<LifePhase::closing>;
using Closed = PhaseOf<LifePhase::closed>;

struct IsGood {
  template <class Machine, class Source, class Target>
  bool operator()(const StartEnded& event, Machine&, Source&, Target&) const noexcept {
    return event.good;
  }
};

struct LifeDefinition : SmallMachine<LifeDefinition> {
  using initial_state = Created;

  void entered(LifePhase phase) noexcept {
    current.store(static_cast<std::uint32_t>(phase), std::memory_order_release);
    worker = sync::this_thread_id();
  }

  // clang-format off
  struct transition_table : boost::mpl::vector<
    Row<Created,  Start,      Starting>,
    Row<Running,  Start,      Starting>,   // hooks added since
    Row<Starting, StartEnded, Created,  none, none>,
    Row<Starting, StartEnded, Running,  none, IsGood>,  // MSM tries the later row first
    Row<Created,  Close,      Closing>,
    Row<Starting, Close,      Closing>,
    Row<Running,  Close,      Closing>,
    Row<Closing,  CloseEnded, Closed>
  > {};
  // clang-format on

  sync::Atomic<std::uint32_t> current{0};
  sync::ThreadId worker;  // who starts or closes
};

}  // namespace

struct Lifecycle::Chart {
  mutable sync::Mutex mutex;
  msm::back::state_machine<LifeDefinition> machine;

  LifePhase phase() const noexcept {
    return static_cast<LifePhase>(machine.current.load(std::memory_order_acquire));
  }
};

std::string_view to_string(LifePhase phase) noexcept {
  switch (phase) {
    case LifePhase::created:
      return "created";
    case LifePhase::starting:
      return "starting";
    case LifePhase::running:
      return "running";
    case LifePhase::closing:
      return "closing";
    case LifePhase::closed:
      return "closed";
  }
  return "unknown";
}

Lifecycle::Lifecycle() : chart_(std::make_unique<Chart>()) {
  chart_->machine.start();
}
Lifecycle::~Lifecycle() = default;

Lifecycle::Answer Lifecycle::begin_start() noexcept {
  const std::lock_guard lock(chart_->mutex);
  const LifePhase before = chart_->phase();
  if (before == LifePhase::starting) return Answer::wait;
  chart_->machine.process_event(Start{});
  return chart_->phase() == LifePhase::starting ? Answer::proceed : Answer::refused;
}

bool Lifecycle::end_start(bool good) noexcept {
  const std::lock_guard lock(chart_->mutex);
  if (chart_->phase() != LifePhase::starting) return false;
  chart_->machine.process_event(StartEnded{good});
  return true;
}

Lifecycle::Answer Lifecycle::begin_close() noexcept {
  const std::lock_guard lock(chart_->mutex);
  const LifePhase before = chart_->phase();
  if (before == LifePhase::closing) return Answer::wait;
  if (before == LifePhase::closed) return Answer::done;
  chart_->machine.process_event(Close{});
  return Answer::proceed;
}

void Lifecycle::end_close() noexcept {
  const std::lock_guard lock(chart_->mutex);
  chart_->machine.process_event(CloseEnded{});
}

LifePhase Lifecycle::phase() const noexcept {
  return chart_->phase();
}

bool Lifecycle::wait_while(LifePhase phase, Clock& clock, Clock::time_point deadline) const noexcept {
  {
    const std::lock_guard lock(chart_->mutex);
    if (chart_->phase() == phase && chart_->machine.worker == sync::this_thread_id()) return false;
  }
  while (chart_->phase() == phase)
    if (!park(clock, chart_->machine.current, static_cast<std::uint32_t>(phase), deadline))
      return chart_->phase() != phase;
  return true;
}

void Lifecycle::wake(Clock& clock) const noexcept {
  clock.unpark(chart_->machine.current, INT_MAX);
}

}  // namespace leasehold::detail
