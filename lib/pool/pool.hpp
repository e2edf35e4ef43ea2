#pragma once

// Pool: the bounded set of resources of one registered name, lent to owners.
//
// A resource counts against max_size from before it is made until its disposal has returned; only a revoked
// one that is still in use is not counted. An exclusive resource has a slot whose word is one
// compare-and-swap to take and one to return; everything that is not that (making, waiting, sharing a
// dictionary, taking away) goes through one short lock.
//
// Threads: any, for every member. No user code (provider, logger, stop callbacks) runs under a lock.
// Lifetime: open() gives a handle; when its last copy goes, what is idle is disposed of and what is still
// lent is revoked: its resources are disposed of when their leases end, and the pool with the last of them. A
// lease does not count as a user of the pool: the pool waits for the visits of threads (see Visit) instead.

#include <leasehold/breaker.hpp>
#include <leasehold/holder.hpp>
#include <leasehold/lease.hpp>
#include <leasehold/log.hpp>
#include <leasehold/metrics.hpp>
#include <leasehold/pool.hpp>
#include <leasehold/provider.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "coarse_time.hpp"
#include "lease/fence.hpp"
#include "lease/hold.hpp"
#include "pool/counters.hpp"
#include "pool/process.hpp"
#include "pool/queue_lock.hpp"
#include "pool/slot.hpp"
#include "pool/waiter.hpp"
#include "sync/sync.hpp"

namespace leasehold::detail {

class WaitGraph;
struct Lender;
class OwnerSection;
struct OwnerRecord;

std::shared_ptr<WaitGraph> make_wait_graph();

struct PoolSetup {
  std::string name;
  std::size_t order = 0;  // of registration, the manager's canonical order
  std::shared_ptr<IResourceProvider> provider;
  PoolConfig config = {};
  std::shared_ptr<Breaker> breaker = nullptr;  // null: none
  std::shared_ptr<Clock> clock = nullptr;      // null: Clock::steady()
  Logger logger = nullptr;
  bool metrics = true;
  std::shared_ptr<WaitGraph> graph = nullptr;  // one per manager; null: one of its own
  std::shared_ptr<Fences> fences = nullptr;    // one per manager; null: one of its own
  Duration deadlock_check = std::chrono::milliseconds(20);
  const void* manager = nullptr;  // whose pool it is, for release_all
};

struct PoolCounts {
  std::size_t total = 0;   // resources that count against max_size
  std::size_t active = 0;  // holds: one per owner that has one
  std::size_t idle = 0;
  std::size_t creating = 0;  // being opened
  std::size_t waiting = 0;
  std::size_t revoked_in_use = 0;  // revoked, not let go yet; counted in none of the above
};

// A pool at one moment, though nobody stops for it: those who are active are the holders.
struct PoolStatus {
  PoolCounts counts;
  std::vector<HolderInfo> holders;  // oldest first
  std::size_t max_size = 0;
  bool suspended = false;
};

class Pool : public std::enable_shared_from_this<Pool> {
  struct Private {};

 public:
  static std::shared_ptr<Pool> open(PoolSetup setup);
  Pool(Private, PoolSetup setup);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  const std::string& name() const noexcept { return setup_.name; }
  std::size_t order() const noexcept { return setup_.order; }
  const std::shared_ptr<IResourceProvider>& provider() const noexcept { return setup_.provider; }
  const std::shared_ptr<Breaker>& breaker() const noexcept { return setup_.breaker; }
  Clock& clock() const noexcept { return *setup_.clock; }
  PoolConfig config() const;

  // Lends at once what this thread finds idle or the owner holds already: a reference for the caller's lease;
  // null if that takes more than a look. Visits the pool, which is good if `sign` still says so then.
  template <class Sign>
  static Hold* try_lend(Thread& self, Pool* pool, const sync::Atomic<Sign>& sign, Sign good,
                        const OwnerId& owner, const CallSite& site, Moment& moment) noexcept;

