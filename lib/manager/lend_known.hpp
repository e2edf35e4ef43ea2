#pragma once

// Lending what a thread knows the way to, in the usual case. In a header for the few functions that lend, so
// that it becomes part of them.

#include "manager/state.hpp"
#include "pool/lend_at_once.hpp"

namespace leasehold {

[[gnu::always_inline]] inline detail::Hold* ResourceManager::State::lend_known(
    detail::Thread& self, const detail::Lookup& known, const detail::Name& name, const OwnerId& owner,
    const CallSite& site, detail::Moment& moment) noexcept {
  if (known.name != name) return nullptr;
  return detail::Pool::try_lend(self, known.pool, registry->sign(), known.version, owner, site, moment);
}

[[gnu::always_inline]] inline detail::Hold* ResourceManager::State::lend_known(
    detail::Thread& self, std::string_view name, const OwnerId& owner, const CallSite& site,
    detail::Moment& moment) noexcept {
  if (name.size() > detail::Name::longest) return nullptr;
  const detail::Name short_name = detail::Name::of(name);
  return lend_known(self, detail::lookup(self, short_name), short_name, owner, site, moment);
}

[[gnu::always_inline]] inline detail::Hold* ResourceManager::State::lend_known(
    detail::Thread& self, const detail::ResourceName* name, const OwnerId& owner, const CallSite& site,
    detail::Moment& moment) noexcept {
  if (!name || name->registry != registry.get()) [[unlikely]]
    return nullptr;
  detail::Pool* const pool = name->pool.load(std::memory_order_acquire);
  if (!pool) [[unlikely]]
    return nullptr;
  return detail::Pool::try_lend(self, pool, name->pool, pool, owner, site, moment);
}

}  // namespace leasehold
