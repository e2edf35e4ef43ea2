#include <algorithm>

#include "owner/record.hpp"
#include "pool/attempt.hpp"
#include "pool/lend_at_once.hpp"

namespace leasehold::detail {

Lease Pool::acquire(const OwnerId& owner, Clock::time_point deadline, bool may_wait,
                    const std::stop_token& stop, CallSite site) {
  Attempt attempt;
  attempt.owner = owner;
  attempt.deadline = deadline;
  attempt.may_wait = may_wait;
  attempt.stop = stop;
  attempt.site = site;
  return Hold::make_lease(acquire(attempt));
}

std::optional<Lease> Pool::try_acquire(const OwnerId& owner, CallSite site) {
  Attempt attempt;
  attempt.owner = owner;
  attempt.may_wait = false;
  attempt.explain = false;
  attempt.site = site;
  try {
    if (Hold* const hold = acquire(attempt)) return Hold::make_lease(hold);
  } catch (const PoolExhaustedError&) {  // one that took too long to make
  }
  return std::nullopt;
}

// A reference for the caller's lease.
Hold* Pool::acquire(Attempt& attempt) {
  if (forked()) throw_forked();
  if (!attempt.owner)
    throw_error(errc::config_value, "acquiring '" + name() + "' needs an owner",
                {.resource = name(), .hint = "pass a non-empty owner id such as 'orders/store#42'"});
  Moment moment;
  if (Hold* const hold = try_lend(current_thread(), attempt.owner, attempt.site, moment)) return hold;

  attempt.since = clock().now();
  if (!attempt.may_wait && attempt.deadline <= attempt.since)
    attempt.deadline = clock().deadline_after(config().acquire_timeout);
  try {
    Hold* const hold = lend(attempt);
    if (!hold) {
      counters_.failures.add();
      counters_.timeouts.add();
    }
    return hold;
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

// The owner has a hold, first an awaited one, from before the resource is looked for until the lease ends, so
// that a second acquire of the same owner shares the first or waits for it.
Hold* Pool::lend(Attempt& attempt) {
  Thread& self = current_thread();
  OwnerRecord& record = *attempt.owner.record();
  auto shared_hold = shared_ ? std::make_unique<SharedHold>() : nullptr;
  Hold awaited;
  awaited.word.store(Hold::awaited);
  awaited.pool = this;

  for (bool other = true; other;) {
    other = false;
    {
      const OwnerSection section(record, self);
      for (Hold* hold = record.holdings.latest(); hold; hold = hold->older) {
        if (hold->pool != this) continue;
        if (hold->word.load() == Hold::awaited) {
          other = true;
        } else if (hold->share(hold->thread == self.id ? 0 : Hold::foreign)) {
          if (attempt.waited && setup_.metrics) counters_.wait.record(clock().now() - attempt.since);
          counters_.shares.add();
          return hold;
        }
      }
      if (!other) record.holdings.add(awaited);
    }
    if (other && !follow(attempt)) return nullptr;
  }

  const auto settle = [&](Hold* hold) {
    settle_awaited(record, self, awaited, hold);
    settle_followers(attempt.owner);
  };
  try {
    Slot* const slot = obtain(attempt);
    Hold* const hold = slot ? &start(*slot, attempt, std::move(shared_hold)) : nullptr;
    settle(hold);
    return hold;
  } catch (...) {
    settle(nullptr);
    throw;
  }
}

// An acquire has its hold, or none. What detach_all has taken away and forgotten meanwhile stays so.
void Pool::settle_awaited(OwnerRecord& record, Thread& self, const Hold& awaited, Hold* hold) noexcept {
  const OwnerSection section(record, self);
  if (hold)
    record.holdings.replace(awaited, *hold);
  else
    record.holdings.remove(awaited);
}

// More than ever are lent only when a slot is lent for the first time; or when one that was neither lent nor
// idle then, so that more slots than leases at once are known, is lent again.
bool Pool::may_be_peak(const Slot& taken) const noexcept {
  const std::size_t lent = lent_slots_.load(std::memory_order_relaxed);
  return taken.index >= lent || peak_active_.load(std::memory_order_relaxed) < lent;
}

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

// A usable resource in a slot that is ours, whatever can be had by the deadline.
Slot* Pool::obtain(Attempt& attempt) {
  for (Claim claimed;;) {
    if (!claimed.slot) claimed = claim(attempt);
    if (!claimed.slot || claimed.ready) return claimed.slot;
    PreparationKind kind = PreparationKind::create;
    if (!claimed.create) {
      const Use use = judge(*claimed.slot, clock().now());
      if (use == Use::ready) return claimed.slot;
      kind = use == Use::check ? PreparationKind::check : PreparationKind::replace;
    }
    claimed = prepare(attempt, *claimed.slot, kind);
    if (!claimed.slot) attempt.again = true;
  }
}

Hold& Pool::start(Slot& slot, Attempt& attempt, std::unique_ptr<SharedHold> shared_hold) noexcept {
  const Clock::time_point now = clock().now();
  if (setup_.metrics) counters_.wait.record(now - attempt.since);
  Thread& self = current_thread();
  OwnerRecord& owner = *attempt.owner.record();
  Fences::note_time(self, now);
  if (!shared_) {
    note_grant(slot);
    slot.granted = now;
    slot.noted |= Hold::timed;
    if (may_be_peak(slot)) count_peak(slot);
    add_alone(slot.grants);
    start(slot, self, owner, attempt.site);
    return slot;
  }
  SharedHold& hold = *shared_hold.release();
  hold.pool = this;
  hold.slot = &slot;
  hold.live = slot.live;
  hold.granted = now;
  hold.noted |= Hold::timed;
  const std::lock_guard lock(mutex_);
  hold.next = slot.holds;
  if (hold.next) hold.next->previous = &hold;
  slot.holds = &hold;
  raise_peak(++shared_holds_);
  hold.fence = slot.fence;  // so that the numbers of one resource grow
  note_grant(slot);
  slot.grants.fetch_add(1, std::memory_order_relaxed);
  start(hold, self, owner, attempt.site);
  slot.fence = hold.fence;
  return hold;
}

// Waits until the other acquire of this owner has its resource or failed; false if it may not.
bool Pool::follow(Attempt& attempt) {
  const auto waiter = make_waiter(attempt);
  {
    QueueLock lock(mutex_, clock());
    if (closed()) {
      lock.unlock();
      throw_closed(attempt.owner);
    }
    if (attempt.ticket == 0) attempt.ticket = ++tickets_;
    if (!attempt.may_wait) {
      if (!attempt.explain) return false;
      attempt.situation = look();
      lock.unlock();
      throw_exhausted(errc::acquire_timeout, attempt);
    }
    if (too_many_wait()) {
      attempt.situation = look();
      lock.unlock();
      throw_exhausted(errc::acquire_exhausted, attempt);
    }
    enqueue(followers_, *waiter, lock);
    following_.fetch_add(1);
  }
  // The other may have ended before this one could be seen.
  bool pending = false;
  {
    OwnerRecord& record = *attempt.owner.record();
    const OwnerSection section(record, current_thread());
    pending = record.holdings.awaited(*this) != nullptr;
  }
  if (!pending) settle_followers(attempt.owner);
  const Waiter::State state = await(*waiter, attempt);
  following_.fetch_sub(1);
  if (state != Waiter::State::retry) throw_outcome(*waiter, state, attempt);
  return true;
}

// After a section in which an awaited hold was settled. A follower counts itself before the section in which
// it looks at the holds: if that came first it is seen here, else it has seen that one settled.
void Pool::settle_followers(const OwnerId& owner) noexcept {
  if (following_.load() == 0) return;
  QueueLock lock(mutex_, clock());
  for (auto next = followers_.begin(); next != followers_.end();) {
    Waiter& waiter = *next++;
    if (!(waiter.owner == owner) || waiter.late(lock.now())) continue;
    dequeue(waiter, Waiter::State::retry, lock);
    lock.wake(waiter);
  }
}

}  // namespace leasehold::detail