  // Lends a resource, made if need be; waits until `deadline` if may_wait, else not at all (making and
  // checking one still run, bounded by `deadline`, or by acquire_timeout if that has passed). The same owner
  // shares what it holds already. Throws PoolExhaustedError (acquire_timeout, acquire_exhausted),
  // DeadlockError, CircuitOpenError, Error with acquire_cancelled, StateError with acquire_closed or
  // acquire_forked, ConfigError for nobody, or what the provider threw (anything but a leasehold::Error as
  // resource_create_failed).
  Lease acquire(const OwnerId& owner, Clock::time_point deadline, bool may_wait, const std::stop_token& stop,
                CallSite site);

  // The same without waiting; nothing instead of PoolExhaustedError, and nobody is looked at to explain it.
  std::optional<Lease> try_acquire(const OwnerId& owner, CallSite site);

  // Takes back what the owner holds: returns it if this thread acquired it and nobody else touched it, else
  // revokes it. False if it holds nothing.
  bool release(const OwnerId& owner);
  bool holds(const OwnerId& owner) const;

  PoolStatus status() const;
  std::vector<HolderInfo> holders() const { return status().holders; }
  ResourceMetrics metrics() const;
  PoolCounts counts() const;
  bool suspended() const noexcept { return (gate_.load() & gate_suspended) != 0; }
  bool closed() const noexcept { return (gate_.load() & gate_closed) != 0; }

  void resize(PoolConfig config);
  void suspend();
  void resume();
  void evict();              // idle ones go now, held ones at their return
  void retire_generation();  // the same, for a resource whose health went bad; counts a health failure

  // One round of upkeep: refill, idle eviction, lifetime, keepalive, leak watch. Returns when the next is
  // due.
  Clock::time_point maintain();

  // Borrows an idle one (waiting for it), or opens one, and validates it. False if it is unusable or cannot
  // be had.
  bool validate_one(Clock::time_point deadline);

  // No acquire any more; every waiter fails with acquire_closed, and what is idle begins to go.
  void begin_close();

  // Waits until nothing is left: for what is lent until `deadline`, for what the provider has until `grace`
  // if that is later.
  bool drain(Clock::time_point deadline, Clock::time_point grace = {});
  void detach_all() noexcept;  // revokes what is left

  // --- For leases
  // -------------------------------------------------------------------------------------------

  // The end of one reference to a hold: of a lease, in the usual case a short way, and of any.
  static void end(Hold* hold, Moment& moment) noexcept;
  static void drop(Hold* hold, Hold::Word also = 0) noexcept;
  static bool forked(const Hold* hold) noexcept { return hold->pool->forked(); }
  void ask_for_fences() noexcept { setup_.fences->ask(); }
  static nlohmann::json call(Hold* hold, std::string_view operation, const nlohmann::json& arguments,
                             const CallOptions& options);
  static void hand_over(Hold* hold, const OwnerId& to);

  // --- For the deadlock detector
  // ----------------------------------------------------------------------------

  // What a waiter here waits for; false if it may be served without any of them letting go, or if the thread
  // of one of them does not wait.
  bool lenders(std::vector<Lender>& lenders, const std::function<bool(std::uint64_t thread)>& waits) const;
  bool still_waits(const Waiter& waiter) const;
  void fail_deadlocked(Waiter& waiter, std::vector<DeadlockStep> cycle);

  // Takes the pool's holds of `record` away (all pools of a manager if `pool` is null); returns how many.
  static std::size_t take_back(OwnerRecord& record, const Pool* pool, const void* manager);

 private:
  struct Situation;
  struct Attempt;
  struct Claim;
  struct Preparation;
  // For an acquire: create, check, or dispose of one to make room. For upkeep, after which the slot goes
  // back: refill, verify.
  enum class PreparationKind { create, check, replace, refill, verify };
  enum class Use { ready, check, retire };
  enum class Rest { nothing, idle, busy, lent };

