#include <pthread.h>
#include <leasehold/owner.hpp>

#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

#include "owner/record.hpp"

namespace leasehold {

namespace {

using detail::OwnerRecord;
using detail::OwnerSection;

struct Shard {
  detail::sync::Mutex mutex;
  std::unordered_map<std::string_view, OwnerRecord*> records;  // keys point into the records
};

// The records of all names in use. Never destroyed: statics may hold ids.
class Interned {
 public:
  static Interned& instance() {
    static Interned& interned = *new Interned;
    return interned;
  }

  OwnerRecord* find_or_make(std::string_view name) {
    Shard& shard = shard_of(name);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.records.find(name);
    if (found != shard.records.end()) {
      OwnerRecord& record = *found->second;
      if (record.references.fetch_add(1, std::memory_order_relaxed) == 0) {
        const OwnerSection section(record, detail::current_thread());
        record.orphan = false;
      }
      return &record;
    }
    auto record = std::make_unique<OwnerRecord>(name, next_.fetch_add(1, std::memory_order_relaxed));
    shard.records.emplace(record->name, record.get());
    return record.release();
  }

  // The last reference goes under the shard's lock, so that a name cannot come back to a dying record. One
  // that still holds something stays, an orphan.
  void drop(OwnerRecord* record) noexcept {
    std::uint32_t count = record->references.load(std::memory_order_relaxed);
    while (count > 1)
      if (record->references.compare_exchange_weak(count, count - 1, std::memory_order_acq_rel)) return;
    Shard& shard = shard_of(record->name);
    {
      const std::lock_guard lock(shard.mutex);
      if (record->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
      {
        const OwnerSection section(*record, detail::current_thread());
        // Its last hold may just have ended: who ended it has a reference then, and comes here too.
        if (record->references.load(std::memory_order_relaxed) != 0) return;
        if (!record->holdings.empty()) record->orphan = true;
        if (record->orphan) return;
      }
      shard.records.erase(record->name);
    }
    delete record;
  }

  std::size_t count() {
    std::size_t total = 0;
    for (Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      for (const auto& [name, record] : shard.records) {
        const OwnerSection section(*record, detail::current_thread());
        if (record->references.load() > record->notes.load() || !record->holdings.empty()) ++total;
      }
    }
    return total;
  }

 private:
  // A fork must not catch a shard or a record locked by a thread that the child does not have.
  Interned() {
    pthread_atfork([] { instance().lock_all(); }, [] { instance().unlock_all(); },
                   [] {
                     instance().renew_records();
                     instance().unlock_all();
                   });
  }

  // In the child nobody holds anything yet. Made anew without an end of the old: that may be half changed.
  void renew_records() noexcept {
    for (Shard& shard : shards_)
      for (const auto& [name, record] : shard.records) {
        std::construct_at(&record->mutex);
        std::construct_at(&record->holdings);
        record->user.store(nullptr);
      }
  }

  void lock_all() {
    for (Shard& shard : shards_) shard.mutex.lock();
  }
  void unlock_all() {
    for (Shard& shard : shards_) shard.mutex.unlock();
  }

  Shard& shard_of(std::string_view name) noexcept {
    return shards_[std::hash<std::string_view>()(name) % shards_.size()];
  }

  std::array<Shard, 16> shards_;
  detail::sync::Atomic<std::uint64_t> next_ = 1;
};

}  // namespace

namespace {

// A thread that names its owners by strings names the same few again and again: it notes them, each with one
// reference. A note stays until another name takes its place, also when the thread's record changes hands.
OwnerRecord*& note_of(std::string_view name) {
  return detail::current_thread().owners[detail::Name::of(name).hash() >> 60];
}

OwnerRecord* named(std::string_view name) {
  OwnerRecord*& note = note_of(name);
  if (note && note->name == name) {
    note->references.fetch_add(1, std::memory_order_relaxed);
    return note;
  }
  OwnerRecord* const record = Interned::instance().find_or_make(name);
  record->references.fetch_add(1, std::memory_order_relaxed);
  record->notes.fetch_add(1, std::memory_order_relaxed);
  if (OwnerRecord* const before = std::exchange(note, record)) {
    before->notes.fetch_sub(1, std::memory_order_relaxed);
    Interned::instance().drop(before);
  }
  return record;
}

}  // namespace

OwnerId::OwnerId(std::string_view name) : record_(name.empty() ? nullptr : named(name)) {}

void OwnerId::share() noexcept {
  record_->references.fetch_add(1, std::memory_order_relaxed);
}

void OwnerId::drop() noexcept {
  Interned::instance().drop(record_);
}

void detail::keep(OwnerRecord& record) noexcept {
  record.references.fetch_add(1, std::memory_order_relaxed);
}

void detail::let_go(OwnerRecord& record) noexcept {
  Interned::instance().drop(&record);
}

OwnerId detail::refer(OwnerRecord& record) noexcept {
  keep(record);
  return OwnerId(&record);
}

bool detail::adopt_orphan(OwnerRecord& record) noexcept {
  if (!record.orphan || !record.holdings.empty()) return false;
  record.orphan = false;
  keep(record);
  return true;
}

std::string OwnerId::name() const {
  return record_ ? record_->name : std::string();
}
std::uint64_t OwnerId::value() const noexcept {
  return record_ ? record_->id : 0;
}
std::size_t OwnerId::living() {
  return Interned::instance().count();
}

}  // namespace leasehold
