#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "owner/record.hpp"
#include "pool/attempt.hpp"

// How holds end: with their last lease, or taken away by name.

namespace leasehold::detail {

void Pool::end_shared(SharedHold& hold) noexcept {
  const std::shared_ptr<Pool> pool = shared_from_this();
  finish_hold(current_thread(), hold, clock().coarse_now());
  Slot& slot = *hold.slot;
  {
    const std::lock_guard lock(mutex_);
    unlink(hold);
  }
  delete &hold;
  leave_shared(slot);
  leave();
}

// The last user of what was taken away lets go.
void Pool::end_taken(Hold& hold) noexcept {
  const std::shared_ptr<Pool> pool = shared_from_this();
  const bool was_revoked = (hold.word.load() & Hold::revoked) != 0;
  OwnerRecord& owner = *hold.owner;
  Slot& slot = slot_of(hold);
  if (was_revoked && !shared_) dispose(take_live(slot));
  if (was_revoked && shared_) leave_shared(slot, true);
  {
    const std::lock_guard lock(mutex_);
    if (was_revoked) --revoked_in_use_;
    --tombstones_;
    if (!shared_) make_empty(slot);
  }
  if (shared_) delete static_cast<SharedHold*>(&hold);
  let_go(owner);
  leave();
}

void Pool::unlink(SharedHold& hold) noexcept {
  if (hold.next) hold.next->previous = hold.previous;
  (hold.previous ? hold.previous->next : hold.slot->holds) = hold.next;
  hold.next = hold.previous = nullptr;
  --shared_holds_;
}

// One user less of a shared resource; with the last one it is idle, or disposed of.
void Pool::leave_shared(Slot& slot, bool was_revoked) noexcept {
  bool gone = false;
  bool excess = false;
  bool written_off = false;
  {
    QueueLock lock(mutex_, clock());
    if (was_revoked) --slot.revoked_users;
    if (--slot.users == 0) {
      written_off = std::exchange(slot.written_off, false);
      gone = closed() || written_off || judge(slot, lock.now()) == Use::retire;
      if (!gone) {
        slot.live->returned = lock.now();
        gone = excess = !offer(slot, lock);
      }
    } else if (slot.users == slot.revoked_users) {
      dispatch(lock);
    }
  }
  if (gone && written_off) {
    dispose(take_live(slot));
    const std::lock_guard lock(mutex_);
    make_empty(slot);
  } else if (gone) {
    retire(slot, excess);
  }
  notify_drain();
}

// What is to be retired and has but revoked users frees its capacity at once, as an exclusive one does.
void Pool::write_off(QueueLock& lock) noexcept {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.users == 0 || slot.users != slot.revoked_users || slot.written_off) continue;
    if (judge(slot, lock.now()) != Use::retire) continue;
    slot.written_off = true;
    live_.fetch_sub(1);
  }
}

// Busy: in the hands of somebody who makes it, checks it, resets it or disposes of it. What was taken away
// does not count.
Pool::Rest Pool::rest() const noexcept {
  Rest most = preparing_ > 0 || shared_holds_ > 0 ? Rest::busy : Rest::nothing;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    for (const SharedHold* hold = slots_[i].holds; hold; hold = hold->next)
      if (hold->word.load() & Hold::all_references) return Rest::lent;
    const Hold::Word word = slots_[i].word.load();
    if ((word & (Hold::empty | Hold::taken_away)) || slots_[i].users > 0) continue;
    if (word & Hold::all_references) return Rest::lent;
    most = std::max(most, word & Hold::idle ? Rest::idle : Rest::busy);
  }
  return most;
}

// Whether a lease, revoked or not, or somebody at work still looks at a slot.
bool Pool::looked_at() const noexcept {
  if (shared_holds_ > 0 || tombstones_ > 0) return true;
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (!(slots_[i].word.load() & (Hold::idle | Hold::empty))) return true;
  return false;
}

// Call with the pool kept, at the end of what kept it: the last to leave a pool without a handle frees it.
void Pool::leave() noexcept {
  if (!closed()) return;
  std::shared_ptr<Pool> self;
  {
    const std::lock_guard lock(mutex_);
    if (self_ && !looked_at()) self = std::move(self_);
  }
  if (self) quiesce(this);
}

