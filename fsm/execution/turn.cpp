#include "execution/turn.hpp"

#include <limits>

namespace leasehold::fsm {

bool Turn::take_kept(std::uint32_t seen, bool from_keeper) noexcept {
  if (!(seen & kept)) return false;
  const bool mine = worker_.load(std::memory_order_relaxed) == self();
  if (mine ? inside_ : !from_keeper) return false;
  begin();
  return true;
}

bool Turn::leave_mail() noexcept {
  const std::uint32_t seen = word_.fetch_or(busy | mail, std::memory_order_acq_rel);
  if (seen & busy) return take_kept(seen, false);
  begin();
  return true;
}

void Turn::nudge() noexcept {
  if (word_.fetch_or(mail, std::memory_order_acq_rel) & watched) announce();
}

void Turn::wait_for() noexcept {
  for (;;) {
    const std::uint32_t seen = changes();
    if (take(true)) return;
    watch();
    if (take(true)) return;
    changes_.wait(seen);
  }
}

bool Turn::keep() noexcept {
  inside_ = false;
  std::uint32_t seen = word_.load(std::memory_order_relaxed);
  for (;;) {
    if (seen & mail) {
      inside_ = true;
      return false;
    }
    if (word_.compare_exchange_weak(seen, busy | kept, std::memory_order_acq_rel)) break;
  }
  if (seen & watched) announce();
  return true;
}

void Turn::announce() noexcept {
  changes_.fetch_add(1, std::memory_order_acq_rel);
  changes_.notify_all();
  clock_.unpark(changes_, std::numeric_limits<int>::max());
}

}  // namespace leasehold::fsm
