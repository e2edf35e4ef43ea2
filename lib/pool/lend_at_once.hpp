#pragma once

// Lending in the usual case: one compare-and-swap, no lock, no counter that threads share, no allocation. In
// a header for those few who lend, so that it becomes part of them.

#include "owner/record.hpp"
#include "pool/pool.hpp"

namespace leasehold::detail {

// Idle, and neither outdated nor idle for long. False also for one that was checked while it was idle: then
// judge says more.
[[gnu::always_inline]] inline bool Pool::fresh(const Live& live, Clock::time_point now) const noexcept {
  return live.generation == generation_.load(std::memory_order_relaxed) && now < live.expires &&
         now - live.returned < validate_after_.load(std::memory_order_relaxed);
}

// The fields of a hold whose resource is this thread's alone; the last store shows it to the others.
[[gnu::always_inline]] inline void Pool::start(Hold& hold, Thread& self, OwnerRecord& owner,
                                               const CallSite& site) noexcept {
  hold.owner = &owner;
  hold.thread.store(self.id, std::memory_order_relaxed);
  hold.file = site.file;
  hold.line = site.line;
  hold.fence = setup_.fences->grant(self, hold.fence);
  ++self.holds;
  hold.word.store(Hold::one_reference, std::memory_order_release);
}

// An idle slot, made busy: the one that this thread had last, or any.
[[gnu::always_inline]] inline Slot* Pool::take_idle(Thread& self) noexcept {
  Hint& hint = self.hints[number_ % self.hints.size()];
  Slot* const before = hint.slot;
  const bool known = hint.pool == number_;
  if (known && before->take_idle()) [[likely]]
    return before;
  if (forked()) return nullptr;  // the parent's; no thread has a hint of it here
  Slot* const found = find_idle(known ? before : nullptr);
  if (found) hint = {number_, found};
  return found;
}

// Inside the owner's section. `stale` is a slot that was taken and needs a check, to be given back outside.
[[gnu::always_inline]] inline Hold* Pool::lend_inside(Thread& self, OwnerRecord& record, const CallSite& site,
                                                      Clock::time_point now, Slot*& stale) noexcept {
  for (Hold* hold = record.holdings.latest(); hold; hold = hold->older) {
    if (hold->pool != this) continue;
    if (!hold->share(hold->thread == self.id ? 0 : Hold::foreign)) return nullptr;
    counters_.shares.add();
    return hold;
  }
  Slot* const slot = take_idle(self);
  if (!slot) [[unlikely]]
    return nullptr;
  if (!fresh(*slot->live, now)) [[unlikely]] {
    stale = slot;
    return nullptr;
  }
  slot->granted = now;
  if (now != slot->tick) [[unlikely]]
    note_tick(self, *slot, now);
  add_alone(slot->grants);
  start(*slot, self, record, site);
  record.holdings.add(*slot);
  return slot;
}

// Within a visit, or with the pool kept otherwise.
[[gnu::always_inline]] inline Hold* Pool::try_lend(Thread& self, const OwnerId& owner, const CallSite& site,
                                                   Moment& moment) noexcept {
  constexpr std::uint32_t closed_to_newcomers = gate_closed | gate_suspended | gate_starving | gate_shared;
  if ((gate_.load(std::memory_order_acquire) & closed_to_newcomers) || !owner) [[unlikely]]
    return nullptr;
  OwnerRecord& record = *owner.record();
  const Clock::time_point now = coarse_now(moment);
  if (!OwnerSection::begin(record, self)) [[unlikely]]
    return lend_locked(self, record, site, now);
  Slot* stale = nullptr;
  Hold* const hold = lend_inside(self, record, site, now, stale);
  OwnerSection::end(self);
  if (stale) [[unlikely]]
    give_back(self, *stale);
  return hold;
}

template <class Sign>
[[gnu::always_inline]] inline Hold* Pool::try_lend(Thread& self, Pool* pool, const sync::Atomic<Sign>& sign,
                                                   Sign good, const OwnerId& owner, const CallSite& site,
                                                   Moment& moment) noexcept {
  const Visit visit(self, pool);
  if (sign.load(std::memory_order_acquire) != good) [[unlikely]]
    return nullptr;
  return pool->try_lend(self, owner, site, moment);
}

}  // namespace leasehold::detail
