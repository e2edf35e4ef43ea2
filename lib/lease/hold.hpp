#pragma once

// Hold: one owner's hold on one resource. Lease objects are counted references to it.
//
// `word` decides everything about its life: how many references there are, and whether the resource was taken
// away. While it has references its other fields do not change; a reader that is no reference peeks. The hold
// of an exclusive resource is part of its slot, and its word says what the slot is when nobody holds it.

#include <leasehold/holder.hpp>
#include <leasehold/lease.hpp>

#include "sync/sync.hpp"

namespace leasehold::detail {

class Pool;
struct Live;
struct OwnerRecord;

struct Hold {
  using Word = std::uint64_t;
  static constexpr Word one_reference = 1;
  static constexpr Word all_references = (Word{1} << 24) - 1;
  static constexpr Word one_call = Word{1} << 24;  // a running Lease::call
  static constexpr Word all_calls = ((Word{1} << 16) - 1) << 24;
  static constexpr Word foreign = Word{1} << 40;   // a thread other than `thread` used it
  static constexpr Word revoked = Word{1} << 41;   // taken away; the resource goes with the last reference
  static constexpr Word returned = Word{1} << 42;  // taken away; the resource went back already
  static constexpr Word peeked = Word{1} << 43;    // somebody reads the fields: no end until that is over
  static constexpr Word taken_away = revoked | returned;

  // Of a slot without references. What is none of them belongs to whoever took it: lent in a moment, being
  // made, checked, reset or disposed of.
  static constexpr Word empty = Word{1}
                                << 44;  // changes under the pool's lock: nothing here, no capacity used
  static constexpr Word idle = Word{1} << 45;     // nobody's: whoever takes it with one compare-and-swap
  static constexpr Word awaited = Word{1} << 46;  // of no slot: its owner is acquiring it
  static constexpr Word busy = 0;

  using Noted = std::uint8_t;
  static constexpr Noted timed = 1;          // `granted` is precise
  static constexpr Noted leak_reported = 2;  // only while peeking

  sync::Atomic<Word> word = empty;
  Pool* pool = nullptr;
  Live* live = nullptr;
  OwnerRecord* owner = nullptr;  // which has an entry for this hold, or is kept by it once taken away
  sync::Atomic<std::uint64_t> thread = 0;  // that acquired it
  const char* file = "";                   // where that was
  Clock::time_point granted;
  std::uint64_t fence = 0;
  Hold* older = nullptr;  // of the same owner, see Holdings
  unsigned line = 0;
  Noted noted = 0;

  OwnerId owner_id() const;  // only with a reference, or peeking
  CallSite site() const noexcept { return {file, line}; }

  // One more reference, `also` set, unless it has ended or was taken away.
  bool share(Word also = 0) noexcept {
    Word now = word.load(std::memory_order_acquire);
    while ((now & all_references) != 0 && !(now & taken_away))
      if (word.compare_exchange_weak(now, (now + one_reference) | also, std::memory_order_acq_rel))
        return true;
    return false;
  }

  // One reference less; returns what the word was before.
  Word drop(Word also = 0) noexcept {
    Word now = word.load(std::memory_order_acquire);
    for (;;) {
      if ((now & peeked) && (now & all_references) == 1) {
        sync::yield();
        now = word.load(std::memory_order_acquire);
      } else if (word.compare_exchange_weak(now, now - one_reference - also, std::memory_order_acq_rel)) {
        return now;
      }
    }
  }

  // Takes the resource away from its leases, with a reference for the caller: `returned` if `thread` alone
  // used it and no call runs, else `revoked`. 0 if it has ended or was taken away already.
  Word take_away(std::uint64_t by_thread) noexcept {
    Word now = word.load(std::memory_order_acquire);
    for (;;) {
      if ((now & all_references) == 0 || (now & taken_away)) return 0;
      if (now & peeked) {
        sync::yield();
        now = word.load(std::memory_order_acquire);
        continue;
      }
      const bool own = by_thread == thread && !(now & foreign) && (now & all_calls) == 0;
      const Word how = own ? returned : revoked;
      if (word.compare_exchange_weak(now, (now + one_reference) | how, std::memory_order_acq_rel)) return how;
    }
  }

  // Runs `read` on the fields if it is held; only under the pool's lock, so that there is one reader.
  template <class Read>
  bool peek(Read read) {
    Word now = word.load(std::memory_order_acquire);
    do {
      if ((now & all_references) == 0 || (now & taken_away)) return false;
    } while (!word.compare_exchange_weak(now, now | peeked, std::memory_order_acq_rel));
    const struct End {
      sync::Atomic<Word>& word;
      ~End() { word.fetch_and(~peeked, std::memory_order_release); }
    } end{word};
    read(*this, now | peeked);
    return true;
  }

  static Lease make_lease(Hold* hold) noexcept { return Lease(hold); }
  static void fill(Lease& lease, Hold* hold) noexcept { lease.hold_ = hold; }  // an empty one
};

}  // namespace leasehold::detail
