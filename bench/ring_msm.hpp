#pragma once

// The ring of states that machines are measured against, written by hand with Boost.MSM and default policies.

#include <leasehold/manager.hpp>

#include <cstdint>
#include <memory>

namespace bench {

// What the guards look at and the actions do, the same for both.
struct Counters {
  std::uint64_t taken = 0;
  std::uint64_t limit = std::uint64_t(-1);
};

// Four states in a ring; one arc has a guard, one an action.
class MsmRing {
 public:
  explicit MsmRing(Counters& counters);
  ~MsmRing();
  void next(std::size_t events);

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
};

// Two states; one holds a lease from its entry to its exit and runs an action that does nothing.
class MsmVisits {
 public:
  MsmVisits(leasehold::ResourceManager& manager, leasehold::OwnerId owner);
  ~MsmVisits();
  void visit(std::size_t times);  // two events each: in and out

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace bench
