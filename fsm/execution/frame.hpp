#pragma once

// What an execution is in: the networks on its stack, and in each the stays in its active states.

#include "execution/scope.hpp"
#include "execution/table.hpp"

#include <leasehold/clock.hpp>

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

namespace leasehold::fsm {

// One stay in a state.
struct Visit {
  Visit(StateIndex of, std::uint64_t number_, Clock::time_point deadline_) noexcept
      : state(of), number(number_), deadline(deadline_) {}

  StateIndex state;
  std::uint64_t number;  // of the execution's visits, for timers
  Scope scope = {};
  Clock::time_point own_deadline = Clock::never;  // of the state's timeout
  Clock::time_point deadline;                     // the same and all outer ones
  bool entered = false;                           // on_entry ended well, so on_exit is due
};

// Most machines are flat, and push no network: then neither takes memory of its own.
using Visits = boost::container::small_vector<Visit, 1>;

// One network on the stack.
struct Frame {
  const Network* network = nullptr;
  const NetworkFacts* facts = nullptr;
  StateSet configuration = {};
  Visits visits = {};  // in order of entry
  History history = {};
  Scope scope = {};                           // the network's own leases
  Clock::time_point deadline = Clock::never;  // of what pushed it
  bool done = false;
  StateIndex final_state = none;
  // What pushed it, in the frame below.
  const Arc* pushed_by = nullptr;
  std::size_t pushed_index = 0;
  std::optional<nlohmann::json> caller_data = std::nullopt;
  // Arcs of `resume` before `resume_from` have been tried: a push came back without a target.
  StateIndex resume = none;
  std::size_t resume_from = 0;
};

}  // namespace leasehold::fsm
