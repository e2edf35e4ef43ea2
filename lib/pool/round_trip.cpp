// The frequent path of a lease: one compare-and-swap to lend a resource and one to return it, no lock, no
// counter that threads share, no allocation. What is less frequent is in lend.cpp, queue.cpp and end.cpp.

#include "owner/record.hpp"
#include "pool/pool.hpp"

namespace leasehold::detail {

Pool::Use Pool::judge(const Live& live, Clock::time_point now) const noexcept {
  const std::uint64_t max_uses = max_uses_.load(std::memory_order_relaxed);
  if (live.doomed.load(std::memory_order_relaxed) ||
      live.generation != generation_.load(std::memory_order_relaxed) || now >= live.expires ||
      (max_uses != 0 && live.uses.load(std::memory_order_relaxed) >= max_uses))
    return Use::retire;
  return now - live.checked >= validate_after_.load(std::memory_order_relaxed) ? Use::check : Use::ready;
}

// The fields of a hold whose resource is this thread's alone; the last store shows it to the others.
void Pool::start(Hold& hold, Slot& slot, Thread& self, OwnerRecord& owner, const CallSite& site,
                 Clock::time_point now) noexcept {
  hold.owner = &owner;
  hold.thread.store(self.id, std::memory_order_relaxed);
  hold.site = site;
  hold.granted = now;
  hold.fence = setup_.fences->grant(self, now, hold.fence);
  hold.leak_reported = false;
  ++self.holds;
  hold.live = slot.live;
  sync::Atomic<std::uint64_t>& uses = hold.live->uses;
  if (uses.load(std::memory_order_relaxed) == 0) [[unlikely]]
    counters_.first_grants.add();
  if (shared_) {
    uses.fetch_add(1, std::memory_order_relaxed);
    slot.grants.fetch_add(1, std::memory_order_relaxed);
  } else {
    add_alone(uses);
    add_alone(slot.grants);
  }
  hold.word.store(Hold::one_reference, std::memory_order_release);
}

// An idle slot, made busy: the one that this thread had last, or any.
inline Slot* Pool::take_idle(Thread& self) noexcept {
  Hint& hint = self.hints[number_ % self.hints.size()];
  const Slot* before = nullptr;
  if (hint.pool == number_) [[likely]] {
    if (hint.slot->take_idle()) [[likely]]
      return hint.slot;
    before = hint.slot;
  }
  Slot* const found = find_idle(before);
  if (found) hint = {number_, found};
  return found;
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

[[gnu::flatten]] Hold* Pool::try_lend(Thread& self, const OwnerId& owner, const CallSite& site,
                                      Slot*& stale) noexcept {
  constexpr std::uint32_t closed_to_newcomers = gate_closed | gate_suspended | gate_starving | gate_shared;
  if ((gate_.load(std::memory_order_acquire) & closed_to_newcomers) || forked() || !owner) [[unlikely]]
    return nullptr;
  OwnerRecord& record = *owner.record();
  const OwnerSection section(record, self);
  for (const OwnerEntry& entry : record.entries) {
    if (entry.pool != this) continue;
    if (!entry.hold || !entry.hold->share(entry.hold->thread == self.id ? 0 : Hold::foreign)) return nullptr;
    counters_.shares.add();
    return entry.hold;
  }
  if (record.entries.size() == record.entries.capacity()) [[unlikely]]
    return nullptr;
  Slot* const slot = take_idle(self);
  if (!slot) [[unlikely]]
    return nullptr;
  const Clock::time_point now = coarse_now();
  if (judge(*slot->live, now) != Use::ready) [[unlikely]] {
    stale = slot;
    return nullptr;
  }
  // The first grant of a slot in each tick of the coarse clock is timed precisely, for all in that tick.
  slot->timed = setup_.metrics && now != slot->tick;
  slot->tick = now;
  start(*slot, *slot, self, record, site, slot->timed ? clock().now() : now);
  record.entries.emplace_back(this, slot);
  return slot;
}

// Whether a return has more to do than to leave its slot idle. A waiter that was woken and has not run yet
// looks after the others.
bool Pool::needs_help(std::uint32_t gate) noexcept {
  return (gate & (gate_closed | gate_starving | gate_shared)) != 0 ||
         (gate & (gate_waiters | gate_woken)) == gate_waiters;
}

// A usable resource goes back. The slot is idle before the gate is read, and a waiter shows at the gate
// before it looks for idle slots: one of the two sees the other.
void Pool::give_back(Thread& self, Slot& slot) noexcept {
  const Visit visit(self, this);
  if (!needs_help(gate_.load(std::memory_order_relaxed))) [[likely]] {
    slot.word.store(Hold::idle, std::memory_order_release);
    light_barrier();
    std::uint32_t gate = gate_.load(std::memory_order_acquire);
    if ((gate & ~gate_looking) == 0) [[likely]]
      return;
    // The first sign comes with a barrier for this thread, the next ones do not.
    full_barrier();
    gate = gate_.load(std::memory_order_acquire);
    if (needs_help(gate)) help(self, nullptr);
  } else {
    help(self, &slot);
  }
}

// Inside the owner's section. What comes back is an orphan, to be dropped outside.
OwnerRecord* Pool::forget(OwnerRecord& owner, const Hold* hold) noexcept {
  auto& entries = owner.entries;
  for (auto entry = entries.end(); entry != entries.begin();) {
    if ((--entry)->hold != hold) continue;
    if (entry + 1 == entries.end())
      entries.pop_back();
    else
      entries.erase(entry);
    break;
  }
  if (!owner.orphan) [[likely]]
    return nullptr;
  return adopt_orphan(owner) ? &owner : nullptr;
}

void Pool::finish_hold(Thread& self, Hold& hold, Clock::time_point now) noexcept {
  if (hold.thread.load(std::memory_order_relaxed) == self.id && self.holds > 0) --self.holds;
  if (!setup_.metrics) return;
  if (shared_) [[unlikely]]
    return counters_.hold.record(clock().now() - hold.granted);
  Slot& slot = slot_of(hold);
  if (hold.timed) [[unlikely]] {
    // Those that were too short for the coarse clock count as long as the last that was timed before them.
    if (const std::uint64_t untimed = slot.untimed.load(std::memory_order_relaxed); untimed > 0) {
      counters_.hold.record(slot.last_timed.load(std::memory_order_relaxed), untimed);
      slot.untimed.store(0, std::memory_order_relaxed);
    }
    const Duration held = clock().now() - hold.granted;
    counters_.hold.record(held);
    slot.last_timed.store(held, std::memory_order_relaxed);
  } else if (now > hold.granted) {
    counters_.hold.record(now - hold.granted);
  } else {
    add_alone(slot.untimed);
  }
}

// An exclusive resource comes back from its owner.
void Pool::return_slot(Thread& self, Slot& slot, Clock::time_point now) noexcept {
  Live& live = *slot.live;
  bool excess = false;
  bool keep = !closed() && judge(live, now) != Use::retire;
  if (keep && live_.load(std::memory_order_relaxed) > max_size_.load(std::memory_order_relaxed))
      [[unlikely]] {
    const std::lock_guard lock(mutex_);
    if (live_.load() - excess_ > config_.max_size) {
      ++excess_;
      excess = true;
      keep = false;
    }
  }
  if (keep) {
    try {
      keep = setup_.provider->reset(live.resource);
    } catch (...) {
      keep = false;
    }
  }
  if (keep) [[likely]] {
    live.returned = live.checked = now;
    give_back(self, slot);
  } else {
    const std::shared_ptr<Pool> pool = shared_from_this();
    dispose(take_live(slot));
    free_slot(slot, excess);
    leave();
  }
}

// In a section that needs no lock nobody but those who look at the pool's holds can change a word with one
// reference: share and take_away need the section too.
Hold::Word Pool::end_reference(Hold& hold, const OwnerSection& section, Hold::Word also) const noexcept {
  // The gate before the word: whoever looked until then has left its mark there, whoever begins to look waits
  // for the end of this section.
  const bool watched = !section.unlocked() || (gate_.load(std::memory_order_acquire) & gate_looking) != 0;
  const Hold::Word now = hold.word.load(std::memory_order_acquire);
  if (watched || (now & ~Hold::foreign) != Hold::one_reference) [[unlikely]]
    return hold.drop(also);
  hold.word.store(Hold::busy, std::memory_order_release);
  return now;
}

// The last reference of a hold ends it: the word becomes `busy` in the owner's section, together with the end
// of the owner's entry, so that whoever sees a reference sees a living owner. A busy slot keeps the pool.
[[gnu::flatten]] void Pool::drop(Hold* hold, Hold::Word also) noexcept {
  Pool& pool = *hold->pool;
  if (pool.forked()) [[unlikely]]
    return;
  Hold::Word before = hold->word.load(std::memory_order_acquire);
  while ((before & Hold::all_references) > 1)
    [[unlikely]] if (hold->word.compare_exchange_weak(before, before - Hold::one_reference - also,
                                                      std::memory_order_acq_rel)) return;
  Thread& self = current_thread();
  OwnerRecord* orphan = nullptr;
  {
    OwnerRecord& owner = *hold->owner;
    const OwnerSection section(owner, self);
    before = pool.end_reference(*hold, section, also);
    if ((before & Hold::all_references) > 1) return;
    if (!(before & Hold::taken_away)) orphan = forget(owner, hold);
  }
  if (orphan) [[unlikely]]
    let_go(*orphan);
  if (before & Hold::taken_away) [[unlikely]]
    return pool.end_taken(*hold);
  if (pool.shared_) [[unlikely]]
    return pool.end_shared(static_cast<SharedHold&>(*hold));
  const Clock::time_point now = pool.coarse_now();
  pool.finish_hold(self, *hold, now);
  pool.return_slot(self, static_cast<Slot&>(*hold), now);
}

}  // namespace leasehold::detail
