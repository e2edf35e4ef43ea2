#include <fmt/format.h>

#include <algorithm>

#include "owner/record.hpp"
#include "pool/attempt.hpp"
#include "pool/error_text.hpp"
#include "pool/lend_at_once.hpp"

// What a lease does beside lending: operations and the change of its owner.

namespace leasehold::detail {

namespace {

// The reference and the mark of a running call.
class RunningCall {
 public:
  explicit RunningCall(Hold* hold) noexcept : hold_(hold) {}
  ~RunningCall() { Pool::drop(hold_, Hold::one_call); }
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

 private:
  Hold* hold_;
};

[[noreturn]] void throw_no_operation(const Pool& pool, std::string_view operation) {
  std::vector<std::string> known;
  for (const auto& [name, found] : operations_of(*pool.provider(), pool.name())) known.push_back(name);
  throw_error(errc::resource_operation,
              fmt::format("'{}' ({}) has no operation '{}'", pool.name(), pool.provider()->type(), operation),
              {.resource = pool.name(),
               .hint = known.empty() ? "its provider offers none" : suggest_name(operation, known)});
}

}  // namespace

// `hold` comes with one reference and one running call counted.
nlohmann::json Pool::call(Hold* hold, std::string_view operation, const nlohmann::json& arguments,
                          const CallOptions& options) {
  const RunningCall running(hold);
  Pool& pool = *hold->pool;
  if (pool.forked()) pool.throw_forked();
  const Operation* const found = operations_of(*pool.provider(), pool.name()).find(operation);
  if (!found) throw_no_operation(pool, operation);

  const OperationContext context{options.deadline, options.stop, hold->owner_id(), pool.setup_.clock};
  Preparation permit;
  permit.permit = pool.admit();
  const Clock::time_point start = pool.clock().now();
  pool.counters_.operations.add();
  const auto count = [&](bool outside_failed) {
    pool.counters_.operation_failures.add();
    pool.settle_permit(permit, false, outside_failed, pool.clock().now() - start);
  };
  std::string type;
  try {
    nlohmann::json result = found->call(hold->live->resource, arguments, context);
    pool.settle_permit(permit, true, true, pool.clock().now() - start);
    return result;
  } catch (const Error& error) {
    count(Breaker::counts(error));
    std::rethrow_exception(completed(error, pool.name(), context.owner));
  } catch (const std::exception& error) {
    count(Breaker::counts(error));
    type = current_exception_type();
  } catch (...) {
    count(false);
    type = current_exception_type();
  }
  throw_error(errc::resource_operation,
              fmt::format("operation '{}' of '{}' failed with {}", operation, pool.name(), type),
              {.resource = pool.name(), .owner = context.owner.name(), .hint = "see the provider's own log"});
}

// The hold has no reference while its fields change, so that nobody reads or takes it meanwhile; the new
// owner's entry is pending, so that another acquire of that owner waits and then shares.
void Pool::hand_over(Hold* hold, const OwnerId& to) {
  Pool& pool = *hold->pool;
  if (pool.forked()) pool.throw_forked();
  const auto refuse = [&](errc code, const std::string& why, const std::string& hint) {
    throw StateError(code, fmt::format("'{}' cannot be handed over to '{}': {}", pool.name(), to.name(), why),
                     {.resource = pool.name(), .owner = hold->owner_id().name(), .hint = hint});
  };
  if (!to) refuse(errc::config_value, "there is no such owner", "pass a non-empty owner id");
  if (to.record() == hold->owner) return;

  Thread& self = current_thread();
  OwnerRecord& record = *to.record();
  Hold awaited;
  awaited.word.store(Hold::awaited);
  awaited.pool = &pool;
  {
    const OwnerSection section(record, self);
    for (const Hold* other = record.holdings.latest(); other; other = other->older)
      if (other->pool == &pool && (other->word.load() & (Hold::awaited | Hold::all_references)) != 0)
        refuse(errc::lease_fenced, "it holds or acquires one already", "release that one first");
    record.holdings.add(awaited);
  }
  const auto settle = [&](Hold* now) {
    settle_awaited(record, self, awaited, now);
    pool.settle_followers(to);
  };

  Hold::Word word = hold->word.load();
  do {
    if ((word & Hold::taken_away) || (word & Hold::all_references) != 1) {
      settle(nullptr);
      if (word & Hold::taken_away) refuse(errc::lease_revoked, "the lease was revoked", "acquire it again");
      refuse(errc::lease_fenced, "other leases of the owner share it", "end those first");
    }
    word &= ~Hold::peeked;
  } while (!hold->word.compare_exchange_weak(word, 0));

  OwnerRecord* orphan = nullptr;
  {
    const OwnerSection section(*hold->owner, self);
    orphan = forget(*hold->owner, hold);
  }
  if (orphan) let_go(*orphan);
  pool.finish_hold(self, *hold, pool.clock().coarse_now());
  hold->granted = pool.clock().now();
  hold->noted = Hold::timed;
  Fences::note_time(self, hold->granted);
  Slot& slot = pool.slot_of(*hold);
  slot.grants.fetch_add(1, std::memory_order_relaxed);
  if (pool.shared_) {
    const std::lock_guard lock(pool.mutex_);
    hold->fence = slot.fence;  // so that the numbers of one resource grow
    pool.start(*hold, self, record, hold->site());
    slot.fence = hold->fence;
  } else {
    pool.start(*hold, self, record, hold->site());
  }
  settle(hold);
}

}  // namespace leasehold::detail