  static constexpr std::uint32_t gate_closed = 1;
  static constexpr std::uint32_t gate_suspended = 2;
  static constexpr std::uint32_t gate_waiters = 4;    // somebody is in the queue
  static constexpr std::uint32_t gate_woken = 8;      // enough of them were told to try and have not run yet
  static constexpr std::uint32_t gate_starving = 16;  // the oldest has waited too long: nobody overtakes
  static constexpr std::uint32_t gate_shared = 32;  // the resource has many users: its slots are not taken so
  static constexpr std::uint32_t gate_looking =
      64;  // somebody reads or takes holds: no end without a barrier
  static constexpr std::uint32_t gate_barred = 128;  // no light barriers here: slots go back under the lock

  bool forked() const noexcept { return process_ != process_epoch(); }
  Clock::time_point coarse_now(Moment& moment) const noexcept {
    if (!steady_) return clock().coarse_now();
    if (moment.time == Clock::time_point()) moment.time = coarse_steady_now();
    return moment.time;
  }

  // Lending (lend.cpp)
  Hold* acquire(Attempt& attempt);
  Hold* lend(Attempt& attempt);
  Slot* take_idle(Thread& self) noexcept;
  Slot* find_idle(const Slot* before) noexcept;
  bool may_be_peak(const Slot& taken) const noexcept;
  void count_peak(const Slot& taken) noexcept;
  void raise_peak(std::size_t active) const noexcept;
  bool fresh(const Live& live, Clock::time_point now) const noexcept;
  bool worn(const Slot& slot, Clock::time_point now) const noexcept;
  Use judge(const Slot& slot, Clock::time_point now) const noexcept;
  Hold* try_lend(Thread& self, const OwnerId& owner, const CallSite& site, Moment& moment) noexcept;
  Hold* lend_locked(Thread& self, OwnerRecord& record, const CallSite& site, Clock::time_point now) noexcept;
  Hold* lend_inside(Thread& self, OwnerRecord& record, const CallSite& site, Clock::time_point now,
                    Slot*& stale) noexcept;
  void note_tick(Thread& self, Slot& slot, Clock::time_point now) noexcept;
  void note_grant(Slot& slot) noexcept;
  void start(Hold& hold, Thread& self, OwnerRecord& owner, const CallSite& site) noexcept;
  Slot* obtain(Attempt& attempt);
  Hold& start(Slot& slot, Attempt& attempt, std::unique_ptr<SharedHold> shared_hold) noexcept;
  bool follow(Attempt& attempt);
  void settle_followers(const OwnerId& owner) noexcept;
  static void settle_awaited(OwnerRecord& record, Thread& self, const Hold& awaited, Hold* hold) noexcept;

  // The queue (queue.cpp); `lock` means that mutex_ is held
  Claim claim(Attempt& attempt);
  Claim claim_now(const Attempt& attempt, QueueLock& lock) noexcept;
  Claim take_for_grant(QueueLock& lock) noexcept;  // an idle slot, or the shared one
  bool may_create(QueueLock& lock) const noexcept;
  std::size_t unattended() const noexcept { return queue_.size() - attended_; }  // lock
  bool oversized() const noexcept {
    return live_.load() - excess_ > config_.max_size;
  }                                      // lock: it has shrunk
  bool too_many_wait() const noexcept;   // lock
  Slot* find_empty() noexcept;           // lock: an empty slot, perhaps a new one; null without memory
  void make_empty(Slot& slot) noexcept;  // lock
  Slot* take_empty() noexcept;           // lock
  bool starving(const Waiter& waiter, QueueLock& lock) const noexcept;
  Waiter* first_in_time(QueueLock& lock, bool unattended = false) noexcept;
  std::shared_ptr<Waiter> make_waiter(const Attempt& attempt) const;
  void mind_gate(QueueLock& lock) noexcept;
  void enqueue(Waiter::List& list, Waiter& waiter, QueueLock& lock) noexcept;
  void dequeue(Waiter& waiter, Waiter::State state, QueueLock& lock) noexcept;
  void serve(Waiter& waiter, const Claim& claim, QueueLock& lock) noexcept;
  void dispatch(QueueLock& lock) noexcept;
  bool offer(Slot& slot, QueueLock& lock) noexcept;
  bool place(Preparation& work, QueueLock& lock) noexcept;
  Waiter::State await(Waiter& waiter, Attempt& attempt);  // waiting.cpp
  static bool needs_help(std::uint32_t gate) noexcept;
  void help(Thread& self, Slot* returning) noexcept;
  void help_if_needed(Thread& self) noexcept;
  void free_slot(Slot& slot, bool excess = false) noexcept;

