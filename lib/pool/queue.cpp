// The queue of a pool. The invariant, whenever the lock is free and the pool is neither suspended nor closed:
// while somebody waits, nothing idle is overlooked for long and no capacity is unused. Whatever frees a slot,
// capacity or a place among the creators ends in dispatch() or offer().

#include <algorithm>

#include "owner/record.hpp"
#include "pool/attempt.hpp"

namespace leasehold::detail {

// A slot to use or to fill: at once, or after waiting in the queue.
Pool::Claim Pool::claim(Attempt& attempt) {
  const auto waiter = make_waiter(attempt);
  QueueLock lock(mutex_, clock());
  if (closed()) {
    lock.unlock();
    throw_closed(attempt.owner);
  }
  if (attempt.ticket == 0) attempt.ticket = ++tickets_;
  waiter->ticket = attempt.ticket;
  if (attempt.again && waiter->late(lock.now())) {
    attempt.situation = look();
    lock.unlock();
    throw_outcome(*waiter,
                  attempt.stop.stop_requested() ? Waiter::State::cancelled : Waiter::State::timed_out,
                  attempt);
  }
  if (const Claim now = claim_now(attempt, lock); now.slot) return now;
  const bool full = !attempt.again && too_many_wait();
  if (!attempt.may_wait || full || lock.now() >= attempt.deadline) {
    if (!attempt.explain) return {};
    attempt.situation = look();
    lock.unlock();
    throw_exhausted(attempt.may_wait && full ? errc::acquire_exhausted : errc::acquire_timeout, attempt);
  }
  enqueue(queue_, *waiter, lock);
  dispatch(lock);  // a return that did not see the gate yet has left its slot idle
  lock.unlock();

  const Waiter::State state = await(*waiter, attempt);
  if (state != Waiter::State::granted) throw_outcome(*waiter, state, attempt);
  return {waiter->slot, waiter->create, waiter->ready};
}

// Newcomers may take what is idle until the oldest waiter has waited too long; new capacity is for the queue.
Pool::Claim Pool::claim_now(const Attempt& attempt, QueueLock& lock) noexcept {
  if (suspended()) return {};
  if (shared_) write_off(lock);
  const bool first = queue_.empty() || attempt.ticket < queue_.front().ticket;
  if (first || !starving(queue_.front(), lock))
    if (const Claim idle = take_for_grant(lock); idle.slot) return idle;
  const auto next =
      std::find_if(queue_.begin(), queue_.end(), [](const Waiter& one) { return !one.attended; });
  if ((next == queue_.end() || attempt.ticket < next->ticket) && may_create(lock))
    if (Slot* const empty = take_empty()) return {empty, true, false};
  return {};
}

bool Pool::too_many_wait() const noexcept {
  return config_.max_waiters && unattended() + followers_.size() >= *config_.max_waiters;
}

Pool::Claim Pool::take_for_grant(QueueLock& lock) noexcept {
  if (!shared_) return {find_idle(nullptr), false, false};
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (!slot.live) continue;
    const Use use = judge(slot, lock.now());
    if (slot.users > 0) {
      if (use == Use::retire || slot.written_off) continue;
      ++slot.users;
      return {&slot, false, true};
    }
    if (!slot.take_idle()) continue;
    if (use != Use::ready) return {&slot, false, false};
    slot.users = 1;
    return {&slot, false, true};
  }
  return {};
}

bool Pool::may_create(QueueLock& lock) const noexcept {
  if (live_.load() >= config_.max_size || creating_ >= config_.creation_concurrency) return false;
  if (!shared_) return true;
  if (creating_ > 0) return false;  // that one will do for all
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    if (!slot.live || slot.written_off) continue;
    if (judge(slot, lock.now()) != Use::retire) return false;
  }
  return true;
}

void Pool::make_empty(Slot& slot) noexcept {
  slot.word.store(Hold::empty);
  first_empty_ = std::min<std::size_t>(first_empty_, slot.index);
}

