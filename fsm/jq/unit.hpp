#pragma once

// Programs that libjq compiled as one, since compiling one costs as much as compiling sixty: nearly all of
// the time goes into libjq's own library, which it reads each time.
//
// Threads: any. Each that runs a program at the same time has an interpreter of its own, made when it is
// first needed.

#include "conversion.hpp"
#include "watchdog.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::fsm::jq {

class Unit {
 public:
  static constexpr std::size_t most = 64;  // programs: beyond, compiling slows down with their square

  // Null if they do not all compile; `guilty` are then those that libjq pointed at, perhaps none.
  // Precondition: check_vocabulary passed each.
  static std::shared_ptr<const Unit> compile(std::vector<std::string> sources,
                                             std::vector<std::size_t>& guilty);
  ~Unit();

  struct Outcome {
    Value first = Value(jv_invalid());
    Value second = Value(jv_invalid());  // invalid with a message: it failed after the first
    Halted halted = Halted::no;
  };
  Outcome run(std::size_t program, Value data, Value event, const JqLimits& limits) const;

 private:
  struct State;
  class Borrowed;

  explicit Unit(std::string text);
  std::unique_ptr<State> take() const;
  void give_back(std::unique_ptr<State> state) const noexcept;

  const std::string text_;
  std::vector<std::vector<bool>> ways_;  // by program: the branches that lead to it
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<State>> free_;
};

// One program of a unit.
struct UnitProgram {
  std::shared_ptr<const Unit> unit;
  std::size_t index = 0;
};

// The programs compiled, by source: one that is known already, because another machine or an earlier load of
// this one has it, is shared with it. Null units for those that do not compile.
std::vector<UnitProgram> compile_units(const std::vector<std::string>& sources);

}  // namespace leasehold::fsm::jq
