#include "execution/lifecycle.hpp"

#include <boost/mpl/vector.hpp>
#include <boost/msm/back/state_machine.hpp>
#include <boost/msm/front/functor_row.hpp>
#include <boost/msm/front/state_machine_def.hpp>
#include <new>

namespace leasehold::fsm {

namespace {

namespace msm = boost::msm;
using msm::front::Row;

struct Begin {};
struct Wait {};
struct Resume {};
struct Finish {};
struct Fail {};
struct Stop {};

template <Life life>
struct In : msm::front::state<> {
  template <class Event, class Machine>
  void on_entry(const Event&, Machine& machine) noexcept {
    machine.now = life;
  }
};
using Idle = In<Life::idle>;
using Running = In<Life::running>;
using Waiting = In<Life::waiting>;
using Finished = In<Life::finished>;
using Failed = In<Life::failed>;
using Cancelled = In<Life::cancelled>;

struct LifecycleDefinition : msm::front::state_machine_def<LifecycleDefinition> {
  using initial_state = Idle;
  using no_exception_thrown = int;  // MSM's own handler is not compiled in: nothing here throws
  using no_message_queue = int;     // no event comes from within

  // clang-format off
  struct transition_table : boost::mpl::vector<
    Row<Idle,    Begin,  Running>,
    Row<Running, Wait,   Waiting>,
    Row<Waiting, Resume, Running>,
    Row<Running, Finish, Finished>,
    Row<Idle,    Fail,   Failed>,
    Row<Running, Fail,   Failed>,
    Row<Idle,    Stop,   Cancelled>,
    Row<Running, Stop,   Cancelled>,
    Row<Waiting, Stop,   Cancelled>
  > {};
  // clang-format on

  template <class Machine, class Event>
  void no_transition(const Event&, Machine&, int) noexcept {}

  Life now = Life::idle;
};

}  // namespace

struct Lifecycle::Chart : msm::back::state_machine<LifecycleDefinition> {};

Lifecycle::Chart& Lifecycle::chart() noexcept {
  return *std::launder(reinterpret_cast<Chart*>(place_));
}
const Lifecycle::Chart& Lifecycle::chart() const noexcept {
  return *std::launder(reinterpret_cast<const Chart*>(place_));
}

Lifecycle::Lifecycle() {
  static_assert(sizeof(Chart) <= sizeof place_ && alignof(Chart) <= 8);
  new (place_) Chart();
  chart().start();
}
Lifecycle::~Lifecycle() {
  chart().~Chart();
}

bool Lifecycle::begin() noexcept {
  return chart().process_event(Begin{}) == msm::back::HANDLED_TRUE;
}
bool Lifecycle::wait() noexcept {
  return chart().process_event(Wait{}) == msm::back::HANDLED_TRUE;
}
bool Lifecycle::resume() noexcept {
  return chart().process_event(Resume{}) == msm::back::HANDLED_TRUE;
}
bool Lifecycle::finish() noexcept {
  return chart().process_event(Finish{}) == msm::back::HANDLED_TRUE;
}
bool Lifecycle::fail() noexcept {
  return chart().process_event(Fail{}) == msm::back::HANDLED_TRUE;
}
bool Lifecycle::cancel() noexcept {
  return chart().process_event(Stop{}) == msm::back::HANDLED_TRUE;
}

Life Lifecycle::now() const noexcept {
  return chart().now;
}

const char* life_name(Life life) noexcept {
  switch (life) {
    case Life::idle:
      return "idle";
    case Life::running:
      return "running";
    case Life::waiting:
      return "waiting";
    case Life::finished:
      return "finished";
    case Life::failed:
      return "failed";
    case Life::cancelled:
      return "cancelled";
  }
  return "unknown";
}

}  // namespace leasehold::fsm
