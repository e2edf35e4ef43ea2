#pragma once

// Whose turn it is to work for an execution. One thread at a time has the turn; who comes meanwhile leaves
// mail, and the turn cannot be given away while there is mail. A thread may also keep the turn between two
// pieces of work, which spares it the atomic operations.
//
// Threads: any may call what says so; the rest is for who has the turn.

#include <leasehold/clock.hpp>

#include <atomic>
#include <cstdint>

namespace leasehold::fsm {

class Turn {
 public:
  explicit Turn(Clock& clock) noexcept : clock_(clock) {}

  // Any thread. False while another thread, or this one further out, has the turn. `from_keeper`: also takes
  // it from a thread that keeps it idle; only where one thread at a time may call.
  bool take(bool from_keeper = false) noexcept {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    while (!(seen & busy))
      if (word_.compare_exchange_weak(seen, seen | busy, std::memory_order_acquire)) {
        begin();
        return true;
      }
    return take_kept(seen, from_keeper);
  }

  // Any thread: leaves mail; true if nobody had the turn, and the caller has it now.
  bool leave_mail() noexcept;

  // Any thread: leaves mail for whoever has the next turn.
  void nudge() noexcept;

  // Waits for the turn; for one thread at a time, which must not have it.
  void wait_for() noexcept;

  bool is_mine() const noexcept { return worker_.load(std::memory_order_relaxed) == self() && inside_; }

  bool has_mail() const noexcept { return (word_.load(std::memory_order_acquire) & mail) != 0; }
  void open_mail() noexcept { word_.fetch_and(~mail, std::memory_order_acq_rel); }

  // Gives it away and wakes who watches, unless `quietly`. False while there is mail: the turn stays.
  bool give(bool quietly = false) noexcept {
    inside_ = false;
    worker_.store(nullptr, std::memory_order_relaxed);
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    for (;;) {
      if (seen & mail) {
        begin();
        return false;
      }
      if (word_.compare_exchange_weak(seen, quietly ? seen & watched : 0, std::memory_order_acq_rel)) break;
    }
    if (!quietly && (seen & watched)) announce();
    return true;
  }

  // Ends a piece of work but keeps the turn. False while there is mail.
  bool keep() noexcept;

  // The next piece of work of the thread that keeps the turn; false: it does not, or there is something else
  // to be done first.
  bool resume() noexcept {
    if (worker_.load(std::memory_order_relaxed) != self() || inside_ ||
        word_.load(std::memory_order_acquire) != (busy | kept))
      return false;
    inside_ = true;
    return true;
  }
  // Its end; false: something came in between, and the turn is as after take().
  bool rest() noexcept {
    if (word_.load(std::memory_order_acquire) != (busy | kept)) return false;
    inside_ = false;
    return true;
  }

  // Watching: watch(), look whether anything is to be waited for, park until the word changes from what it
  // was before.
  std::uint32_t changes() const noexcept { return changes_.load(std::memory_order_acquire); }
  void watch() noexcept { word_.fetch_or(watched, std::memory_order_acq_rel); }
  void park(std::uint32_t seen, Clock::time_point until) { clock_.park(changes_, seen, until); }

 private:
  static constexpr std::uint32_t busy = 1;     // a thread has the turn
  static constexpr std::uint32_t mail = 2;     // something was left for it
  static constexpr std::uint32_t watched = 4;  // somebody parks until the turn is given away
  static constexpr std::uint32_t kept = 8;     // between two pieces of work

  static const void* self() noexcept {
    static thread_local const char here = 0;
    return &here;
  }
  void begin() noexcept {
    worker_.store(self(), std::memory_order_relaxed);
    inside_ = true;
  }
  bool take_kept(std::uint32_t seen, bool from_keeper) noexcept;
  void announce() noexcept;

  Clock& clock_;
  std::atomic<std::uint32_t> word_ = 0;
  std::atomic<std::uint32_t> changes_ = 0;
  std::atomic<const void*> worker_ = nullptr;  // the thread that has the turn
  bool inside_ = false;                        // it is working; for the worker only
};

}  // namespace leasehold::fsm
