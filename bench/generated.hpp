#pragma once

// The same two machines as in ring_msm.hpp, generated from the YAML that the interpreter runs.

#include "ring_msm.hpp"

namespace bench {

class GeneratedRing {
 public:
  GeneratedRing(leasehold::ResourceManager& manager, Counters& counters);
  ~GeneratedRing();
  void next(std::size_t events);

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
};

class GeneratedVisits {
 public:
  GeneratedVisits(leasehold::ResourceManager& manager, leasehold::OwnerId owner);
  ~GeneratedVisits();
  void visit(std::size_t times);  // two events each

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace bench
