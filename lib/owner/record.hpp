#pragma once

// What an OwnerId points to: the name, and what that owner holds. Looking for a hold to share and giving back
// everything cost only what this owner holds.

#include <leasehold/owner.hpp>

#include <cstdint>
#include <string>

#include "owner/holdings.hpp"
#include "sync/sync.hpp"
#include "thread/thread.hpp"

namespace leasehold::detail {

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
  Holdings holdings;
  bool orphan = false;  // no OwnerId is left; the record goes with its last hold
};

// The right to read and change what an owner holds. Nearly always one thread uses an owner: for that thread
// entering is a store and a load. Another thread takes the record's mutex, takes the right away from the user
// and waits for the end of a section that is under way; after some such changes the mutex is for everybody.
// Sections are short, do not nest, and no user code runs in them.
class OwnerSection {
 public:
  OwnerSection(OwnerRecord& record, Thread& self) noexcept
      : record_(record), self_(self), locked_(!begin(record, self)) {
    if (locked_) lock(record_, self_);
  }
  ~OwnerSection() {
    if (locked_)
      record_.mutex.unlock();
    else
      end(self_);
  }
  OwnerSection(const OwnerSection&) = delete;
  OwnerSection& operator=(const OwnerSection&) = delete;

  // A section that needs no lock, for those who have another way if it does: false if so, and nothing has
  // begun. Without membarrier(2) no record has a user, so that the order of the two needs no more.
  static bool begin(OwnerRecord& record, Thread& self) noexcept {
    self.inside.store(&record, std::memory_order_relaxed);
    light_barrier();
    if (record.user.load(std::memory_order_acquire) == &self) [[likely]]
      return true;
    end(self);
    return false;
  }
  static void end(Thread& self) noexcept { self.inside.store(nullptr, std::memory_order_release); }

 private:
  static void lock(OwnerRecord& record, Thread& self) noexcept;

  OwnerRecord& record_;
  Thread& self_;
  const bool locked_;
};

// Of a record without holds and OwnerIds, inside a section: takes one reference, so that the caller can
// drop it outside. False if it is none.
bool adopt_orphan(OwnerRecord& record) noexcept;

// One more reference to a record that something keeps alive, and one less, which may end it.
void keep(OwnerRecord& record) noexcept;
void let_go(OwnerRecord& record) noexcept;
OwnerId refer(OwnerRecord& record) noexcept;  // keep, as an id

}  // namespace leasehold::detail
