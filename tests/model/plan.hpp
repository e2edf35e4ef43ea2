#pragma once

// What one run of the model does, all of it drawn from its seed.

#include <leasehold/manager.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "platform.hpp"
#include "strategy.hpp"

namespace leasehold::model {

using namespace std::chrono_literals;

// A wait that is to end with a resource. Not too long: whoever waits looks for deadlocks now and then.
inline constexpr Duration forever = 2s;

enum class Action {
  acquire,      // and keep it
  try_acquire,  // without waiting
  acquire_all,  // of every pool
  use,          // what was acquired last
  drop,         // the same
  discard,      // the same, and do not lend it again
  drop_first,   // what was acquired first
  pass,         // what was acquired last, to whoever takes it
  take,         // what somebody passed
  hand_over,    // what was acquired last, to another owner
  call,         // an operation of what was acquired last
  release,      // by name, of an owner
  release_all,  // the same, everywhere
  stop,         // the acquire that another thread is in
  resize,
  suspend,  // for a moment
  evict,
  validate,
  maintain,
  look,  // at holders, counts and metrics
  sleep,
  pause,  // the others go on first
  unregister,
  close,
  end_thread,  // another one goes on with its record
};

struct Step {
  Action action = Action::acquire;
  std::size_t pool = 0;
  std::string owner = {};
  Duration time = forever;  // of waiting, sleeping, draining
  std::size_t number = 1;   // of a pool's new size, a thread
  bool stoppable = false;
  bool forgets = false;  // the thread names others, so that the owner ends with what it holds
};

struct PoolPlan {
  std::string name;
  Sharing sharing = Sharing::exclusive;
  PoolConfig config;
  BreakerConfig breaker;
  std::size_t largest = 1;  // max_size over the whole run
  bool in_order = false;    // nobody is served before those who wait already
  unsigned acquire_fails = 0, validate_fails = 0, reset_fails = 0, call_fails = 0;  // per mille
  unsigned slow = 0;                                                                // per mille of its calls
};

struct Plan {
  std::uint64_t seed = 0;
  std::vector<PoolPlan> pools;
  std::vector<std::vector<Step>> threads;
  Barriers barriers;
  bool metrics = true;
  bool warm = false;    // everything that may live is made before
  bool fences = false;  // somebody asks for them
  // The last thread that needs the manager destroys it, while the others still have leases.
  bool destroys = false;

  bool does(Action action) const;
  bool common_owner = false;  // threads of one owner
  bool revokes() const { return does(Action::release) || does(Action::release_all); }
  bool closes() const { return does(Action::close) || destroys; }
  // Whether nobody loses a resource that was granted, and has to ask for another.
  bool keeps_order(const PoolPlan& pool) const;
  // Whether a wait of any length ends with a resource: nothing may keep one for ever.
  bool waits_end() const;
};

Plan make_plan(std::uint64_t seed);
std::string describe(const Plan& plan);

}  // namespace leasehold::model