  // Making and checking (prepare.cpp)
  Claim prepare(Attempt& attempt, Slot& slot, PreparationKind kind);
  std::optional<Breaker::Permit> admit();
  void start_preparation(const std::shared_ptr<Preparation>& work);
  void finish(Preparation& work, bool usable, std::exception_ptr error) noexcept;
  bool hold_back(Preparation& work) noexcept;
  bool readmit(Preparation& work) noexcept;
  void note_failure(Clock::time_point now) noexcept;  // lock
  void note_success() noexcept;                       // lock
  double next_jitter() noexcept;                      // lock
  std::exception_ptr creation_error(const OwnerId& owner) const noexcept;
  bool open_resource(Preparation& work, std::exception_ptr& error) noexcept;
  bool check_resource(Preparation& work) noexcept;
  void settle_permit(const Preparation& work, bool ok, bool counts, Duration took) noexcept;
  void dispose(Live* live) noexcept;
  Live* take_live(Slot& slot) noexcept;
  void retire(Slot& slot, bool excess = false) noexcept;
  Clock::time_point expiry(Clock::time_point now) noexcept;  // lock
  void retire_idle(const std::function<bool(const Slot&)>& which);
  void run_apart(Clock::time_point deadline, const std::function<void()>& work) noexcept;

  // Ending (end.cpp)
  Slot& slot_of(Hold& hold) const noexcept {
    return shared_ ? *static_cast<SharedHold&>(hold).slot : static_cast<Slot&>(hold);
  }
  void end_shared(SharedHold& hold) noexcept;
  void end_taken(Hold& hold) noexcept;
  void take_slot(Hold& hold, Hold::Word how) noexcept;
  void return_slot(Thread& self, Slot& slot, Clock::time_point now) noexcept;
  void return_worn(Slot& slot, bool excess) noexcept;
  void return_live(Live* live, std::uint64_t uses, std::uint64_t fence) noexcept;
  void give_back(Thread& self, Slot& slot) noexcept;
  void give_back_otherwise(Thread& self, Slot& slot) noexcept;
  bool let_go_excess() noexcept;
  void unlink(SharedHold& hold) noexcept;  // lock
  void leave_shared(Slot& slot, bool was_revoked = false) noexcept;
  void write_off(QueueLock& lock) noexcept;
  static OwnerRecord* forget(OwnerRecord& owner, const Hold* hold) noexcept;
  void finish_hold(Thread& self, Hold& hold, Clock::time_point now) noexcept;
  void count_held(Slot& slot, Clock::time_point now) noexcept;
  void count_timed(Slot& slot, Clock::time_point now) noexcept;
  Rest rest() const noexcept;       // lock: the most that is left
  bool looked_at() const noexcept;  // lock
  void notify_drain() noexcept;
  void leave() noexcept;
  static void abandon(std::shared_ptr<Pool> pool) noexcept;

  // Upkeep (upkeep.cpp)
  void refill();
  void watch_leaks(Clock::time_point now);
  void keep_alive(Clock::time_point now);
  Clock::time_point next_due(Clock::time_point now, Clock::time_point due) const;
  void apply(const PoolConfig& config) noexcept;  // lock

  // Telling (report.cpp)
  // Those who end a hold do without an atomic addition unless somebody looks at it. While it lives, they do
  // not.
  class Looking {
   public:
    explicit Looking(sync::Atomic<std::uint32_t>& gate) noexcept : gate_(gate) {
      gate_.fetch_or(gate_looking);
      await_sections();
    }
    ~Looking() { gate_.fetch_and(~gate_looking); }
    Looking(const Looking&) = delete;
    Looking& operator=(const Looking&) = delete;

