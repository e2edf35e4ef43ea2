#pragma once

// For Boost.MSM machines written by hand: states that lease on entry and give back on exit, faults as events,
// and tables of any length.
//
//   using namespace leasehold::fsm::msm;
//   struct Idle : State<Idle> {};
//   struct Storing : State<Storing> {
//     static std::vector<ResourceRequirement> resources() { return {{.name = "db"}}; }
//     template <class Event, class Machine>
//     void entry(const Event&, Machine&) { lease("db").call("execute", ...); }     // may throw
//   };
//   struct Broken : State<Broken> {};
//   struct Definition : MachineDefinition<Definition> {
//     using initial_state = Idle;
//     using transition_table = Rows<Row<Idle, Store, Storing>, Row<Storing, Fault, Broken>, ...>;
//   };
//   Machine<Definition> machine({manager, "orders#42"});
//   machine.start();
//   machine.process_event(Store{});
//
// What holds, whatever an entry, exit, guard or action throws and however an acquire fails:
//
// - A state's entry runs only when it has its whole set; a state that could not be entered holds nothing,
//   runs no exit, and takes no event but Fault.
// - The Fault is the next event of the machine, before any that waits. Inner machines see it first. Where no
//   row takes it, or more than Ledger::max_faults follow each other, the machine ends: what is active is
//   left, every lease goes back, and failure() says why.
// - The leases are those of the states that stand. They go back after the exit and the row's action, in
//   reverse, except those that the target requires too: these are handed over without letting go. All are
//   back when the machine ends, is stopped or destroyed.
//
// Threads: one at a time, as MSM. Blocks: entering a state, as long as Borrower::options allow. Throws:
// nothing, except what the events' own copies do and MSM's queue if there is no memory for it.
// Within entry, exit, guards and actions use the machine that they are given, not the Machine itself; during
// start() MSM does not queue, so an entry that raises an event then calls enqueue_event.
//
// Needs Boost 1.81 or later; link leasehold::fsm.

#include <leasehold/fsm/msm/machine.hpp>
#include <leasehold/fsm/msm/rows.hpp>
#include <leasehold/fsm/msm/state.hpp>
