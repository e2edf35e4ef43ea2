#include "owner/record.hpp"

namespace leasehold::detail {

namespace {
// After so many changes of its user an owner is taken to be shared by threads.
constexpr unsigned most_handovers = 8;

// What `user` says when everybody takes the mutex: no thread's record.
const Thread* const everybody = reinterpret_cast<const Thread*>(alignof(Thread));  // NOLINT
}  // namespace

void OwnerSection::lock(OwnerRecord& record, Thread& self) noexcept {
  record.mutex.lock();
  const Thread* const user = record.user.load(std::memory_order_relaxed);
  if (user == everybody) return;
  if (user) {
    // The user either sees that it is not the user any more, or is seen inside.
    record.user.store(nullptr, std::memory_order_relaxed);
    heavy_barrier();
    while (user->inside.load(std::memory_order_acquire) == &record) sync::yield();
    ++record.handovers;
  }
  if (record.handovers < most_handovers && light_barriers_work()) {
    // From here on the mutex keeps out those who are not the user, and this thread is the user.
    record.user.store(&self, std::memory_order_release);
  } else {
    record.user.store(everybody, std::memory_order_release);
  }
}

}  // namespace leasehold::detail
