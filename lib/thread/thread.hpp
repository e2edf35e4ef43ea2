#pragma once

// Thread: what this process remembers about one of its threads, so that the frequent paths need no shared
// counter and no lock: which pool and which owner it looks at just now, and where it last found things.
//
// Threads: a record belongs to its thread; others read `visiting` and `inside` only. Records are never freed,
// the next thread uses them again.

#include <array>
#include <cstdint>

#include "sync/sync.hpp"
#include "thread/barrier.hpp"
#include "thread/name.hpp"

namespace leasehold::detail {

class Pool;
struct Slot;
struct OwnerRecord;

// A name that this thread looked up, good as long as the registry has the version.
struct Lookup {
  std::uint64_t version = 0;  // 0: none
  Pool* pool = nullptr;
  std::size_t order = 0;
  Name name;
};

// The slot of a pool that this thread had last, if it had one. By the pool's number, which never comes twice.
struct Hint {
  std::uint64_t pool = 0;
  Slot* slot = nullptr;
};

struct alignas(64) Thread {
  sync::Atomic<const Pool*> visiting = nullptr;       // must not go meanwhile, see quiesce
  sync::Atomic<const OwnerRecord*> inside = nullptr;  // whose section it is in, see OwnerSection
  std::uint64_t id = 0;                               // unlike that of any other thread, past or present
  std::size_t holds = 0;                              // acquired here and not seen to end; never fewer
  sync::Atomic<std::uint64_t> grants = 0;             // see Fences
  std::uint64_t index = 0;                            // of the record
  std::array<Hint, 32> hints;
  std::array<Lookup, 32> lookups;
  std::array<OwnerRecord*, 16> owners{};  // used lately by their names; see owner.cpp
  Thread* next = nullptr;                 // of all records
  sync::Atomic<bool> used = true;         // by a living thread

  void begin(std::uint64_t new_id) noexcept {
    id = new_id;
    holds = 0;
  }
};

namespace thread_local_storage {
// One pointer, so that even a library loaded late finds room for it beside the program's own.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local Thread* current;
}  // namespace thread_local_storage
Thread& enter_thread();  // the first call of a thread

// The calling thread's. The first call may allocate: without memory it throws std::bad_alloc, and where
// nothing may be thrown, as in a thread that only ends a lease, it ends the program.
inline Thread& current_thread() {
  Thread* const current = thread_local_storage::current;
  return current ? *current : enter_thread();
}

inline std::uint64_t this_thread() noexcept {
  return current_thread().id;
}

// While it lives, the pool that this thread looks at is not freed: see quiesce. It is short and no user code
// runs in it; it does not nest. To begin one of a pool that nothing else keeps takes light barriers.
class Visit {
 public:
  Visit(Thread& self, const Pool* pool) noexcept : self_(self) {
    self_.visiting.store(pool, std::memory_order_relaxed);
    light_barrier();  // whoever takes the pool away sees the visit, or this thread sees that it is away
  }
  ~Visit() { end(self_); }
  static void end(Thread& self) noexcept { self.visiting.store(nullptr, std::memory_order_release); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  Thread& self_;
};

// Waits until every visit of the pool that began before is over.
void quiesce(const Pool* pool) noexcept;

// Waits until every section (see OwnerSection) that needs no lock and began before is over.
void await_sections() noexcept;

// All records, used and unused.
Thread* all_threads() noexcept;

}  // namespace leasehold::detail
