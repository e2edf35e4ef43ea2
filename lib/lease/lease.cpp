#include <leasehold/lease.hpp>

#include "lease/hold.hpp"
#include "pool/pool.hpp"

#include "owner/record.hpp"

namespace leasehold {

OwnerId detail::Hold::owner_id() const {
  return refer(*owner);
}

using detail::Hold;
using detail::Pool;

namespace {
[[noreturn]] void throw_empty() {
  throw StateError(errc::lease_revoked, "the lease is empty", {.hint = "acquire the resource first"});
}

[[noreturn]] void throw_taken_away(const Hold& hold) {
  const bool revoked = (hold.word.load() & Hold::revoked) != 0;
  throw StateError(
      errc::lease_revoked,
      "the lease of '" + hold.pool->name() + "' was " + (revoked ? "revoked" : "released by name"),
      {.resource = hold.pool->name(), .owner = hold.owner_id().name(), .hint = "acquire it again"});
}

[[noreturn]] void throw_forked(const Hold& hold) {
  throw StateError(errc::acquire_forked,
                   "the lease of '" + hold.pool->name() + "' belongs to the parent process",
                   {.resource = hold.pool->name(), .hint = "acquire from a manager made in the child"});
}

// Whether the resource is still there. Marks the use by another thread before it looks, so that a release by
// name either sees the mark or is seen.
bool touch(Hold& hold) noexcept {
  Hold::Word word = hold.word.load(std::memory_order_acquire);
  if (!(word & (Hold::foreign | Hold::taken_away)) && hold.thread != detail::this_thread())
    word = hold.word.fetch_or(Hold::foreign, std::memory_order_acq_rel);
  return (word & Hold::taken_away) == 0;
}
}  // namespace

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release();
    hold_ = std::exchange(other.hold_, nullptr);
  }
  return *this;
}

Resource& Lease::get() const {
  if (!hold_) throw_empty();
  if (Pool::forked(hold_)) throw_forked(*hold_);
  if (!touch(*hold_)) throw_taken_away(*hold_);
  return hold_->live->resource;
}

nlohmann::json Lease::call(std::string_view operation, const nlohmann::json& arguments,
                           const CallOptions& options) const {
  if (!hold_) throw_empty();
  get();
  if (!hold_->share(Hold::one_call)) throw_taken_away(*hold_);
  return Pool::call(hold_, operation, arguments, options);
}

void Lease::discard() noexcept {
  if (hold_ && !Pool::forked(hold_) && touch(*hold_)) hold_->live->doomed.store(true);
}

void Lease::release() noexcept {
  if (Hold* const hold = std::exchange(hold_, nullptr)) detail::end_lease(hold);
}

void Lease::hand_over(OwnerId to) {
  if (!hold_) throw_empty();
  Pool::hand_over(hold_, to);
}

bool Lease::revoked() const noexcept {
  return hold_ && (hold_->word.load() & Hold::taken_away) != 0;
}
OwnerId Lease::owner() const {
  return hold_ ? hold_->owner_id() : OwnerId();
}
std::uint64_t Lease::fence() const noexcept {
  if (!hold_) return 0;
  hold_->pool->ask_for_fences();
  // Whoever got the capacity of a revoked one meanwhile, before anybody asked, may have a lower number.
  return (hold_->word.load() & Hold::revoked) ? 0 : hold_->fence;
}

const std::string& Lease::name() const {
  static const std::string nothing;
  return hold_ ? hold_->pool->name() : nothing;
}

}  // namespace leasehold
