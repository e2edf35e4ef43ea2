// Acquiring and taking back.

#include "manager/lend_known.hpp"

#include <fmt/format.h>

namespace leasehold {

using detail::EntryPtr;
using detail::Hold;

const std::string& ResourceManager::State::text_of(const detail::ResourceName* name) const {
  if (!name)
    throw ConfigError(errc::config_value, "the resource id is empty",
                      {.hint = "get one from resource_id of the manager"});
  if (name->registry != registry.get())
    throw ConfigError(errc::config_value, fmt::format("the id of '{}' is of another manager", name->text),
                      {.resource = name->text, .hint = "get one from resource_id of this manager"});
  return name->text;
}

EntryPtr ResourceManager::State::note(std::string_view name) {
  require_open();
  EntryPtr entry = at(name);
  if (name.size() <= detail::Name::longest)
    registry->remember(detail::lookup(detail::current_thread(), detail::Name::of(name)), name);
  return entry;
}

Lease ResourceManager::State::lend_in_time(std::string_view name, const OwnerId& owner,
                                           const AcquireOptions& from, const CallSite& site) {
  const EntryPtr entry = note(name);
  const Limit time = limit(from, entry->acquire_timeout.load(std::memory_order_relaxed));
  return entry->pool->acquire(owner, time.deadline, time.may_wait, from.stop, site);
}

std::optional<Lease> ResourceManager::State::try_lend(std::string_view name, const OwnerId& owner,
                                                      const CallSite& site) {
  return note(name)->pool->try_acquire(owner, site);
}

// First what this thread can have at once, of a name that it knows; then the long way.
Lease ResourceManager::acquire(std::string_view name, const OwnerId& owner, const AcquireOptions& options,
                               CallSite caller) {
  const CallSite& site = State::site_of(options, caller);
  detail::Moment moment;
  if (Hold* const hold = state_->lend_known(detail::current_thread(), name, owner, site, moment)) [[likely]]
    return Hold::make_lease(hold);
  return state_->lend_in_time(name, owner, options, site);
}

Lease ResourceManager::acquire(ResourceId id, const OwnerId& owner, const AcquireOptions& options,
                               CallSite caller) {
  const CallSite& site = State::site_of(options, caller);
  detail::Moment moment;
  if (Hold* const hold = state_->lend_known(detail::current_thread(), id.name_, owner, site, moment))
      [[likely]]
    return Hold::make_lease(hold);
  return state_->lend_in_time(state_->text_of(id.name_), owner, options, site);
}

std::optional<Lease> ResourceManager::try_acquire(std::string_view name, const OwnerId& owner,
                                                  CallSite site) {
  detail::Moment moment;
  if (Hold* const hold = state_->lend_known(detail::current_thread(), name, owner, site, moment))
    return Hold::make_lease(hold);
  return state_->try_lend(name, owner, site);
}

std::optional<Lease> ResourceManager::try_acquire(ResourceId id, const OwnerId& owner, CallSite site) {
  detail::Moment moment;
  if (Hold* const hold = state_->lend_known(detail::current_thread(), id.name_, owner, site, moment))
    return Hold::make_lease(hold);
  return state_->try_lend(state_->text_of(id.name_), owner, site);
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
