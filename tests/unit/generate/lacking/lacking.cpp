// A class without one of the functions that its machine calls. This must not compile, and must say which.

#include "ring.hpp"

namespace {

struct Functions {
  void enter(leasehold::fsm::Context&) {}
  void leave(leasehold::fsm::Context&) {}
  bool open(const leasehold::fsm::Context&) { return true; }
};

}  // namespace

template struct ring::Definition<Functions>;
