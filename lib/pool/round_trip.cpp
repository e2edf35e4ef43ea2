// The frequent path of a lease: one compare-and-swap to lend a resource (lend_at_once.hpp) and one store to
// return it, no lock, no counter that threads share, no allocation. What is less frequent is in lend.cpp,
// queue.cpp, waiting.cpp and end.cpp.

#include "pool/lend_at_once.hpp"

namespace leasehold::detail {

// Not to be lent any more. What can change only while a resource is in use is looked at when it comes back.
bool Pool::worn(const Slot& slot, Clock::time_point now) const noexcept {
  return slot.live->doomed.load(std::memory_order_relaxed) ||
         slot.live->generation != generation_.load(std::memory_order_relaxed) || now >= slot.live->expires ||
         slot.uses() >= max_uses_.load(std::memory_order_relaxed);
}

Pool::Use Pool::judge(const Slot& slot, Clock::time_point now) const noexcept {
  if (worn(slot, now)) return Use::retire;
  const bool trusted = now - slot.live->trusted() < validate_after_.load(std::memory_order_relaxed);
  return trusted ? Use::ready : Use::check;
}

// The first grants of a slot in each tick of the coarse clock are timed precisely: all of them, unless they
// are short and many.
[[gnu::noinline]] void Pool::note_tick(Thread& self, Slot& slot, Clock::time_point now) noexcept {
  constexpr std::uint16_t enough = 128;
  const auto mark = static_cast<std::uint32_t>(now.time_since_epoch().count() >> 16);
  if (std::exchange(slot.timing, mark) != mark) {
    slot.timings = 0;
    if (may_be_peak(slot)) count_peak(slot);
  }
  if (++slot.timings >= enough || !setup_.metrics) slot.tick = now;
  note_grant(slot);
  Fences::note_time(self, now);
  if (!setup_.metrics) return;
  slot.noted |= Hold::timed;
  slot.granted = clock().now();
  counters_.coarse_lag.note(slot.granted - now);
}

// Before a grant is counted. A resource that was never lent has a slot without a tick.
void Pool::note_grant(Slot& slot) noexcept {
  if (slot.uses() == 0) counters_.first_grants.add();
}

// Any idle slot, made busy: where something came back lately without its slot, else the first
// after `before` that was lent before, else a fresh one. So a slot is lent for the first time only when those
// before it are in use.
[[gnu::noinline]] Slot* Pool::find_idle(const Slot* before) noexcept {
  const std::size_t lent = lent_slots_.load(std::memory_order_relaxed);
  const std::size_t spare = spare_.load(std::memory_order_relaxed);
  if (spare < lent && slots_[spare].take_idle()) return &slots_[spare];
  std::size_t next = before ? before->index : 0;
  for (std::size_t i = 0; i < lent; ++i) {
    if (++next >= lent) next = 0;
    if (slots_[next].take_idle()) return &slots_[next];
  }
  for (std::size_t i = lent; i < slots_.size(); ++i) {
    if (!slots_[i].take_idle()) continue;
    count_peak(slots_[i]);
    return &slots_[i];
  }
  return nullptr;
}

[[gnu::noinline]] Hold* Pool::lend_locked(Thread& self, OwnerRecord& record, const CallSite& site,
                                          Clock::time_point now) noexcept {
  Slot* stale = nullptr;
  Hold* hold = nullptr;
  {
    const OwnerSection section(record, self);
    hold = lend_inside(self, record, site, now, stale);
  }
  if (stale) give_back(self, *stale);
  return hold;
}

// Whether a return has more to do than to leave its slot idle. Waiters that were woken and have not run yet,
// if they are enough, look after the others.
bool Pool::needs_help(std::uint32_t gate) noexcept {
  return (gate & (gate_closed | gate_starving | gate_shared | gate_barred)) != 0 ||
         (gate & (gate_waiters | gate_woken)) == gate_waiters;
}

// A usable resource goes back. The slot is idle before the gate is read, and a waiter shows at the gate
// before it looks for idle slots: one of the two sees the other. The visit shows to whoever sees the slot
// idle.
void Pool::give_back(Thread& self, Slot& slot) noexcept {
  const Visit visit(self, this);
  if (gate_.load(std::memory_order_relaxed) & ~(gate_looking | gate_suspended)) [[unlikely]]
    return give_back_otherwise(self, slot);
  slot.word.store(Hold::idle, std::memory_order_release);
  light_barrier();
  if (gate_.load(std::memory_order_acquire) & ~(gate_looking | gate_suspended)) [[unlikely]]
    help_if_needed(self);
}

[[gnu::noinline]] void Pool::give_back_otherwise(Thread& self, Slot& slot) noexcept {
  if (needs_help(gate_.load(std::memory_order_relaxed))) return help(self, &slot);
  slot.word.store(Hold::idle, std::memory_order_release);
  help_if_needed(self);
}

// After a slot was left idle. The first sign of a waiter comes with a barrier for this thread, the next ones
// do not.
[[gnu::noinline]] void Pool::help_if_needed(Thread& self) noexcept {
  full_barrier();
  if (needs_help(gate_.load(std::memory_order_acquire))) help(self, nullptr);
}

// Inside the owner's section. What comes back is an orphan, to be dropped outside.
OwnerRecord* Pool::forget(OwnerRecord& owner, const Hold* hold) noexcept {
  owner.holdings.remove(*hold);
  return adopt_orphan(owner) ? &owner : nullptr;
}

void Pool::finish_hold(Thread& self, Hold& hold, Clock::time_point now) noexcept {
  if (hold.thread.load(std::memory_order_relaxed) == self.id && self.holds > 0) --self.holds;
  if (!shared_) return count_held(static_cast<Slot&>(hold), now);
  if (setup_.metrics) counters_.hold.record(clock().now() - hold.granted);
}

inline void Pool::count_held(Slot& slot, Clock::time_point now) noexcept {
  if (slot.noted || now > slot.granted) [[unlikely]]
    return count_timed(slot, now);
  add_alone(slot.untimed);
}

[[gnu::noinline]] void Pool::count_timed(Slot& slot, Clock::time_point now) noexcept {
  const bool timed = (std::exchange(slot.noted, Hold::Noted{}) & Hold::timed) != 0;
  if (!setup_.metrics) return;
  if (!timed && now <= slot.granted) return add_alone(slot.untimed);
  if (!timed) {
    const Duration step = steady_ ? coarse_step() : Duration::zero();
    return counters_.hold.record(
        least_between(slot.granted, now, clock().now(), counters_.coarse_lag.least(), step));
  }
  // Whoever reads the recorded ones first and then these counts none of them twice.
  if (const std::uint64_t untimed = slot.untimed.load(std::memory_order_relaxed); untimed > 0) {
    slot.untimed.store(0, std::memory_order_relaxed);
    counters_.recent_holds.spread(
        untimed, [this](Duration each, std::uint64_t times) { counters_.hold.record(each, times); });
  }
  const Duration held = clock().now() - slot.granted;
  counters_.hold.record(held);
  if (now <= slot.granted)
    counters_.recent_holds.note(held);  // those not timed did not last into the next tick
}

// An exclusive resource comes back from its owner.
void Pool::return_slot(Thread& self, Slot& slot, Clock::time_point now) noexcept {
  Live& live = *slot.live;
  if (worn(slot, now)) [[unlikely]]
    return return_worn(slot, false);
  bool keep = false;
  try {
    keep = setup_.provider->reset(live.resource);
  } catch (...) {
  }
  if (!keep) [[unlikely]]
    return return_worn(slot, false);
  if (shrunk_.load(std::memory_order_relaxed)) [[unlikely]]  // perhaps only since the reset began
    if (let_go_excess()) return return_worn(slot, true);
  live.returned = now;
  give_back(self, slot);
}

// Whether the pool has shrunk, so that one that comes back must go; counted with those that do.
bool Pool::let_go_excess() noexcept {
  const std::lock_guard lock(mutex_);
  if (!oversized()) {
    shrunk_.store(false);
    return false;
  }
  ++excess_;
  return true;
}

[[gnu::noinline]] void Pool::return_worn(Slot& slot, bool excess) noexcept {
  const std::shared_ptr<Pool> pool = shared_from_this();
  retire(slot, excess);
  leave();
}

// The usual end of a lease: where it was acquired, with one reference and nobody looking. In a section that
// needs no lock nobody but those who look at the pool's holds can change such a word: share and take_away
// need the section too. The word becomes `busy` in the section, together with the end of the owner's entry,
// so that whoever sees a reference sees a living owner. A busy slot keeps the pool.
[[gnu::always_inline]] inline void Pool::end(Hold* hold, Moment& moment) noexcept {
  Thread& self = current_thread();
  // No other thread's, and so not the parent's of a fork either.
  if (hold->thread.load(std::memory_order_relaxed) != self.id) [[unlikely]]
    return drop(hold);
  Pool& pool = *hold->pool;
  OwnerRecord& owner = *hold->owner;
  if (!OwnerSection::begin(owner, self)) [[unlikely]]
    return drop(hold);
  // The gate before the word: whoever looked until then has left its mark there, whoever begins to look waits
  // for the end of this section.
  if ((pool.gate_.load(std::memory_order_acquire) & (gate_looking | gate_shared)) != 0 ||
      hold->word.load(std::memory_order_acquire) != Hold::one_reference || owner.orphan) [[unlikely]] {
    OwnerSection::end(self);
    return drop(hold);
  }
  hold->word.store(Hold::busy, std::memory_order_release);
  owner.holdings.remove(*hold);
  OwnerSection::end(self);
  Slot& slot = static_cast<Slot&>(*hold);
  const Clock::time_point now = pool.coarse_now(moment);
  --self.holds;
  pool.count_held(slot, now);
  pool.return_slot(self, slot, now);
}

[[gnu::flatten]] void end_lease(Hold* hold) noexcept {
  Moment moment;
  Pool::end(hold, moment);
}
[[gnu::flatten]] void end_lease(Hold* hold, Moment& moment) noexcept {
  Pool::end(hold, moment);
}

// The end of any reference, of which the last ends the hold.
void Pool::drop(Hold* hold, Hold::Word also) noexcept {
  Pool& pool = *hold->pool;
  if (pool.forked()) return;
  Hold::Word before = hold->word.load(std::memory_order_acquire);
  while ((before & Hold::all_references) > 1)
    if (hold->word.compare_exchange_weak(before, before - Hold::one_reference - also,
                                         std::memory_order_acq_rel))
      return;
  Thread& self = current_thread();
  OwnerRecord* orphan = nullptr;
  {
    OwnerRecord& owner = *hold->owner;
    const OwnerSection section(owner, self);
    before = hold->drop(also);
    if ((before & Hold::all_references) > 1) return;
    if (!(before & Hold::taken_away)) orphan = forget(owner, hold);
  }
  if (orphan) let_go(*orphan);
  if (before & Hold::taken_away) return pool.end_taken(*hold);
  if (pool.shared_) return pool.end_shared(static_cast<SharedHold&>(*hold));
  Moment moment;
  const Clock::time_point now = pool.coarse_now(moment);
  pool.finish_hold(self, *hold, now);
  pool.return_slot(self, static_cast<Slot&>(*hold), now);
}

}  // namespace leasehold::detail
