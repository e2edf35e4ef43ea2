#include <cxxabi.h>
#include <fmt/format.h>

#include <climits>

#include "pool/attempt.hpp"
#include "pool/error_text.hpp"
#include "pool/park.hpp"
#include "pool/workers.hpp"

// Making and checking run on a worker thread while the caller waits with its deadline: a provider that hangs
// cannot hold up an acquire. What comes too late goes to whoever wants it then.

namespace leasehold::detail {

std::optional<Breaker::Permit> Pool::admit() {
  if (!setup_.breaker) return std::nullopt;
  return setup_.breaker->admit(name());
}

// Makes, checks or disposes of the resource of a busy slot, which is not the caller's any more.
//
// An acquire waits in the queue meanwhile, in its old place: it gets what comes first, this or another, and
// if this comes to nothing the next is its own to claim. What it is given is returned; none if it must claim
// anew. For upkeep: a slot if it is usable. Throws if there is no result by the deadline or it could not be
// made.
Pool::Claim Pool::prepare(Attempt& attempt, Slot& slot, PreparationKind kind) {
  std::shared_ptr<Preparation> work;
  try {
    work = std::make_shared<Preparation>();
    work->kind = kind;
    work->slot = &slot;
    work->pool = shared_from_this();
    work->context = {attempt.deadline, attempt.stop, attempt.owner, setup_.clock};
    work->waiter = make_waiter(attempt);
    if (kind != PreparationKind::replace) work->permit = admit();
    QueueLock lock(mutex_, clock());
    if (closed()) throw_closed(attempt.owner);
    work->waiter->attended = work->lends() && kind != PreparationKind::replace;  // that makes room, no more
    enqueue(work->lends() ? queue_ : preparers_, *work->waiter, lock);
    ++preparing_;
  } catch (...) {
    if (work) settle_permit(*work, false, false, {});
    if (Preparation::makes(kind)) {
      {
        const std::lock_guard lock(mutex_);
        --creating_;
      }
      free_slot(slot);
    } else if (shared_ && kind == PreparationKind::verify) {
      leave_shared(slot);
    } else {
      give_back(current_thread(), slot);
    }
    throw;
  }
  start_preparation(work);
  const Waiter::State state = await(*work->waiter, attempt);
  if (state == Waiter::State::granted) return {work->waiter->slot, work->waiter->create, work->waiter->ready};
  if (state == Waiter::State::retry) return {};
  throw_outcome(*work->waiter, state, attempt);
}

void Pool::start_preparation(const std::shared_ptr<Preparation>& work) {
  const auto task = [work] {
    Pool& pool = *work->pool;
    std::exception_ptr error;
    const bool usable = work->makes() ? pool.open_resource(*work, error) : pool.check_resource(*work);
    work->context = {};  // nothing of the caller outlives its acquire
    pool.finish(*work, usable, std::move(error));
    work->pool.reset();
  };
  try {
    run_on_worker(task);
  } catch (const std::bad_alloc&) {
    task();
  }
}

// For what the provider threw that is no leasehold::Error; says its type only.
std::exception_ptr Pool::creation_error(const OwnerId& owner) const noexcept {
  try {
    return std::make_exception_ptr(
        Error(errc::resource_create_failed,
              fmt::format("opening '{}' failed with {}", name(), current_exception_type()),
              {.resource = name(), .owner = owner.name(), .hint = "see the provider's own log"}));
  } catch (...) {  // no memory for words: the waiter gets just that
    return std::current_exception();
  }
}

namespace {
constexpr Duration first_pause = std::chrono::milliseconds(10);
constexpr Duration longest_pause = std::chrono::milliseconds(400);  // what is back is found within that
constexpr std::size_t tries_at_once = 2;                            // of acquires; upkeep never does
}  // namespace

void Pool::note_failure(Clock::time_point now) noexcept {
  if (now < retry_at_) return;
  const Duration pause = std::min(first_pause * (1 << std::min<std::size_t>(failures_, 6)), longest_pause);
  ++failures_;
  retry_at_ = now + Duration(static_cast<Duration::rep>(static_cast<double>(pause.count()) *
                                                        (0.75 + 0.25 * next_jitter())));
}

void Pool::note_success() noexcept {
  if (failures_ == 0) return;
  failures_ = 0;
  retry_at_ = {};
  making_.fetch_add(1);
}

// Waits until an attempt may be made, if others wait too: a provider that is down is not stormed by all who
// want something of it. False if nobody wants the result any more, or not in time, or the breaker has opened
// meanwhile: who waits asks it anew.
bool Pool::hold_back(Preparation& work) noexcept {
  bool held = false;
  for (;;) {
    const std::uint32_t seen = making_.load();
    Clock::time_point until;
    {
      const std::lock_guard lock(mutex_);
      const Clock::time_point now = clock().now();
      const bool at_once = failures_ <= tries_at_once || unattended() == 0;
      if (!at_once && (work.waiter->state != Waiter::State::waiting || work.waiter->late(now))) return false;
      if (at_once || now >= retry_at_) break;
      until = std::min(retry_at_, work.waiter->deadline);
    }
    held = true;
    park(clock(), making_, seen, until);
  }
  return !held || readmit(work);
}

bool Pool::readmit(Preparation& work) noexcept {
  settle_permit(work, false, false, {});
  work.permit.reset();
  try {
    work.permit = admit();
    return true;
  } catch (...) {
    return false;
  }
}

bool Pool::open_resource(Preparation& work, std::exception_ptr& error) noexcept {
  if (!hold_back(work)) {
    settle_permit(work, false, false, {});
    return false;
  }
  const Clock::time_point start = clock().now();
  bool counts = true;
  try {
    auto live = std::make_unique<Live>();
    live->generation = generation_.load();
    live->resource = setup_.provider->acquire(work.context);
    if (!live->resource)
      throw_error(errc::resource_create_failed, fmt::format("the provider of '{}' made nothing", name()),
                  {.resource = name()});
    work.live = live.release();
  } catch (const Error& failure) {
    counts = Breaker::counts(failure);
    error = completed(failure, name(), work.context.owner);
  } catch (...) {
    error = creation_error(work.context.owner);
  }
  const Duration took = clock().now() - start;
  if (setup_.metrics) counters_.creation.record(took);
  settle_permit(work, !error, counts, took);
  if (error) {
    counters_.create_failures.add();
    return false;
  }
  counters_.created.add();
  return true;
}

bool Pool::check_resource(Preparation& work) noexcept {
  if (work.kind == PreparationKind::replace) return false;
  const Clock::time_point start = clock().now();
  bool usable = false;
  try {
    usable = setup_.provider->validate(work.slot->live->resource);
  } catch (...) {
    usable = false;
  }
  settle_permit(work, usable, true, clock().now() - start);
  if (!usable) counters_.health_failures.add();
  return usable;
}

void Pool::settle_permit(const Preparation& work, bool ok, bool counts, Duration took) noexcept {
  if (!work.permit) return;
  if (ok)
    setup_.breaker->succeeded(*work.permit, took);
  else if (counts)
    setup_.breaker->failed(*work.permit, took);
  else
    setup_.breaker->cancel(*work.permit);
}

// Hands the result to the waiter, or to the pool if that gave up or has another.
void Pool::finish(Preparation& work, bool usable, std::exception_ptr error) noexcept {
  Slot& slot = *work.slot;
  Waiter& waiter = *work.waiter;
  std::string text;
  try {
    if (error) text = describe_failure(error);
  } catch (const std::bad_alloc&) {  // then the next diagnosis goes without
  }

  // A shared resource that was verified may have other users: it is left, not taken from them.
  const bool left = shared_ && work.kind == PreparationKind::verify;
  if (left) {
    if (!usable) slot.live->doomed.store(true);
    leave_shared(slot);
  } else if (!usable && !work.makes()) {
    dispose(take_live(slot));
  }

  bool excess = false;
  {
    QueueLock lock(mutex_, clock());
    const auto waits = [&] { return waiter.state == Waiter::State::waiting; };
    --preparing_;
    if (work.makes()) --creating_;
    if (waiter.attended && !waiter.late(lock.now())) {  // who is late leaves by itself
      waiter.attended = false;
      --attended_;
    }
    if (work.makes() && usable) {
      slot.put(*work.live, 0);
      slot.live->returned = lock.now();
      slot.live->expires = expiry(lock.now());
      last_error_.clear();
      note_success();
    }
    if (error) {
      note_failure(lock.now());
      last_error_ = std::move(text);
      if (waits()) {
        waiter.error = std::move(error);
        dequeue(waiter, Waiter::State::failed, lock);
      }
    }
    if (!work.lends() && waits()) {
      if (usable)
        serve(waiter, {&slot, false, true}, lock);
      else
        dequeue(waiter, Waiter::State::retry, lock);
    }
    if (!usable && !left) {
      slot.live = nullptr;
      make_empty(slot);
      live_.fetch_sub(1);
    } else if (!left) {
      slot.live->checked = lock.now();
      excess = !place(work, lock);
    }
    dispatch(lock);
    if (waits() && !waiter.may_wait) dequeue(waiter, Waiter::State::retry, lock);
    lock.wake(waiter);
  }
  if (work.makes() && usable) clock().unpark(making_, INT_MAX);
  if (excess) retire(slot, true);
  if (closed()) {
    retire_idle([](const Slot&) { return true; });
    notify_drain();
    leave();
  }
}

// What is usable now goes to whom it was made for, or to who has waited too long before it: good to use, so
// that nobody checks it once more and passes it on again. False as offer().
bool Pool::place(Preparation& work, QueueLock& lock) noexcept {
  Slot& slot = *work.slot;
  const bool serving = !(gate_.load() & (gate_closed | gate_suspended));
  Waiter* taker =
      work.waiter->home == &queue_ && !work.waiter->late(lock.now()) ? work.waiter.get() : nullptr;
  if (Waiter* const first = first_in_time(lock); !shared_ && first && starving(*first, lock)) taker = first;
  if (!serving || oversized() || !taker) return offer(slot, lock);
  if (shared_) slot.users = 1;
  serve(*taker, {&slot, false, true}, lock);
  lock.wake(*taker);
  return true;
}

// From 0 up to 1, evenly spread also over few: the multiples of the golden ratio.
double Pool::next_jitter() noexcept {
  jitter_ += 0x9e3779b97f4a7c15;
  return static_cast<double>(jitter_ >> 11) / 9007199254740992.0;
}

// Up to 3 % before max_lifetime, so that resources made together do not go together.
Clock::time_point Pool::expiry(Clock::time_point now) noexcept {
  if (!config_.max_lifetime) return Clock::never;
  const Duration lifetime = *config_.max_lifetime;
  const Duration shortened =
      lifetime -
      Duration(static_cast<Duration::rep>(static_cast<double>(lifetime.count()) * 0.03 * next_jitter()));
  return shortened >= Clock::never - now ? Clock::never : now + shortened;
}

void Pool::dispose(Live* live) noexcept {
  setup_.provider->release(std::move(live->resource));
  delete live;
  counters_.destroyed.add();
}

// The end of the resource of a busy slot. Its capacity is free once the provider has let go of it.
void Pool::retire(Slot& slot, bool excess) noexcept {
  dispose(take_live(slot));
  free_slot(slot, excess);
}

Live* Pool::take_live(Slot& slot) noexcept {
  const std::lock_guard lock(mutex_);
  return std::exchange(slot.live, nullptr);
}

// Runs on a worker what calls the provider, and waits for that until `deadline`: a provider that does not
// return keeps the worker and what that has taken, and holds up nobody else. `work` may not throw.
void Pool::run_apart(Clock::time_point deadline, const std::function<void()>& work) noexcept {
  try {
    const auto done = std::make_shared<sync::Atomic<std::uint32_t>>(0);
    run_on_worker([pool = shared_from_this(), work, done] {
      work();
      pool->notify_drain();
      pool->leave();
      done->store(1);
      pool->clock().unpark(*done, INT_MAX);
    });
    while (done->load() == 0 && clock().now() < deadline) park(clock(), *done, 0, deadline);
  } catch (const std::bad_alloc&) {
    work();
  }
}

// Allocates nothing: it also runs where nothing may be thrown.
void Pool::retire_idle(const std::function<bool(const Slot&)>& which) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    bool excess = false;
    {
      QueueLock lock(mutex_, clock());
      if (!slot.take_idle()) continue;
      if (!which(slot)) {
        if (offer(slot, lock)) continue;
        excess = true;
      }
    }
    retire(slot, excess);
  }
}

}  // namespace leasehold::detail
