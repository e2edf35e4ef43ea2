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

struct Shard {
  std::mutex mutex;
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
      found->second->references.fetch_add(1, std::memory_order_relaxed);
      return found->second;
    }
    auto record = std::make_unique<OwnerRecord>(name, next_.fetch_add(1, std::memory_order_relaxed));
    shard.records.emplace(record->name, record.get());
    return record.release();
  }

  // The last reference goes under the shard's lock, so that a name cannot come back to a dying record.
  void drop(OwnerRecord* record) noexcept {
    std::uint32_t count = record->references.load(std::memory_order_relaxed);
    while (count > 1)
      if (record->references.compare_exchange_weak(count, count - 1, std::memory_order_acq_rel)) return;
    Shard& shard = shard_of(record->name);
    {
      const std::lock_guard lock(shard.mutex);
      if (record->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
      shard.records.erase(record->name);
    }
    delete record;
  }

  std::size_t count() {
    std::size_t total = 0;
    for (Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      total += shard.records.size();
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
        std::construct_at(&record->entries);
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
  std::atomic<std::uint64_t> next_ = 1;
};

}  // namespace

OwnerId::OwnerId(std::string_view name)
    : record_(name.empty() ? nullptr : Interned::instance().find_or_make(name)) {}

OwnerId::OwnerId(const OwnerId& other) noexcept : record_(other.record_) {
  if (record_) record_->references.fetch_add(1, std::memory_order_relaxed);
}

OwnerId::OwnerId(OwnerId&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}

OwnerId& OwnerId::operator=(const OwnerId& other) noexcept {
  OwnerId copy(other);
  std::swap(record_, copy.record_);
  return *this;
}

OwnerId& OwnerId::operator=(OwnerId&& other) noexcept {
  OwnerId taken(std::move(other));
  std::swap(record_, taken.record_);
  return *this;
}

OwnerId::~OwnerId() {
  if (record_) Interned::instance().drop(record_);
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
