#pragma once

// Scheduler: runs the threads of a model, one at a time, on fibers of one real thread. Before every step that
// another thread could see (an atomic access, a lock, a barrier, parking, a call of user code) it may let
// another one go on, show a store late, let time pass or wake somebody for nothing. All of that is decided by
// a Strategy, so that a run is a function of its seed.
//
// Memory: a store that is not sequentially consistent goes into a buffer of its thread, which alone sees it,
// until the scheduler or a barrier shows it to the others: in order, or (`reorders`) in any order that
// release stores and the single word allow. Loads are never late. What is not atomic is seen at once.

#include <leasehold/clock.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fiber.hpp"
#include "strategy.hpp"

namespace leasehold::detail {
struct Thread;
}

namespace leasehold::model {

// Where in the sources a step is.
struct Where {
  const char* file = "";
  int line = 0;
  const char* function = "";
  static constexpr Where here(const char* file = __builtin_FILE(), int line = __builtin_LINE(),
                              const char* function = __builtin_FUNCTION()) noexcept {
    return {file, line, function};
  }
};

// What each atomic and mutex carries, so that nobody touches one that is gone.
inline constexpr std::uint32_t alive = 0x600d600d;
inline constexpr std::uint32_t gone = 0xdeaddead;

class Scheduler {
 public:
  // One thread of the model.
  struct Actor {
    enum class State { finished, ready, locked_out, parked };
    struct Store {
      const void* cell;
      std::uint64_t bits;
      void (*show)(const void* cell, std::uint64_t bits);
      bool release;
    };

    std::size_t index = 0;
    State state = State::finished;
    bool yielded = false;
    std::unique_ptr<Fiber> fiber;
    std::function<void()> job;
    detail::Thread* thread = nullptr;
    std::vector<Store> stores;        // not shown yet, oldest first
    std::size_t locks = 0;            // it holds
    const void* waits_for = nullptr;  // a mutex, or the word it parks on
    std::uint32_t expected = 0;       // of that word
    Clock::time_point wakes = Clock::never;
    bool has_parked = false;  // since the scenario said no
    // Of what it is doing, set by the scenario:
    Clock::time_point limit = Clock::never;  // nobody may serve it from then on
    bool late = false;                       // and certainly nobody had when that time came
  };

  static constexpr std::size_t most_threads = 4;  // the first actors; the others are their helpers
  static constexpr std::size_t most_actors = 10;

  Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // The one that runs a model just now, seen from one of its threads; null anywhere else.
  static Scheduler* current() noexcept { return current_; }

  void begin(Strategy& strategy);  // a new run
  // Runs these, and what they spawn, to their end. False if the model failed: then nothing of the run may be
  // used any more, not even destroyed, nor may the process begin another.
  bool run(std::vector<std::function<void()>> jobs);
  bool spawn(std::function<void()> job);  // a helper; false if there are too many, or none any more
  void do_without_helpers() noexcept { helpless_ = true; }

  [[noreturn]] void fail(const std::string& what);
  const std::string& failure() const noexcept { return failure_; }
  std::uint64_t steps() const noexcept { return steps_; }
  std::uint64_t digest() const noexcept { return digest_; }  // of everything that happened
  std::string trace(std::size_t last) const;

  // --- For the types of the seam. `what` and `value` go to the trace only.
  void step(const char* what, const void* address, Where where);
  void note(std::uint64_t value) noexcept;                          // what came of the step
  const std::uint64_t* own_store(const void* cell) const noexcept;  // not shown yet
  void store_later(Actor::Store store);
  void show_all();        // of the caller: a barrier
  void show_everybody();  // the heavy barrier
  void forget_stores(const void* cell) noexcept;
  void lock_out(const void* mutex);  // the caller cannot have it
  void unlocked(const void* mutex) noexcept;
  void look_again() noexcept;  // something has changed
  void count_lock(int by) noexcept;
  void yield();
  bool fails_weakly() { return strategy_->fails_weakly(); }
  void check(std::uint32_t mark, const char* what) {
    if (mark != alive) fail(std::string(what) + " is used after its end");
  }

  // --- For the clock
  Clock::time_point now();  // time may pass with the look
  Clock::time_point coarse_now() const noexcept;
  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, Clock::time_point deadline);
  void unpark(std::atomic<std::uint32_t>& word, int count);

  // --- For scenarios
  Actor& self() noexcept { return *running_; }
  std::deque<Actor>& actors() noexcept { return actors_; }
  void user_code(const char* what);  // a step of a provider: no lock, no section, no visit may be held
  bool helpers_rest() const noexcept;
  bool surely_waits(const Actor& actor) const noexcept;  // parked, and nobody has told it anything
  void on_quiet(std::function<void()> check) { on_quiet_ = std::move(check); }  // when everybody waits

  // No step of the caller lets anybody else go on while it lives.
  class Alone {
   public:
    explicit Alone(Scheduler& scheduler) noexcept : scheduler_(scheduler) { ++scheduler_.alone_; }
    ~Alone() { --scheduler_.alone_; }
    Alone(const Alone&) = delete;
    Alone& operator=(const Alone&) = delete;

   private:
    Scheduler& scheduler_;
  };

 private:
  struct Entry {
    const char* what;
    std::size_t actor;
    const void* address;
    std::uint64_t value;
    Where where;
  };
  static constexpr std::size_t step_limit = 200'000;
  static constexpr std::size_t most_stores = 16;

  [[noreturn]] void live(Actor& actor);  // the body of a fiber
  void disturb();
  void leave();  // the caller cannot go on
  void go_to(Actor& next);
  bool everybody_waits();  // does something about it; false: all have finished
  void advance(Clock::time_point to);
  void show_one(Actor& actor, std::size_t index);
  void wake(Actor& actor) noexcept;
  const Strategy::Able& able();
  bool start(std::size_t first, std::function<void()>& job);
  void pass_time();

  static Scheduler* current_;
  Fiber main_;
  std::deque<Actor> actors_;
  Actor* running_ = nullptr;
  Strategy* strategy_ = nullptr;
  Strategy::Able able_;
  bool stale_ = true;   // able_ is
  bool woken_ = false;  // somebody was since the last decision
  detail::Thread* outside_ = nullptr;
  int alone_ = 0;
  bool helpless_ = false;
  std::size_t held_locks_ = 0;
  std::size_t yielders_ = 0;  // who looks again and again
  std::size_t looks_ = 0;     // in a row, with nobody else able to go on
  std::size_t timed_ = 0;     // who is parked with a deadline
  std::size_t pending_ = 0;   // stores not shown yet
  Clock::time_point now_{};
  std::uint64_t steps_ = 0, digest_ = 0;
  std::array<Entry, 4096> entries_{};
  std::size_t entry_count_ = 0;
  std::string failure_;
  std::function<void()> on_quiet_;
};

}  // namespace leasehold::model