   private:
    sync::Atomic<std::uint32_t>& gate_;
  };

  // Reads what is held, and slots that nobody holds (of a shared resource: all slots); lock.
  template <class Read, class ReadFree>
  void each_slot(Read read, ReadFree read_free) const {
    const Looking looking(gate_);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (shared_ || !slots_[i].peek(read)) read_free(slots_[i]);
      for (SharedHold* hold = slots_[i].holds; hold; hold = hold->next) hold->peek(read);
    }
  }
  template <class Read>
  void each_hold(Read read) const {
    each_slot(read, [](const Slot&) {});
  }
  PoolCounts count() const;  // lock: without `active` and `idle`
  Situation look() const;    // lock
  [[noreturn]] void throw_outcome(Waiter& waiter, Waiter::State state, Attempt& attempt);
  [[noreturn]] void throw_exhausted(errc code, const Attempt& attempt) const;
  [[noreturn]] void throw_closed(const OwnerId& owner) const;
  [[noreturn]] void throw_forked() const;
  void log(LogLevel level, const std::string& message) const noexcept;

  PoolSetup setup_;
  const std::uint64_t number_;   // unlike that of any other pool, past or present
  const std::uint32_t process_;  // where it was opened
  const bool shared_;
  const bool steady_;  // the clock is Clock::steady()
  Slots slots_;
  mutable sync::Atomic<std::uint32_t> gate_ = 0;  // changes under the lock
  sync::Atomic<std::size_t> lent_slots_ = 0;      // those before were lent at least once
  sync::Atomic<std::size_t> spare_ = 0;           // where something came back without its slot
  mutable sync::Atomic<std::size_t> peak_active_ = 0;
  sync::Atomic<std::uint64_t> generation_ = 0;
  sync::Atomic<Duration> validate_after_;
  sync::Atomic<std::uint64_t> max_uses_;
  sync::Atomic<std::size_t> live_ = 0;       // slots that are not empty; written under the lock
  sync::Atomic<bool> shrunk_ = false;        // there may be more than max_size; written under the lock
  sync::Atomic<std::uint32_t> drained_ = 0;  // changes when something ends after close
  sync::Atomic<std::size_t> following_ = 0;  // size of followers_

  mutable sync::Mutex mutex_;
  PoolConfig config_;
  Waiter::List queue_;           // wait for a resource, oldest first
  Waiter::List preparers_;       // upkeep, which waits for its own to be made or checked
  Waiter::List followers_;       // wait for another acquire of the same owner
  std::size_t first_empty_ = 0;  // no slot before it is empty
  std::size_t creating_ = 0;
  std::size_t preparing_ = 0;  // creating_, those being checked and those that make room
  std::size_t attended_ = 0;   // of the queue: those for whom the provider is at work
  std::uint64_t jitter_ = 0;
  std::size_t excess_ = 0;  // on their way out after the pool shrank
  std::size_t revoked_in_use_ = 0;
  std::size_t woken_ = 0;         // waiters in the queue that were told to try
  std::uint64_t tickets_ = 0;     // given to acquires as they arrive
  std::size_t shared_holds_ = 0;  // of a shared resource
  std::size_t tombstones_ = 0;    // holds that were taken away and have not ended
  std::shared_ptr<Pool> self_;    // once the handle is gone, as long as something is left
  std::string last_error_;        // of making one

  // While making fails, attempts are spaced ever further apart.
  std::size_t failures_ = 0;                // in a row, those that came together counted once
  Clock::time_point retry_at_{};            // no attempt before, once it failed often enough
  sync::Atomic<std::uint32_t> making_ = 0;  // changes when that is over

  mutable Counters counters_;
};

// Takes back everything the owner holds from the pools of one manager. Costs only what the owner holds.
std::size_t release_all(const OwnerId& owner, const void* manager);

}  // namespace leasehold::detail
