#include <algorithm>

#include "owner/record.hpp"
#include "pool/attempt.hpp"

// How holds end: with their last lease, or taken away by name.

namespace leasehold::detail {

void Pool::drop(Hold* hold, Hold::Word also) noexcept {
  if (forked(hold)) return;
  const Hold::Word before = hold->drop(also);
  if ((before & Hold::all_references) > 1) return;
  const std::shared_ptr<Pool> pool = std::move(hold->pool);  // for as long as this takes
  if (before & Hold::taken_away)
    pool->end_taken(*hold);
  else
    pool->end(*hold);
}

bool Pool::forked(const Hold* hold) noexcept {
  return hold->pool->forked();
}

void Pool::end(Hold& hold) noexcept {
  forget(hold.owner, &hold);
  finish_hold(hold);
  Slot& slot = *hold.slot;
  if (!shared_) {
    const OwnerId gone = std::move(hold.owner);
    hold.live = nullptr;
    return return_slot(slot);
  }
  {
    const std::lock_guard lock(mutex_);
    unlink(hold);
  }
  delete &hold;
  active_.fetch_sub(1);
  leave_shared(slot);
}

// The last user of what was taken away lets go.
void Pool::end_taken(Hold& hold) noexcept {
  const bool was_revoked = (hold.word.load() & Hold::revoked) != 0;
  if (hold.owns_live) dispose(hold.live);
  if (was_revoked && shared_) leave_shared(*hold.slot);
  if (was_revoked) revoked_in_use_.fetch_sub(1);
  delete &hold;
}

// An exclusive resource comes back from its owner.
void Pool::return_slot(Slot& slot) noexcept {
  const Clock::time_point now = clock().coarse_now();
  Live& live = *slot.live;
  bool excess = false;
  bool keep = !closed() && judge(live, now) != Use::retire;
  if (keep && live_.load(std::memory_order_relaxed) > max_size_.load(std::memory_order_relaxed)) {
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
  if (keep) {
    live.returned = live.checked = now;
    active_.fetch_sub(1);
    give_back(slot);
  } else {
    dispose(take_live(slot));
    active_.fetch_sub(1);
    free_slot(slot, excess);
  }
  notify_drain();
}

void Pool::unlink(Hold& hold) noexcept {
  if (hold.next) hold.next->previous = hold.previous;
  (hold.previous ? hold.previous->next : hold.slot->holds) = hold.next;
  hold.next = hold.previous = nullptr;
}

// One user less of a shared resource; with the last one it is idle, or disposed of.
void Pool::leave_shared(Slot& slot) noexcept {
  bool gone = false;
  Wakes wakes(clock());
  {
    const std::lock_guard lock(mutex_);
    if (--slot.users == 0) {
      const Clock::time_point now = clock().now();
      gone = closed() || judge(*slot.live, now) == Use::retire;
      if (!gone) {
        slot.live->returned = slot.live->checked = now;
        offer(slot, wakes);
      }
    }
  }
  wakes.fire();
  if (gone) retire(slot);
  notify_drain();
}

void Pool::forget(const OwnerId& owner, const Hold* hold) noexcept {
  OwnerRecord& record = *owner.record();
  const std::lock_guard lock(record.mutex);
  std::erase_if(record.entries, [hold](const OwnerEntry& entry) { return entry.hold == hold; });
}

void Pool::finish_hold(const Hold& hold) noexcept {
  if (setup_.metrics) counters_.hold.record(clock().now() - hold.granted);
  if (hold.thread == this_thread() && holds_of_this_thread() > 0) --holds_of_this_thread();
}

void Pool::notify_drain() noexcept {
  if (!closed()) return;
  drained_.fetch_add(1);
  clock().unpark(drained_, 1 << 30);
}

// --- By name
// ------------------------------------------------------------------------------------------------

namespace {
struct Taken {
  Hold* hold = nullptr;
  Hold::Word how = 0;
  std::unique_ptr<Hold> spare;  // for the slot
};

// All that is allocated, before anything is taken.
std::vector<Taken> make_spares(std::size_t count) {
  std::vector<Taken> taken(count);
  for (Taken& one : taken) one.spare = std::make_unique<Hold>();
  return taken;
}
}  // namespace

std::size_t Pool::take_back(OwnerRecord& record, const Pool* only, const void* manager) {
  std::vector<Taken> taken;
  std::size_t count = 0;
  {
    const std::lock_guard lock(record.mutex);
    taken = make_spares(record.entries.size());
    for (std::size_t i = record.entries.size(); i-- > 0;) {  // the last acquired first
      const OwnerEntry entry = record.entries[i];
      if (!entry.hold || (only ? entry.pool != only : entry.pool->setup_.manager != manager)) continue;
      const Hold::Word how = entry.hold->take_away(this_thread());
      if (how == 0) continue;
      taken[count].hold = entry.hold;
      taken[count++].how = how;
      record.entries.erase(record.entries.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    Hold& hold = *taken[i].hold;
    hold.pool->take_slot(hold, taken[i].how, std::move(taken[i].spare));
    drop(&hold);
  }
  return count;
}

// Separates the slot from a hold that was taken away; the hold lives on until its leases end.
void Pool::take_slot(Hold& hold, Hold::Word how, std::unique_ptr<Hold> spare) noexcept {
  finish_hold(hold);
  Slot& slot = *hold.slot;
  Wakes wakes(clock());
  if (how == Hold::revoked) {
    counters_.revoked.add();
    revoked_in_use_.fetch_add(1);
  }
  if (shared_) {
    {
      const std::lock_guard lock(mutex_);
      unlink(hold);
    }
    active_.fetch_sub(1);
    if (how == Hold::returned) leave_shared(slot);
    return notify_drain();
  }
  {
    const std::lock_guard lock(mutex_);
    slot.hold = spare.release();
    if (how == Hold::revoked) {
      hold.owns_live = true;
      slot.live = nullptr;
      slot.state.store(SlotState::empty);
      live_.fetch_sub(1);
      active_.fetch_sub(1);
      dispatch(wakes);
    }
  }
  wakes.fire();
  if (how == Hold::returned) return_slot(slot);
  notify_drain();
}

void Pool::detach_all() {
  std::vector<Taken> taken;
  std::size_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    std::vector<Hold*> all;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].hold) all.push_back(slots_[i].hold);
      for (Hold* hold = slots_[i].holds; hold; hold = hold->next) all.push_back(hold);
    }
    taken = make_spares(all.size());
    for (Hold* hold : all) {
      const Hold::Word how = hold->take_away(0);  // no thread's number: always revoked
      if (how == 0) continue;
      taken[count].hold = hold;
      taken[count++].how = how;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    Hold& hold = *taken[i].hold;
    forget(hold.owner, &hold);
    take_slot(hold, taken[i].how, std::move(taken[i].spare));
    drop(&hold);
  }
}

bool Pool::release(const OwnerId& owner) {
  if (forked()) throw_forked();
  return owner && take_back(*owner.record(), this, nullptr) > 0;
}

std::size_t release_all(const OwnerId& owner, const void* manager) {
  return owner ? Pool::take_back(*owner.record(), nullptr, manager) : 0;
}

bool Pool::holds(const OwnerId& owner) const {
  if (forked() || !owner) return false;
  OwnerRecord& record = *owner.record();
  const std::lock_guard lock(record.mutex);
  return std::any_of(record.entries.begin(), record.entries.end(), [this](const OwnerEntry& entry) {
    return entry.pool == this && entry.hold && (entry.hold->word.load() & Hold::all_references) != 0 &&
           !(entry.hold->word.load() & Hold::taken_away);
  });
}

}  // namespace leasehold::detail
