#include <algorithm>

#include "owner/record.hpp"
#include "pool/attempt.hpp"

namespace leasehold::detail {

Lease Pool::acquire(const OwnerId& owner, Clock::time_point deadline, bool may_wait,
                    const std::stop_token& stop, CallSite site) {
  if (forked()) throw_forked();
  if (!owner)
    throw_error(errc::config_value, "acquiring '" + name() + "' needs an owner",
                {.resource = name(), .hint = "pass a non-empty owner id such as 'orders/store#42'"});
  Thread& self = current_thread();
  Slot* stale = nullptr;
  if (Hold* const hold = try_lend(self, owner, site, stale)) return Hold::lease(hold);
  if (stale) give_back(self, *stale);

  Attempt attempt;
  attempt.owner = owner;
  attempt.since = clock().now();
  attempt.deadline = deadline;
  attempt.may_wait = may_wait;
  attempt.stop = stop;
  attempt.site = site;
  if (!may_wait && deadline <= attempt.since)
    attempt.deadline = clock().deadline_after(config().acquire_timeout);
  try {
    return lend(attempt);
  } catch (const PoolExhaustedError& error) {
    counters_.failures.add();
    if (error.reason() == errc::acquire_timeout) counters_.timeouts.add();
    throw;
  } catch (const DeadlockError&) {
    counters_.failures.add();
    counters_.deadlocks.add();
    throw;
  } catch (...) {
    counters_.failures.add();
    throw;
  }
}

// The owner's record has an entry from before the resource is looked for until the hold ends, so that a
// second acquire of the same owner shares the first or waits for it.
Lease Pool::lend(Attempt& attempt) {
  Thread& self = current_thread();
  OwnerRecord& record = *attempt.owner.record();
  auto shared_hold = shared_ ? std::make_unique<SharedHold>() : nullptr;

  for (bool pending = true; pending;) {
    pending = false;
    {
      const OwnerSection section(record, self);
      for (const OwnerEntry& entry : record.entries) {
        if (entry.pool != this) continue;
        if (!entry.hold) {
          pending = true;
        } else if (entry.hold->share(entry.hold->thread == self.id ? 0 : Hold::foreign)) {
          counters_.shares.add();
          return Hold::lease(entry.hold);
        }
      }
      if (!pending) record.entries.push_back({this, nullptr});
    }
    if (pending) follow(attempt);
  }

  const auto settle = [&](Hold* hold) {
    settle_entry(record, self, hold);
    settle_followers(attempt.owner);
  };
  try {
    Slot& slot = obtain(attempt, nullptr);
    Hold& hold = start(slot, attempt, std::move(shared_hold));
    settle(&hold);
    return Hold::lease(&hold);
  } catch (...) {
    settle(nullptr);
    throw;
  }
}

// The entry of an acquire that has its hold, or none, does not say "pending" any more. What detach_all has
// taken away meanwhile is its to forget.
void Pool::settle_entry(OwnerRecord& record, Thread& self, Hold* hold) noexcept {
  const OwnerSection section(record, self);
  if (hold && (hold->word.load() & Hold::taken_away)) return;
  const auto entry = std::find_if(record.entries.begin(), record.entries.end(),
                                  [this](const OwnerEntry& e) { return e.pool == this && !e.hold; });
  if (hold)
    entry->hold = hold;
  else
    record.entries.erase(entry);
}

// More than ever are lent only when a slot is lent for the first time.
void Pool::count_peak(const Slot& taken) noexcept {
  std::size_t lent = lent_slots_.load(std::memory_order_relaxed);
  while (lent <= taken.index && !lent_slots_.compare_exchange_weak(lent, taken.index + std::size_t{1})) {
  }
  std::size_t active = 1;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Hold::Word word = slots_[i].word.load(std::memory_order_relaxed);
    if ((word & Hold::all_references) != 0 && !(word & Hold::taken_away)) ++active;
  }
  raise_peak(active);
}

