// What the threads of a plan do with what they hold, from the grant to the end.

#include "world.hpp"

namespace leasehold::model {

// From here to unmark nobody else may have it. False if it was taken away.
bool World::mark(Held& held) {
  if (held.thing) return true;
  try {
    const Scheduler::Alone alone(scheduler_);
    held.thing = &held.lease.as<Thing>();
  } catch (const StateError& error) {
    expect(error.reason() == errc::lease_revoked &&
               (plan_.revokes() || closing_ || plan_.does(Action::unregister)),
           *held.pool, error.what());
    return false;
  }
  Thing& thing = *held.thing;
  if (!std::exchange(thing.lent, true)) ++held.pool->first_lent;
  if (held.pool->plan->sharing == Sharing::exclusive) {
    const std::uint64_t owner = std::hash<std::string>()(held.owner);
    expect(thing.marks == 0 || thing.owner == owner, *held.pool, "two owners of one resource");
    thing.owner = owner;
  }
  ++thing.marks;
  return true;
}

void World::unmark(Held& held) {
  if (Thing* const thing = std::exchange(held.thing, nullptr)) --thing->marks;
}

void World::use(Held& held) {
  try {
    static_cast<void>(held.lease.get());  // marks a use by another thread than the one that acquired it
  } catch (const StateError& error) {
    expect(error.reason() == errc::lease_revoked, *held.pool, error.what());
    return;
  }
  mark(held);
  scheduler_.user_code("use");
}

void World::call(Held& held) {
  ++held.pool->operations;
  try {
    held.lease.call("work", nlohmann::json::object());
  } catch (const CircuitOpenError&) {
    --held.pool->operations;
  } catch (const ConnectionError&) {
    ++held.pool->operation_failures;
  } catch (const StateError& error) {
    --held.pool->operations;
    expect(error.reason() == errc::lease_revoked, *held.pool, error.what());
  }
}

void World::hand_over(Worker& worker, Held& held) {
  const std::string heir = held.owner + "/heir";
  unmark(held);
  try {
    held.lease.hand_over(heir);
    held.owner = heir;
    held.by = worker.number;
    ++held.pool->acquisitions;
    ++held.pool->handed_over;
    mark(held);
  } catch (const StateError& error) {
    expect(may_be(error.reason(), {errc::lease_revoked, errc::lease_fenced}), *held.pool, error.what());
    if (error.reason() == errc::lease_fenced) use(held);
  }
}

void World::drop(Worker& worker, std::size_t index) {
  Held held = std::move(worker.held[index]);
  worker.held.erase(worker.held.begin() + static_cast<std::ptrdiff_t>(index));
  unmark(held);
  held.lease.release();
}

// What this thread itself acquired may be somebody else's as soon as it is taken back.
void World::release(Worker& worker, const Step& step) {
  const bool everywhere = step.action == Action::release_all;
  Pool& pool = pools_[step.pool];
  const auto taken = [&](const Held& held) {
    return held.owner == step.owner && held.by == worker.number && (everywhere || held.pool == &pool);
  };
  for (Held& held : worker.held)
    if (taken(held)) unmark(held);
  for (Pool& each : pools_)
    if (everywhere || &each == &pool) each.provider->revocations += plan_.threads.size();
  if (everywhere)
    manager_->release_all(step.owner);
  else
    manager_->release(pool.plan->name, step.owner);
  for (Held& held : worker.held)
    expect(!taken(held) || !held.lease || !held.pool->registered, *held.pool,
           "released by name, and still there");
}

}  // namespace leasehold::model
