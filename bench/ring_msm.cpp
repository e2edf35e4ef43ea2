#include "ring_msm.hpp"

#include "harness.hpp"

#include <boost/mpl/vector.hpp>
#include <boost/msm/back/state_machine.hpp>
#include <boost/msm/front/functor_row.hpp>
#include <boost/msm/front/state_machine_def.hpp>

namespace bench {

namespace {

namespace msm = boost::msm;
using msm::front::none;
using msm::front::Row;

struct Next {};

struct Below {
  template <class Event, class Machine, class Source, class Target>
  bool operator()(const Event&, Machine& machine, Source&, Target&) const {
    return machine.counters->taken < machine.counters->limit;
  }
};
struct Count {
  template <class Event, class Machine, class Source, class Target>
  void operator()(const Event&, Machine& machine, Source&, Target&) const {
    ++machine.counters->taken;
  }
};

struct RingDefinition : msm::front::state_machine_def<RingDefinition> {
  struct A : msm::front::state<> {};
  struct B : msm::front::state<> {};
  struct C : msm::front::state<> {};
  struct D : msm::front::state<> {};
  using initial_state = A;

  // clang-format off
  struct transition_table : boost::mpl::vector<
    Row<A, Next, B, none,  Below>,
    Row<B, Next, C, none,  none>,
    Row<C, Next, D, Count, none>,
    Row<D, Next, A, none,  none>
  > {};
  // clang-format on

  Counters* counters = nullptr;
};

struct VisitsDefinition : msm::front::state_machine_def<VisitsDefinition> {
  struct Idle : msm::front::state<> {};
  struct Working : msm::front::state<> {
    template <class Event, class Machine>
    void on_entry(const Event&, Machine& machine) {
      lease = machine.manager->acquire("db", machine.owner);
      keep(lease);
    }
    template <class Event, class Machine>
    void on_exit(const Event&, Machine&) {
      lease.release();
    }
    leasehold::Lease lease;
  };
  using initial_state = Idle;

  // clang-format off
  struct transition_table : boost::mpl::vector<
    Row<Idle,    Next, Working>,
    Row<Working, Next, Idle>
  > {};
  // clang-format on

  leasehold::ResourceManager* manager = nullptr;
  leasehold::OwnerId owner;
};

}  // namespace

struct MsmRing::Machine : msm::back::state_machine<RingDefinition> {};

MsmRing::MsmRing(Counters& counters) : machine_(std::make_unique<Machine>()) {
  machine_->counters = &counters;
  machine_->start();
}
MsmRing::~MsmRing() = default;
void MsmRing::next(std::size_t events) {
  for (std::size_t i = 0; i < events; ++i) machine_->process_event(Next());
}

struct MsmVisits::Machine : msm::back::state_machine<VisitsDefinition> {};

MsmVisits::MsmVisits(leasehold::ResourceManager& manager, leasehold::OwnerId owner)
    : machine_(std::make_unique<Machine>()) {
  machine_->manager = &manager;
  machine_->owner = std::move(owner);
  machine_->start();
}
MsmVisits::~MsmVisits() = default;
void MsmVisits::visit(std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) {
    machine_->process_event(Next());
    machine_->process_event(Next());
  }
}

}  // namespace bench
