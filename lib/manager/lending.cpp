// Acquiring and taking back.

#include "manager/state.hpp"

#include <fmt/format.h>

namespace leasehold {

using detail::EntryPtr;

// In a visit of the pool, if `leads_there` says then that it is still the name's.
template <class LeadsThere>
inline Lease ResourceManager::State::lend_at_once(detail::Thread& self, detail::Pool* pool,
                                                  const OwnerId& owner, CallSite site,
                                                  LeadsThere leads_there) noexcept {
  detail::Slot* stale = nullptr;
  {
    const detail::Visit visit(self, pool);
    if (!leads_there()) return {};
    if (Lease lease = pool->try_lend(self, owner, site, stale); !stale) return lease;
  }
  stale->pool->give_back(*stale);
  return {};
}

Lease ResourceManager::State::lend_known(detail::Thread& self, const detail::Lookup& known,
                                         const detail::Name& name, const OwnerId& owner,
                                         CallSite site) noexcept {
  if (known.name != name) return {};
  return lend_at_once(self, known.pool, owner, site, [&] { return known.version == registry->version(); });
}

Lease ResourceManager::State::lend_known(std::string_view name, const OwnerId& owner,
                                         CallSite site) noexcept {
  if (name.size() > detail::Name::longest) return {};
  detail::Thread& self = detail::current_thread();
  const detail::Name short_name = detail::Name::of(name);
  return lend_known(self, detail::lookup(self, short_name), short_name, owner, site);
}

Lease ResourceManager::State::lend_known(const detail::ResourceName* name, const OwnerId& owner,
                                         CallSite site) noexcept {
  if (!name || name->registry != registry.get()) return {};
  detail::Pool* const pool = name->pool.load(std::memory_order_acquire);
  if (!pool) return {};
  return lend_at_once(detail::current_thread(), pool, owner, site,
                      [&] { return name->pool.load(std::memory_order_acquire) == pool; });
}

const std::string& ResourceManager::State::text_of(const detail::ResourceName* name) const {
  if (!name)
    throw ConfigError(errc::config_value, "the resource id is empty",
                      {.hint = "get one from resource_id of the manager"});
  if (name->registry != registry.get())
    throw ConfigError(errc::config_value, fmt::format("the id of '{}' is of another manager", name->text),
                      {.resource = name->text, .hint = "get one from resource_id of this manager"});
  return name->text;
}

Lease ResourceManager::State::lend_in_time(const detail::Entry& entry, const OwnerId& owner,
                                           const AcquireOptions& from, CallSite site) {
  const Limit time = limit(from, entry.acquire_timeout.load(std::memory_order_relaxed));
  return entry.pool->acquire(owner, time.deadline, time.may_wait, from.stop, site);
}

// First what this thread can have at once, of a name that it knows; then the long way, with every check.
Lease ResourceManager::acquire(std::string_view name, const OwnerId& owner, const AcquireOptions& options,
                               CallSite site) {
  site = State::site_of(options, site);
  if (Lease lease = state_->lend_known(name, owner, site); !lease.empty()) return lease;
  state_->require_open();
  const EntryPtr entry = state_->at(name);
  if (name.size() <= detail::Name::longest)
    state_->registry->remember(detail::lookup(detail::current_thread(), detail::Name::of(name)), name);
  return state_->lend_in_time(*entry, owner, options, site);
}

Lease ResourceManager::acquire(ResourceId id, const OwnerId& owner, const AcquireOptions& options,
                               CallSite site) {
  site = State::site_of(options, site);
  if (Lease lease = state_->lend_known(id.name_, owner, site); !lease.empty()) return lease;
  const std::string& name = state_->text_of(id.name_);
  state_->require_open();
  return state_->lend_in_time(*state_->at(name), owner, options, site);
}

namespace {
template <class Acquire>
std::optional<Lease> unless_exhausted(const Acquire& acquire) {
  try {
    return acquire();
  } catch (const PoolExhaustedError&) {
    return std::nullopt;
  }
}
}  // namespace

std::optional<Lease> ResourceManager::try_acquire(std::string_view name, const OwnerId& owner,
                                                  CallSite site) {
  return unless_exhausted([&] { return acquire(name, owner, {.timeout = Duration::zero()}, site); });
}

std::optional<Lease> ResourceManager::try_acquire(ResourceId id, const OwnerId& owner, CallSite site) {
  return unless_exhausted([&] { return acquire(id, owner, {.timeout = Duration::zero()}, site); });
}

const std::string& ResourceId::name() const noexcept {
  static const std::string nothing;
  return name_ ? name_->text : nothing;
}

ResourceId ResourceManager::resource_id(std::string_view name) {
  if (detail::process_epoch() != state_->process) state_->require_open();
  return ResourceId(&state_->registry->intern(name));
}

bool ResourceManager::release(std::string_view name, const OwnerId& owner) {
  const EntryPtr entry = state_->find(name);
  return entry && owner && entry->pool->release(owner);
}

std::size_t ResourceManager::release_all(const OwnerId& owner) {
  if (detail::process_epoch() != state_->process) state_->require_open();
  return owner ? detail::release_all(owner, state_->token) : 0;
}

}  // namespace leasehold