void Pool::raise_peak(std::size_t active) const noexcept {
  std::size_t peak = peak_active_.load(std::memory_order_relaxed);
  while (active > peak && !peak_active_.compare_exchange_weak(peak, active, std::memory_order_relaxed)) {
  }
}

// A usable resource in a slot that is ours: `taken` if it is good, else whatever can be had by the deadline.
Slot& Pool::obtain(Attempt& attempt, Slot* taken) {
  for (;; attempt.again = true) {
    const Claim claimed = taken ? Claim{taken, false, false} : claim(attempt);
    taken = nullptr;
    Slot& slot = *claimed.slot;
    if (claimed.joined) return slot;
    if (claimed.create) {
      if (prepare(attempt, slot, PreparationKind::create)) return slot;
      continue;
    }
    switch (judge(*slot.live, clock().now())) {
      case Use::ready:
        return slot;
      case Use::check:
        if (prepare(attempt, slot, PreparationKind::check)) return slot;
        break;
      case Use::retire:
        retire(slot);
        break;
    }
  }
}

Hold& Pool::start(Slot& slot, Attempt& attempt, std::unique_ptr<SharedHold> shared_hold) noexcept {
  const Clock::time_point now = clock().now();
  if (setup_.metrics) counters_.wait.record(now - attempt.since);
  counters_.timed_waits.add();
  Thread& self = current_thread();
  OwnerRecord& owner = *attempt.owner.record();
  if (!shared_) {
    slot.timed = true;
    slot.tick = clock().coarse_now();
    if (slot.index >= lent_slots_.load(std::memory_order_relaxed)) count_peak(slot);
    start(slot, slot, self, owner, attempt.site, now);
    return slot;
  }
  SharedHold& hold = *shared_hold.release();
  hold.pool = this;
  hold.slot = &slot;
  hold.timed = true;
  const std::lock_guard lock(mutex_);
  hold.next = slot.holds;
  if (hold.next) hold.next->previous = &hold;
  slot.holds = &hold;
  raise_peak(++shared_holds_);
  hold.fence = slot.fence;  // so that the numbers of one resource grow
  start(hold, slot, self, owner, attempt.site, now);
  slot.fence = hold.fence;
  return hold;
}

// Waits until the other acquire of this owner has its resource or failed.
void Pool::follow(Attempt& attempt) {
  const auto waiter = make_waiter(attempt);
  {
    std::unique_lock lock(mutex_);
    if (closed()) {
      lock.unlock();
      throw_closed(attempt.owner);
    }
    attempt.situation = look();
    if (!attempt.may_wait) {
      lock.unlock();
      throw_exhausted(errc::acquire_timeout, *attempt.situation, attempt);
    }
    enqueue(followers_, waiter);
    following_.fetch_add(1);
  }
  // The other may have ended before this one could be seen.
  bool pending = false;
  {
    OwnerRecord& record = *attempt.owner.record();
    const OwnerSection section(record, current_thread());
    for (const OwnerEntry& entry : record.entries) pending = pending || (entry.pool == this && !entry.hold);
  }
  if (!pending) settle_followers(attempt.owner);
  const Waiter::State state = await(waiter, attempt);
  following_.fetch_sub(1);
  if (state != Waiter::State::retry) throw_outcome(*waiter, state, attempt);
}

// After a section in which an entry was settled. A follower counts itself before the section in which it
// looks at the entries: if that came first it is seen here, else it has seen the entry settled.
void Pool::settle_followers(const OwnerId& owner) noexcept {
  if (following_.load() == 0) return;
  Wakes wakes(clock());
  {
    const std::lock_guard lock(mutex_);
    const Clock::time_point now = clock().now();
    for (auto next = followers_.begin(); next != followers_.end();) {
      const std::shared_ptr<Waiter> waiter = *next++;
      if (!(waiter->owner == owner) || waiter->late(now)) continue;
      dequeue(waiter, Waiter::State::retry);
      wakes.add(waiter);
    }
  }
  wakes.fire();
}

}  // namespace leasehold::detail
