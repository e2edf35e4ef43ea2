#include <algorithm>
#include <array>

#include "owner/record.hpp"
#include "pool/attempt.hpp"

namespace leasehold::detail {

namespace {

// Where this thread last had a slot, by pool: an uncontended acquire finds it with one compare-and-swap.
struct Hint {
  std::uint64_t pool = 0;
  std::size_t slot = 0;
};
thread_local std::array<Hint, 8> hints;

// Room for one more without an exception later.
void make_room(std::vector<OwnerEntry>& entries) {
  if (entries.size() == entries.capacity()) entries.reserve(std::max<std::size_t>(4, entries.size() * 2));
}

}  // namespace

Lease Pool::acquire(const OwnerId& owner, Clock::time_point deadline, bool may_wait, std::stop_token stop,
                    CallSite site) {
  if (forked()) throw_forked();
  if (!owner)
    throw_error(errc::config_value, "acquiring '" + name() + "' needs an owner",
                {.resource = name(), .hint = "pass a non-empty owner id such as 'orders/store#42'"});
  Attempt attempt;
  attempt.owner = owner;
  attempt.since = clock().now();
  attempt.deadline = deadline;
  attempt.may_wait = may_wait;
  attempt.stop = std::move(stop);
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
  OwnerRecord& record = *attempt.owner.record();
  auto shared_hold = shared_ ? std::make_unique<Hold>() : nullptr;
  Slot* taken = nullptr;

  for (bool pending = true; pending;) {
    pending = false;
    {
      const std::lock_guard lock(record.mutex);
      make_room(record.entries);
      for (const OwnerEntry& entry : record.entries) {
        if (entry.pool != this) continue;
        if (!entry.hold) {
          pending = true;
        } else if (entry.hold->share(entry.hold->thread == this_thread() ? 0 : Hold::foreign)) {
          counters_.acquisitions.add();
          counters_.wait.record(Duration::zero());
          return Hold::lease(entry.hold);
        }
      }
      if (!pending) {
        if (!shared_ && !(gate_.load() & (gate_closed | gate_suspended))) taken = take_idle();
        if (taken && judge(*taken->live, attempt.since) == Use::ready) {
          Hold* const hold = start(*taken, attempt, attempt.since, nullptr);
          record.entries.push_back({this, hold});
          return Hold::lease(hold);
        }
        record.entries.push_back({this, nullptr});
      }
    }
    if (pending) follow(attempt);
  }

  const auto settle = [&](Hold* hold) {
    {
      const std::lock_guard lock(record.mutex);
      const auto entry = std::find_if(record.entries.begin(), record.entries.end(),
                                      [this](const OwnerEntry& e) { return e.pool == this && !e.hold; });
      if (hold)
        entry->hold = hold;
      else
        record.entries.erase(entry);
    }
    settle_followers(attempt.owner);
  };
  try {
    Slot& slot = obtain(attempt, taken);
    Hold* const hold = start(slot, attempt, clock().now(), std::move(shared_hold));
    settle(hold);
    return Hold::lease(hold);
  } catch (...) {
    settle(nullptr);
    throw;
  }
}

// An idle slot, made busy. Looks at the hint first, then at all.
Slot* Pool::take_idle() noexcept {
  Hint& hint = hints[id_ % hints.size()];
  const std::size_t count = slots_.size();
  const std::size_t first = hint.pool == id_ && hint.slot < count ? hint.slot : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = first + i < count ? first + i : first + i - count;
    if (!slots_[index].take_idle()) continue;
    hint = {id_, index};
    return &slots_[index];
  }
  return nullptr;
}

Pool::Use Pool::judge(const Live& live, Clock::time_point now) const noexcept {
  const std::uint64_t max_uses = max_uses_.load(std::memory_order_relaxed);
  if (live.doomed.load(std::memory_order_relaxed) ||
      live.generation != generation_.load(std::memory_order_relaxed) || now >= live.expires ||
      (max_uses != 0 && live.uses.load(std::memory_order_relaxed) >= max_uses))
    return Use::retire;
  return now - live.checked >= validate_after_.load(std::memory_order_relaxed) ? Use::check : Use::ready;
}

// A usable resource in a slot that is ours: `taken` if it is good, else whatever can be had by the deadline.
Slot& Pool::obtain(Attempt& attempt, Slot* taken) {
  for (;;) {
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

Hold* Pool::start(Slot& slot, const Attempt& attempt, Clock::time_point now,
                  std::unique_ptr<Hold> shared_hold) noexcept {
  Hold& hold = shared_ ? *shared_hold.release() : *slot.hold;
  hold.pool = shared_from_this();
  hold.slot = &slot;
  hold.live = slot.live;
  hold.owner = attempt.owner;
  hold.thread.store(this_thread(), std::memory_order_relaxed);
  hold.site = attempt.site;
  hold.granted = now;
  hold.fence = setup_.fence->fetch_add(1, std::memory_order_relaxed) + 1;
  hold.leak_reported = false;
  if (shared_) {
    const std::lock_guard lock(mutex_);
    hold.next = slot.holds;
    if (hold.next) hold.next->previous = &hold;
    slot.holds = &hold;
  }
  ++holds_of_this_thread();
  if (hold.live->uses.fetch_add(1, std::memory_order_relaxed) > 0) counters_.reused.add();
  counters_.acquisitions.add();
  if (setup_.metrics) counters_.wait.record(now - attempt.since);
  const std::size_t active = active_.fetch_add(1) + 1;
  std::size_t peak = peak_active_.load(std::memory_order_relaxed);
  while (active > peak && !peak_active_.compare_exchange_weak(peak, active, std::memory_order_relaxed)) {
  }
  hold.word.store(1, std::memory_order_release);
  return &hold;
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
    const std::lock_guard lock(record.mutex);
    for (const OwnerEntry& entry : record.entries) pending = pending || (entry.pool == this && !entry.hold);
  }
  if (!pending) settle_followers(attempt.owner);
  const Waiter::State state = await(waiter, attempt);
  following_.fetch_sub(1);
  if (state != Waiter::State::retry) throw_outcome(*waiter, state, attempt);
}

void Pool::settle_followers(const OwnerId& owner) noexcept {
  if (following_.load() == 0) return;
  Wakes wakes(clock());
  {
    const std::lock_guard lock(mutex_);
    for (auto next = followers_.begin(); next != followers_.end();) {
      const std::shared_ptr<Waiter> waiter = *next++;
      if (!(waiter->owner == owner)) continue;
      dequeue(waiter, Waiter::State::retry);
      wakes.add(waiter);
    }
  }
  wakes.fire();
}

}  // namespace leasehold::detail
