#include "thread/thread.hpp"

#include <pthread.h>

namespace leasehold::detail {

namespace thread_local_storage {
[[gnu::tls_model("initial-exec")]] constinit thread_local Thread* current = nullptr;
}

namespace {

constinit sync::Atomic<Thread*> first = nullptr;

sync::Atomic<std::uint64_t> ids = 1;

// In the child of a fork only the forking thread goes on, as another: it has acquired nothing there, and its
// hints lead to pools of the parent.
void begin_child() noexcept {
  for (Thread* thread = first.load(); thread; thread = thread->next) {
    thread->visiting.store(nullptr);
    thread->inside.store(nullptr);
    thread->hints = {};
    if (thread == thread_local_storage::current)
      thread->begin(ids.fetch_add(1));
    else
      thread->used.store(false);
  }
}

// Gives the record to the next thread when this one ends. A key's destructor, because those run after the
// destructors of thread_local objects, which may hold leases.
void leave(void* thread) {
  thread_local_storage::current = nullptr;
  static_cast<Thread*>(thread)->used.store(false, std::memory_order_release);
}

pthread_key_t leave_key() noexcept {
  static const pthread_key_t key = [] {
    pthread_key_t made{};
    pthread_key_create(&made, leave);
    return made;
  }();
  return key;
}

Thread* unused_record() noexcept {
  for (Thread* thread = first.load(std::memory_order_acquire); thread; thread = thread->next) {
    bool used = thread->used.load(std::memory_order_relaxed);
    if (!used && thread->used.compare_exchange_strong(used, true, std::memory_order_acquire)) return thread;
  }
  return nullptr;
}

Thread* new_record() {
  static sync::Atomic<std::uint64_t> count = 0;
  auto* const thread = new Thread;
  thread->index = count.fetch_add(1) + 1;
  thread->next = first.load(std::memory_order_relaxed);
  while (!first.compare_exchange_weak(thread->next, thread, std::memory_order_acq_rel)) {
  }
  return thread;
}

}  // namespace

Thread& enter_thread() {
  static const int at_fork = pthread_atfork(nullptr, nullptr, begin_child);
  static_cast<void>(at_fork);
  prepare_barriers();
  Thread* thread = unused_record();
  if (!thread) thread = new_record();
  thread->begin(ids.fetch_add(1, std::memory_order_relaxed));
  pthread_setspecific(leave_key(), thread);
  thread_local_storage::current = thread;
  return *thread;
}

Thread* all_threads() noexcept {
  return first.load(std::memory_order_acquire);
}

void await_sections() noexcept {
  heavy_barrier();
  for (Thread* thread = all_threads(); thread; thread = thread->next) {
    if (thread == thread_local_storage::current) continue;
    const OwnerRecord* const inside = thread->inside.load(std::memory_order_acquire);
    while (inside && thread->inside.load(std::memory_order_acquire) == inside) sync::yield();
  }
}

void quiesce(const Pool* pool) noexcept {
  heavy_barrier();
  for (Thread* thread = all_threads(); thread; thread = thread->next)
    while (thread->visiting.load(std::memory_order_acquire) == pool) sync::yield();
}

}  // namespace leasehold::detail
