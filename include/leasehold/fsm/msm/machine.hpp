#pragma once

// Machine: what runs a MachineDefinition for a borrower. Included by <leasehold/fsm/msm.hpp>.

#include <leasehold/fsm/msm/state.hpp>

#include <boost/msm/back/state_machine.hpp>

#include <optional>
#include <utility>

namespace leasehold::fsm::msm {

// The machine to run. Policies are those of boost::msm::back::state_machine. Machines inside it are plain
// boost::msm::back::state_machine<Definition>.
template <class Definition, class... Policies>
class Machine : public boost::msm::back::state_machine<Definition, Policies...> {
  using Back = boost::msm::back::state_machine<Definition, Policies...>;
  using HandledEnum = boost::msm::back::HandledEnum;

 public:
  template <class... Arguments>
  explicit Machine(Borrower borrower, Arguments&&... arguments)
      : Back(std::forward<Arguments>(arguments)...), ledger_(std::move(borrower), [this] { wake(); }) {
    this->attach(ledger_);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void start() {
    failure_.reset();
    ledger_.forgive();
    drive([this] {
      Back::start();
      return boost::msm::back::HANDLED_TRUE;
    });
  }

  template <class Event>
  HandledEnum process_event(const Event& event) {
    if (driving_) return Back::process_event(event);  // of the machine's own actions: queued
    ledger_.forgive();
    return drive([&] { return Back::process_event(event); });
  }

  // Leaves what is active; every lease goes back. What an exit throws now changes nothing.
  void stop() {
    const bool before = ledger_.ignore_faults(true);
    Back::stop();
    ledger_.give_back();
    ledger_.take_exit_failed();
    ledger_.ignore_faults(before);
  }

  // The fault that ended the machine, if one did.
  const std::optional<Fault>& failure() const noexcept { return failure_; }

 protected:
  // It has ended before it began.
  void fail(Fault fault) { failure_ = std::move(fault); }

  // Calls what may fault, without an event.
  template <class Call>
  void venture(const Call& call) {
    drive([&] {
      call();
      return boost::msm::back::HANDLED_TRUE;
    });
  }
  void strike(const Fault& fault) {
    venture([&] { ledger_.fault(fault); });
  }
  // What the call throws becomes a fault of that state.
  template <class Call>
  void strike(std::string_view state, const Call& call) {
    venture([&] {
      try {
        call();
      } catch (...) {
        ledger_.fault(Stage::guard, state);
      }
    });
  }

 private:
  template <class Call>
  HandledEnum drive(const Call& call) {
    struct Driving {
      explicit Driving(Machine& driven) : machine(driven) { machine.driving_ = true; }
      ~Driving() {
        machine.ledger_.give_back();
        machine.driving_ = false;
      }
      Machine& machine;
    } const driving(*this);
    const HandledEnum handled = call();
    this->execute_queued_events();  // start() leaves them to us
    while (ledger_.has_fault()) handle_fault();
    return handled;
  }

  // Has the fault handled before what was queued; a machine that queues nothing gets to it anyway.
  void wake() {
    if constexpr (Definition::queues_events)
      this->get_message_queue().push_front([this] { return handle_fault(); });
  }

  HandledEnum handle_fault() {
    const std::optional<Fault> fault = ledger_.next_fault();
    if (!fault) return boost::msm::back::HANDLED_FALSE;
    this->struck(*fault);
    const HandledEnum handled =
        ledger_.hopeless() ? boost::msm::back::HANDLED_FALSE : Back::process_event(*fault);
    if ((handled & (boost::msm::back::HANDLED_TRUE | boost::msm::back::HANDLED_DEFERRED)) == 0 && !failure_) {
      failure_ = fault;
      this->gives_up();
      stop();
    }
    return handled;
  }

  Ledger ledger_;
  std::optional<Fault> failure_;
  bool driving_ = false;
};

}  // namespace leasehold::fsm::msm
