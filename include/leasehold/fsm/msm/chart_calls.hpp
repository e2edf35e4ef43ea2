#pragma once

// What generated machines call and ask. Internal: <leasehold/fsm/msm/chart.hpp> includes it.

#include <leasehold/fsm/functions.hpp>
#include <leasehold/fsm/msm.hpp>
#include <leasehold/fsm/msm/chart_faults.hpp>

namespace leasehold::fsm::msm {

// Functions in order; each has call(user, context) and says what it is doing.
template <class... Function>
struct Calls {
  static constexpr bool empty = sizeof...(Function) == 0;
  template <class User, class Chart>
  static void run(User& user, ChartContext& context, Chart& chart) {
    Ledger& ledger = *chart.ledger();
    ((chart.check_time(), ledger.doing(&Function::doing), Function::call(user, context)), ...);
    ledger.doing(nullptr);
    chart.check_time();
  }
};

// Conditions that must hold; each has holds(machine), says what asking it is, and what it is if it does not.
template <class... Demand>
struct Demands {
  static constexpr bool empty = sizeof...(Demand) == 0;
  template <class Machine>
  static void check(Machine& machine) {
    (check_one<Demand>(machine), ...);
  }

 private:
  template <class One, class Machine>
  static void check_one(Machine& machine) {
    machine.ledger()->doing(&One::asking);
    if (!One::holds(machine)) ChartCore::throw_broken(One::broken);
    machine.ledger()->doing(nullptr);
  }
};

// What an arc has for its actions only, and perhaps the target after them; not where its source stands.
class ArcScope : public Scope {
 public:
  void hold(Scope& source, std::string_view name, Requirements requirements) {
    arrive(source, name);
    have_leases(requirements);
  }
  void end(bool source_stands, bool (*is_of_another)(std::string_view) noexcept) noexcept {
    source_stands ? let_go(is_of_another) : leave();
  }
};

// Calls what may fail; a fault that is told as an event ends this call only.
template <class Machine, class Call>
void attempt(Machine& machine, Stage stage, std::string_view state, const Call& call) {
  if constexpr (Machine::has_error_arcs) {
    try {
      call();
    } catch (...) {
      if (!machine.tells(stage, state)) throw;
    }
  } else {
    call();
  }
}

}  // namespace leasehold::fsm::msm
