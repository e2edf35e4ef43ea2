#pragma once

// What a TestBench is made of, and loading a machine with doubles in place.

#include "testing/double.hpp"

#include <leasehold/fsm/testing.hpp>

namespace leasehold::fsm {

struct TestBench::Parts {
  std::shared_ptr<VirtualClock> clock;
  std::shared_ptr<ResourceManager> manager;
  std::map<std::string, std::shared_ptr<Double>> doubles;
  std::optional<Machine> machine;  // goes before the manager
};

}  // namespace leasehold::fsm