void Pool::abandon(std::shared_ptr<Pool> pool) noexcept {
  const bool was_closed = pool->closed();  // and waited for, as long as somebody wanted to
  pool->begin_close();
  pool->detach_all();
  if (!was_closed) pool->drain({}, pool->clock().deadline_after(std::chrono::seconds(1)));
  {
    const std::lock_guard lock(pool->mutex_);
    pool->self_ = pool;
  }
  pool->leave();
  quiesce(pool.get());
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
};
}  // namespace

std::size_t Pool::take_back(OwnerRecord& record, const Pool* only, const void* manager) {
  boost::container::small_vector<Taken, 4> taken;  // allocated before anything is taken
  {
    const OwnerSection section(record, current_thread());
    taken.reserve(record.holdings.size());
    for (Hold *hold = record.holdings.latest(), *next = nullptr; hold; hold = next) {
      next = hold->older;
      if (only ? hold->pool != only : hold->pool->setup_.manager != manager) continue;
      const Hold::Word how = hold->take_away(this_thread());
      if (how == 0) continue;
      taken.push_back({hold, how});
      keep(record);
      record.holdings.remove(*hold);
    }
  }
  for (const Taken& one : taken) {
    one.hold->pool->take_slot(*one.hold, one.how);
    drop(one.hold);
  }
  return taken.size();
}

// Separates the resource from a hold that was taken away; the hold and its slot stay until its leases end.
void Pool::take_slot(Hold& hold, Hold::Word how) noexcept {
  finish_hold(current_thread(), hold, clock().coarse_now());
  Live* back = nullptr;
  std::uint64_t uses = 0;
  {
    QueueLock lock(mutex_, clock());
    ++tombstones_;
    if (how == Hold::revoked) {
      counters_.revoked.add();
      ++revoked_in_use_;
    }
    if (shared_) {
      unlink(static_cast<SharedHold&>(hold));
      if (how == Hold::revoked) ++slot_of(hold).revoked_users;
      dispatch(lock);
    } else if (how == Hold::revoked) {
      live_.fetch_sub(1);
      dispatch(lock);
    } else {
      uses = slot_of(hold).uses();
      back = std::exchange(slot_of(hold).live, nullptr);
    }
  }
  if (back) return_live(back, uses, hold.fence);
  if (shared_ && how == Hold::returned) leave_shared(slot_of(hold));
  notify_drain();
}

// A resource goes back without the slot that it had, which its lease still looks at.
void Pool::return_live(Live* live, std::uint64_t uses, std::uint64_t fence) noexcept {
  Slot* fresh = nullptr;
  {
    const std::lock_guard lock(mutex_);
    fresh = find_empty();
    if (fresh) {
      fresh->put(*live, uses);
      fresh->fence = std::max(fresh->fence, fence);  // the next grant's number is above this one's
      fresh->word.store(Hold::busy);
      spare_.store(fresh->index, std::memory_order_relaxed);
    } else {
      live_.fetch_sub(1);
    }
  }
  if (fresh) return return_slot(current_thread(), *fresh, clock().coarse_now());
  dispose(live);  // no memory for one more slot
}

// One after the other, without an allocation: what is taken away is not found again.
void Pool::detach_all() noexcept {
  for (;;) {
    Hold* hold = nullptr;
    {
      const std::lock_guard lock(mutex_);
      const Looking looking(gate_);
      const auto take = [&](Hold& one) {
        if (!hold && one.take_away(0) != 0) hold = &one;  // no thread's number: always revoked
      };
      for (std::size_t i = 0; i < slots_.size() && !hold; ++i) {
        if (!shared_) take(slots_[i]);
        for (SharedHold* one = slots_[i].holds; one && !hold; one = one->next) take(*one);
      }
    }
    if (!hold) return;
    {
      OwnerRecord& owner = *hold->owner;
      const OwnerSection section(owner, current_thread());
      keep(owner);
      owner.orphan = false;
      // If it has just been granted, the awaited one is still in its place.
      if (!owner.holdings.remove(*hold))
        if (const Hold* const awaited = owner.holdings.awaited(*this)) owner.holdings.remove(*awaited);
    }
    take_slot(*hold, Hold::revoked);
    drop(hold);
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
  const OwnerSection section(record, current_thread());
  for (const Hold* hold = record.holdings.latest(); hold; hold = hold->older) {
    const Hold::Word word = hold->word.load();
    if (hold->pool == this && (word & Hold::all_references) != 0 && !(word & Hold::taken_away)) return true;
  }
  return false;
}

}  // namespace leasehold::detail
