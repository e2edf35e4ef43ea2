#pragma once

// What a state of a hand-written Boost.MSM machine holds, and what becomes of its faults. Included by
// <leasehold/fsm/msm.hpp>; without Boost itself.

#include <leasehold/manager.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold::fsm::msm {

enum class Stage { acquire, entry, exit, guard, action };
std::string_view to_string(Stage) noexcept;

// What a generated machine was doing.
struct Doing {
  enum class Kind : char {
    call,    // what an action does
    asking,  // a condition
    demand,  // a condition that its state cannot do without
  };

  std::string_view what;           // "the function 'f'"
  std::string_view resource = {};  // whose operation it was
  Kind kind = Kind::call;
};

// The event that arrives in the machine where an exception would have crossed MSM.
struct Fault {
  std::exception_ptr exception;  // whatever was thrown, of any type
  Stage stage = Stage::action;   // what was going on
  std::string_view state = {};   // the state it struck in: of a guard or an action, the source
  const Doing* doing = nullptr;  // in a generated machine, unless it was acquiring
  bool fatal = false;            // in a generated machine: it ends

  bool of_condition() const noexcept;
  errc code() const noexcept;  // if it is no leasehold::Error: fsm_action; of a condition fsm_expression
  bool matches(std::string_view pattern) const;  // as error_matches
  std::string message() const;                   // what()
};

// For whom a machine's states lease. They are one owner: states that name the same resource share it.
struct Borrower {
  ResourceManager& manager;  // must outlive the machine
  OwnerId owner;
  AcquireOptions options = {};  // of each state's set: timeout, stop; none: the pools' acquire_timeout
};

// A lease and what requires it. An optional resource that is absent is an empty lease.
struct Held {
  const ResourceRequirement* requirement = nullptr;
  Lease lease = {};

  bool is(std::string_view name_or_role) const noexcept {
    return requirement->name == name_or_role ||
           (!requirement->role.empty() && requirement->role == name_or_role);
  }
};
using HeldList = std::vector<Held>;  // in order of acquisition; keeps its memory from visit to visit

void release(HeldList& held) noexcept;  // in reverse

class Scope;

// What a whole machine shares: the borrower, the scopes that are being left, the faults that wait. Internal.
class Ledger {
 public:
  static constexpr std::size_t max_faults = 16;  // in a row, without an event between

  Ledger(Borrower borrower, std::function<void()> wake);

  RequirementSet prepare(const std::vector<ResourceRequirement>& requirements) {
    return borrower_.manager.prepare(requirements);
  }
  void acquire(const RequirementSet& requirements, HeldList& held);  // adds all or none

  Fault fault_now(Stage stage, std::string_view state);  // the exception being handled
  void fault(Stage stage, std::string_view state) noexcept;
  void fault(Fault fault) noexcept;
  bool has_fault() const noexcept { return !pending_.empty(); }
  std::optional<Fault> next_fault() noexcept;
  bool hopeless() const noexcept { return faults_ > max_faults; }
  void forgive() noexcept { faults_ = 0; }
  const Doing* doing() const noexcept { return doing_; }  // what the next fault is of
  void doing(const Doing* what) noexcept { doing_ = what; }
  void judge_with(std::function<void(Fault&)> judge) { judge_ = std::move(judge); }  // what a fault is
  void acquire_until(std::optional<Clock::time_point> deadline) noexcept {
    borrower_.options.deadline = deadline;
  }
  bool ignore_faults(bool yes) noexcept { return std::exchange(ignore_, yes); }  // what it was
  bool ignores_faults() const noexcept { return ignore_; }

  // The leases of what is left stay until the row's action has run, and longer if the target wants them.
  void leaving(Scope& scope) noexcept;
  void arrived(Scope& scope) noexcept;
  void settle(bool (*wanted)(std::string_view) noexcept) noexcept {
    if (leaving_) release_unwanted(wanted);
  }
  void give_back() noexcept {
    if (leaving_) release_leaving();
  }

  void exit_failed(std::string_view state) noexcept;  // the first of a transition is its fault
  bool take_exit_failed() noexcept { return std::exchange(exit_failed_, false); }

 private:
  void release_unwanted(bool (*wanted)(std::string_view) noexcept) noexcept;
  void release_leaving() noexcept;

  Borrower borrower_;
  std::function<void()> wake_;
  std::function<void(Fault&)> judge_;
  std::vector<Fault> pending_;
  std::size_t faults_ = 0;
  const Doing* doing_ = nullptr;
  Scope* leaving_ = nullptr;
  bool exit_failed_ = false;
  bool ignore_ = false;
};

// The leases of one state, or of a machine as a whole.
class Scope {
 public:
  Scope() = default;
  ~Scope() { release(held_); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  // Active, entered without a fault, and holding what it requires.
  bool standing() const noexcept { return standing_; }

  // By name or role: one of this state, else of the machines around it. An optional resource that is absent
  // is an empty lease. Throws StateError (fsm_resource) if none of them names it. In a row's action the
  // source still has its leases; they go back after it.
  Lease& lease(std::string_view name_or_role);

  Ledger* ledger() const noexcept { return ledger_; }  // null before the machine is started; internal
  void refuse() noexcept { refused_ = true; }          // its next entry; internal
  bool is_in(const Scope& outer) const noexcept {      // or it is that
    const Scope* scope = this;
    while (scope && scope != &outer) scope = scope->outer_;
    return scope != nullptr;
  }

 protected:
  using Requirements = const std::vector<ResourceRequirement>& (*)();

  void attach(Ledger& ledger) noexcept { ledger_ = &ledger; }
  // Whether it may be entered now: nothing before it went wrong.
  bool arrive(Scope& container, std::string_view name) noexcept {
    name_ = name;
    standing_ = false;
    const bool inside = &container != this;
    if (inside) {
      ledger_ = container.ledger_;
      outer_ = &container;
    }
    return !std::exchange(refused_, false) && (!inside || container.standing_);
  }
  void have_leases(Requirements requirements);            // throws what acquiring throws
  bool take_leases(Requirements requirements) noexcept {  // the same; false: it has fallen
    try {
      have_leases(requirements);
      return true;
    } catch (...) {
      fall(Stage::acquire);
      return false;
    }
  }
  // At once; of what has been left, too, unless that is wanted by others.
  void let_go(bool (*wanted)(std::string_view) noexcept) noexcept;
  void stand() noexcept { standing_ = true; }
  void fall(Stage stage) noexcept;  // its entry failed
  void leave() noexcept {
    standing_ = false;
    if (!held_.empty()) ledger_->leaving(*this);
  }
  std::string_view scope_name() const noexcept { return name_; }

 private:
  friend class Ledger;
  template <class>
  friend struct Guarded;

  Lease* find(std::string_view name_or_role) noexcept;

  RequirementSet requirements_;  // from the first entry on
  HeldList held_;                // of them
  Ledger* ledger_ = nullptr;
  Scope* outer_ = nullptr;
  Scope* next_leaving_ = nullptr;
  std::string_view name_ = {};
  bool standing_ = false;
  bool refused_ = false;
};

}  // namespace leasehold::fsm::msm