Slot* Pool::find_empty() noexcept {
  for (; first_empty_ < slots_.size(); ++first_empty_)
    if (slots_[first_empty_].word.load(std::memory_order_relaxed) == Hold::empty)
      return &slots_[first_empty_];
  try {
    return &slots_.grow(*this);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

Slot* Pool::take_empty() noexcept {
  Slot* const found = find_empty();
  if (!found) return nullptr;
  found->word.store(Hold::busy);
  live_.fetch_add(1);
  ++creating_;
  return found;
}

bool Pool::starving(const Waiter& waiter, QueueLock& lock) const noexcept {
  return config_.fairness <= Duration::zero() || lock.now() - waiter.since >= config_.fairness;
}

std::shared_ptr<Waiter> Pool::make_waiter(const Attempt& attempt) const {
  auto waiter = std::make_shared<Waiter>();
  waiter->owner = attempt.owner;
  waiter->since = attempt.since;
  waiter->ticket = attempt.ticket;
  waiter->deadline = attempt.deadline;
  waiter->stop = attempt.stop;
  waiter->may_wait = attempt.may_wait;
  waiter->thread = this_thread();
  return waiter;
}

// The gate tells those who do not take the lock what is going on in the queue. A return leaves its slot idle
// and then looks at the gate, without a barrier: whoever puts up the first sign makes every thread pass one.
// As many are woken as could find something idle: each needs its time to run, in which others return.
void Pool::mind_gate(QueueLock& lock) noexcept {
  std::uint32_t signs = 0;
  if (!queue_.empty()) signs |= gate_waiters;
  if (!queue_.empty() && starving(queue_.front(), lock)) signs |= gate_starving;
  if (woken_ > 0 && woken_ >= std::min(queue_.size(), config_.max_size)) signs |= gate_woken;
  const std::uint32_t before = gate_.load(std::memory_order_relaxed);
  const std::uint32_t now = (before & ~(gate_waiters | gate_starving | gate_woken)) | signs;
  if (now == before) return;
  gate_.store(now);
  full_barrier();
  if ((now & gate_waiters) && !(before & gate_waiters)) heavy_barrier();
}

// In order of arrival: one that comes back after its resource proved unusable has its old place.
void Pool::enqueue(Waiter::List& list, Waiter& waiter, QueueLock& lock) noexcept {
  auto place = list.end();
  while (place != list.begin() && std::prev(place)->ticket > waiter.ticket) --place;
  list.insert(place, waiter);
  waiter.home = &list;
  if (waiter.attended) ++attended_;
  if (&list == &queue_) mind_gate(lock);
}

void Pool::dequeue(Waiter& waiter, Waiter::State state, QueueLock& lock) noexcept {
  waiter.state = state;
  waiter.owner = OwnerId();  // whoever still has the waiter must not keep the owner
  waiter.home->erase(waiter.home->iterator_to(waiter));
  if (std::exchange(waiter.woken, false)) --woken_;
  if (std::exchange(waiter.attended, false)) --attended_;
  if (std::exchange(waiter.home, nullptr) == &queue_) mind_gate(lock);
}

void Pool::serve(Waiter& waiter, const Claim& claimed, QueueLock& lock) noexcept {
  waiter.slot = claimed.slot;
  waiter.create = claimed.create;
  waiter.ready = claimed.ready;
  dequeue(waiter, Waiter::State::granted, lock);
}

// The oldest that may be served, or of those for whom the provider is not at work. Who is late leaves by
// itself as soon as it wakes.
Waiter* Pool::first_in_time(QueueLock& lock, bool unattended) noexcept {
  for (Waiter& waiter : queue_)
    if (!(unattended && waiter.attended) && !waiter.late(lock.now())) return &waiter;
  return nullptr;
}

void Pool::dispatch(QueueLock& lock) noexcept {
  if (shared_) write_off(lock);
  while (!(gate_.load() & (gate_closed | gate_suspended))) {
    Waiter* first = first_in_time(lock);
    if (!first) return;
    Claim next = take_for_grant(lock);
    if (!next.slot && (first = first_in_time(lock, true)) && may_create(lock))
      next = {take_empty(), true, false};
    if (!next.slot) return;
    serve(*first, next, lock);
    lock.wake(*first);
  }
}

// A busy slot with a usable resource goes to the first in the queue if that has waited long enough; else it
// is idle, and somebody in the queue is told to try for it. False if the pool has shrunk: it has to go, and
// is counted with those that do.
bool Pool::offer(Slot& slot, QueueLock& lock) noexcept {
  if (oversized()) {
    ++excess_;
    return false;
  }
  const bool serving = !(gate_.load() & (gate_closed | gate_suspended));
  Waiter* const first = !shared_ && serving ? first_in_time(lock) : nullptr;
  if (first && starving(*first, lock)) {
    const bool relied_on = first->woken;
    serve(*first, {&slot, false, false}, lock);
    lock.wake(*first);
    if (relied_on) dispatch(lock);  // what is idle was left to it, which has no need of it any more
    return true;
  }
  slot.word.store(Hold::idle);
  if (serving && shared_) dispatch(lock);
  if (!first) return true;
  for (Waiter& waiter : queue_) {
    if (waiter.woken || waiter.late(lock.now())) continue;
    waiter.woken = true;
    ++woken_;
    mind_gate(lock);
    lock.wake(waiter);
    break;
  }
  return true;
}

// What a return does beside leaving its slot idle; `returning` is not idle yet. Ends the visit if the pool is
// closing, because what is idle then goes.
void Pool::help(Thread& self, Slot* returning) noexcept {
  bool excess = false;
  {
    QueueLock lock(mutex_, clock());
    if (returning)
      excess = !offer(*returning, lock);
    else
      dispatch(lock);
  }
  if (!excess && !closed()) return;
  const std::shared_ptr<Pool> kept = shared_from_this();
  Visit::end(self);
  if (excess) retire(*returning, true);
  if (!closed()) return;
  retire_idle([](const Slot&) { return true; });
  notify_drain();
  leave();
}

void Pool::free_slot(Slot& slot, bool excess) noexcept {
  {
    QueueLock lock(mutex_, clock());
    slot.live = nullptr;
    make_empty(slot);
    live_.fetch_sub(1);
    if (excess) --excess_;
    dispatch(lock);
  }
  notify_drain();
}

}  // namespace leasehold::detail
