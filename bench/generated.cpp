#include "generated.hpp"

#include "ring.hpp"
#include "visits.hpp"

namespace bench {

namespace {

using leasehold::fsm::Context;

struct RingFunctions {
  bool below(const Context&) const { return counters.taken < counters.limit; }
  void count(Context&) { ++counters.taken; }
  Counters& counters;
};
struct VisitsFunctions {
  void nothing(Context&) {}
};

}  // namespace

struct GeneratedRing::Machine {
  Machine(leasehold::ResourceManager& manager, Counters& counters)
      : functions{counters}, machine({manager, "ring#generated"}, functions) {
    machine.start();
  }
  RingFunctions functions;
  ring::Machine<RingFunctions> machine;
};

GeneratedRing::GeneratedRing(leasehold::ResourceManager& manager, Counters& counters)
    : machine_(std::make_unique<Machine>(manager, counters)) {}
GeneratedRing::~GeneratedRing() = default;
void GeneratedRing::next(std::size_t events) {
  for (std::size_t i = 0; i < events; ++i) machine_->machine.process_event(ring::events::next());
}

struct GeneratedVisits::Machine {
  Machine(leasehold::ResourceManager& manager, leasehold::OwnerId owner)
      : machine({manager, std::move(owner)}, functions) {
    machine.start();
  }
  VisitsFunctions functions;
  visits::Machine<VisitsFunctions> machine;
};

GeneratedVisits::GeneratedVisits(leasehold::ResourceManager& manager, leasehold::OwnerId owner)
    : machine_(std::make_unique<Machine>(manager, std::move(owner))) {}
GeneratedVisits::~GeneratedVisits() = default;
void GeneratedVisits::visit(std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) {
    machine_->machine.process_event(visits::events::next());
    machine_->machine.process_event(visits::events::next());
  }
}

}  // namespace bench
