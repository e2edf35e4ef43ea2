#include "pool/pool.hpp"

#include <leasehold/config.hpp>

#include <algorithm>
#include <limits>

#include "pool/attempt.hpp"
#include "pool/park.hpp"
#include "pool/wait_graph.hpp"

namespace leasehold::detail {

std::shared_ptr<WaitGraph> make_wait_graph() {
  return std::make_shared<WaitGraph>();
}

namespace {

PoolSetup complete(PoolSetup setup) {
  if (!setup.clock) setup.clock = Clock::steady();
  if (!setup.graph) setup.graph = make_wait_graph();
  if (!setup.fences) setup.fences = std::make_shared<Fences>();
  return setup;
}

constexpr Duration longest_wait = std::chrono::seconds(1);   // for a provider that does not return
constexpr Duration a_while = std::chrono::milliseconds(10);  // until what is at work is looked at again

std::uint64_t next_number() noexcept {
  static sync::Atomic<std::uint64_t> numbers = 0;
  return numbers.fetch_add(1) + 1;
}

}  // namespace

// The handle keeps the pool; so do leases, which may outlive it.
std::shared_ptr<Pool> Pool::open(PoolSetup setup) {
  const auto pool = std::make_shared<Pool>(Private{}, std::move(setup));
  return {pool.get(), [pool](Pool*) mutable {
            if (pool->forked()) {
              new std::shared_ptr<Pool>(std::move(pool));  // the parent's: nothing of it may end here
              return;
            }
            abandon(std::move(pool));
          }};
}

Pool::Pool(Private, PoolSetup setup)
    : setup_(complete(std::move(setup))),
      number_(next_number()),
      process_(process_epoch()),
      shared_(setup_.provider->sharing() == Sharing::shared),
      steady_(setup_.clock == Clock::steady()) {
  prepare_barriers();
  gate_.store((shared_ ? gate_shared : 0) | (light_barriers_work() ? 0 : gate_barred));
  apply(setup_.config);
}

// Nobody has a lease or acquires any more, and what was idle went when the pool closed.
Pool::~Pool() {
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].live && !forked()) dispose(slots_[i].live);
}

PoolConfig Pool::config() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

void Pool::apply(const PoolConfig& config) noexcept {
  config_ = config;
  validate_after_.store(config.validate_after);
  max_uses_.store(config.max_uses.value_or(std::numeric_limits<std::uint64_t>::max()));
  shrunk_.store(oversized());
}

// Grows at once; shrinks by what is idle now and by what comes back.
void Pool::resize(PoolConfig config) {
  if (forked()) throw_forked();
  // Whatever may throw does before anything is taken.
  const auto going = std::make_shared<std::vector<Slot*>>();
  const std::function<void()> let_go = [this, going] {
    for (Slot* slot : *going) retire(*slot, true);
    // What the new knobs do not allow any more is not lent again.
    retire_idle([this](const Slot& slot) { return worn(slot, clock().now()); });
  };
  {
    QueueLock lock(mutex_, clock());
    going->reserve(slots_.size());
    apply(config);
    for (std::size_t i = 0; i < slots_.size() && oversized(); ++i) {
      if (!slots_[i].take_idle()) continue;
      ++excess_;
      going->push_back(&slots_[i]);
    }
    dispatch(lock);
  }
  run_apart(clock().deadline_after(longest_wait), let_go);
}

void Pool::suspend() {
  if (forked()) throw_forked();
  const std::lock_guard lock(mutex_);
  gate_.fetch_or(gate_suspended);
}

void Pool::resume() {
  if (forked()) throw_forked();
  QueueLock lock(mutex_, clock());
  gate_.fetch_and(~gate_suspended);
  dispatch(lock);
}

void Pool::evict() {
  if (forked()) throw_forked();
  generation_.fetch_add(1);
  run_apart(clock().deadline_after(longest_wait),
            [this] { retire_idle([this](const Slot& slot) { return worn(slot, clock().now()); }); });
  if (!shared_) return;
  QueueLock lock(mutex_, clock());
  dispatch(lock);  // what only revoked users have frees its capacity now
}

void Pool::retire_generation() {
  counters_.health_failures.add();
  evict();
}

void Pool::begin_close() {
  if (forked()) return;
  {
    QueueLock lock(mutex_, clock());
    gate_.fetch_or(gate_closed);
    heavy_barrier();  // a return that does not see it has left its slot idle, where it is found below
    for (Waiter::List* list : {&queue_, &preparers_, &followers_}) {
      while (!list->empty()) {
        Waiter& waiter = list->front();
        dequeue(waiter, Waiter::State::closed, lock);
        lock.wake(waiter);
      }
    }
    making_.fetch_add(1);
  }
  clock().unpark(making_, 1 << 30);
  bool any = false;
  for (std::size_t i = 0; i < slots_.size() && !any; ++i) any = slots_[i].word.load() == Hold::idle;
  if (any) run_apart({}, [this] { retire_idle([](const Slot&) { return true; }); });
}

bool Pool::drain(Clock::time_point deadline, Clock::time_point grace) {
  if (forked()) return true;
  for (;;) {
    const std::uint32_t signal = drained_.load();
    const Clock::time_point now = clock().now();
    Rest left;
    {
      const std::lock_guard lock(mutex_);
      left = rest();
    }
    if (left == Rest::nothing) return true;
    const Clock::time_point until = left == Rest::lent ? deadline : std::max(deadline, grace);
    if (now >= until) return false;
    if (left == Rest::idle)
      run_apart(until, [this] { retire_idle([](const Slot&) { return true; }); });
    else  // what is at work may be lent the next moment, of which nobody tells
      park(clock(), drained_, signal, left == Rest::busy ? std::min(until, now + a_while) : until);
  }
}

// --- For the deadlock detector
// --------------------------------------------------------------------------------

bool Pool::lenders(std::vector<Lender>& lenders, const std::function<bool(std::uint64_t)>& waits) const {
  const std::lock_guard lock(mutex_);
  if ((gate_.load() & (gate_closed | gate_suspended)) || creating_ > 0 || live_.load() < config_.max_size)
    return false;
  bool all_wait = true;
  each_hold([&](const Hold& hold, Hold::Word word) {
    all_wait = all_wait && !(word & Hold::foreign) && waits(hold.thread);
    if (all_wait) lenders.push_back({hold.thread, hold.owner_id(), hold.granted});
  });
  if (!all_wait || lenders.empty()) return false;
  // A slot that nobody holds is on its way back.
  return shared_ ? preparing_ == 0 : lenders.size() == live_.load();
}

bool Pool::still_waits(const Waiter& waiter) const {
  const std::lock_guard lock(mutex_);
  return waiter.state == Waiter::State::waiting && !waiter.woken && clock().now() < waiter.deadline;
}

void Pool::fail_deadlocked(Waiter& waiter, std::vector<DeadlockStep> cycle) {
  QueueLock lock(mutex_, clock());
  if (waiter.state != Waiter::State::waiting) return;
  waiter.cycle = std::move(cycle);
  dequeue(waiter, Waiter::State::deadlocked, lock);
  lock.wake(waiter);
  dispatch(lock);
}

}  // namespace leasehold::detail
