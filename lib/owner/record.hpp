#pragma once

// What an OwnerId points to: the name, and what that owner holds. Looking for a hold to share and giving back
// everything cost only what this owner holds.

#include <leasehold/owner.hpp>

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <string>

#include "sync/sync.hpp"
#include "thread/thread.hpp"

namespace leasehold::detail {

class Pool;
struct Hold;

struct OwnerEntry {
  // Made in place: one that is copied right after it was put together stalls the reader.
  OwnerEntry(Pool* its_pool, Hold* its_hold) noexcept : pool(its_pool), hold(its_hold) {}

  Pool* pool = nullptr;
  Hold* hold = nullptr;  // null: being acquired
};

// On lines of its own: its thread writes it with every lease.
struct alignas(64) OwnerRecord {
  OwnerRecord(std::string_view owner_name, std::uint64_t owner_id) : name(owner_name), id(owner_id) {}

  const std::string name;
  const std::uint64_t id;
  sync::Atomic<std::uint32_t> references = 1;  // OwnerIds and notes of threads; what it holds keeps it too
  sync::Atomic<std::uint32_t> notes = 0;       // how many of these are notes of threads

  sync::Atomic<const Thread*> user = nullptr;  // whose sections need no lock; see OwnerSection
  sync::Mutex mutex;                           // a leaf: no other lock is taken under it
  unsigned handovers = 0;                      // of `user`; under the mutex

  // Inside a section:
  boost::container::small_vector<OwnerEntry, 4> entries;  // in the order of acquisition
  bool orphan = false;  // no OwnerId is left; the record goes with its last entry
};

// The right to read and change what an owner holds. Nearly always one thread uses an owner: for that thread
// entering is a store and a load. Another thread takes the record's mutex, takes the right away from the user
// and waits for the end of a section that is under way; after some such changes the mutex is for everybody.
// Sections are short, do not nest, and no user code runs in them.
class OwnerSection {
 public:
  OwnerSection(OwnerRecord& record, Thread& self) noexcept : record_(record), self_(self) {
    self_.inside.store(&record, std::memory_order_relaxed);
    light_barrier();
    if (record_.user.load(std::memory_order_acquire) != &self_) [[unlikely]]
      locked_ = lock(record_, self_);
  }
  ~OwnerSection() {
    if (locked_) [[unlikely]]
      record_.mutex.unlock();
    else
      self_.inside.store(nullptr, std::memory_order_release);
  }
  OwnerSection(const OwnerSection&) = delete;
  OwnerSection& operator=(const OwnerSection&) = delete;

  bool unlocked() const noexcept { return !locked_; }

 private:
  // True. Not of the object, which so stays in registers.
  static bool lock(OwnerRecord& record, Thread& self) noexcept;

  OwnerRecord& record_;
  Thread& self_;
  bool locked_ = false;
};

// Of a record without entries and OwnerIds, inside a section: takes one reference, so that the caller can
// drop it outside. False if it is none.
bool adopt_orphan(OwnerRecord& record) noexcept;

// One more reference to a record that something keeps alive, and one less, which may end it.
void keep(OwnerRecord& record) noexcept;
void let_go(OwnerRecord& record) noexcept;
OwnerId refer(OwnerRecord& record) noexcept;  // keep, as an id

}  // namespace leasehold::detail
