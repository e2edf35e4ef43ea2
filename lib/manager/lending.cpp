// Acquiring and taking back.

#include "manager/state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold {

using detail::EntryPtr;

namespace {

CallSite site_of(const AcquireOptions& options, CallSite caller) noexcept {
  return options.site.line != 0 ? options.site : caller;
}

// Whether an optional resource that failed like this is simply not there. Mistakes of the program, a manager
// that closes and a caller who gave up are no such thing.
bool may_go_without(const Error& error) noexcept {
  switch (error.reason()) {
    case errc::acquire_closed:
    case errc::acquire_cancelled:
    case errc::acquire_forked:
      return false;
    default:
      return dynamic_cast<const ConfigError*>(&error) == nullptr;
  }
}

void require_owner(const OwnerId& owner, std::string_view name) {
  if (!owner)
    throw ConfigError(errc::config_value, "a lease needs an owner",
                      {.resource = std::string(name), .hint = "give an owner id that is not empty"});
}

}  // namespace

Lease ResourceManager::acquire(std::string_view name, OwnerId owner, AcquireOptions options, CallSite site) {
  state_->require_open();
  const EntryPtr entry = state_->at(name);
  const auto limit = state_->limit(options, entry->acquire_timeout.load(std::memory_order_relaxed));
  return entry->pool->acquire(owner, limit.deadline, limit.may_wait, std::move(options.stop),
                              site_of(options, site));
}

std::optional<Lease> ResourceManager::try_acquire(std::string_view name, OwnerId owner, CallSite site) {
  try {
    return acquire(name, std::move(owner), {.timeout = Duration::zero()}, site);
  } catch (const PoolExhaustedError&) {
    return std::nullopt;
  } catch (const Error& error) {
    if (error.reason() == errc::acquire_suspended) return std::nullopt;
    throw;
  }
}

LeaseSet ResourceManager::acquire_all(std::span<const ResourceRequirement> requirements, OwnerId owner,
                                      AcquireOptions options, CallSite site) {
  state_->require_open();
  require_owner(owner, requirements.empty() ? std::string_view() : requirements.front().name);
  struct Wanted {
    EntryPtr entry;
    const ResourceRequirement* requirement;
  };
  std::vector<Wanted> wanted;
  std::vector<const ResourceRequirement*> unknown;  // and optional
  Duration longest = Duration::zero();
  for (const ResourceRequirement& requirement : requirements) {
    EntryPtr entry = requirement.required ? state_->at(requirement.name) : state_->find(requirement.name);
    if (!entry) {
      unknown.push_back(&requirement);
      continue;
    }
    wanted.push_back({std::move(entry), &requirement});
    longest = std::max(longest, wanted.back().entry->acquire_timeout.load(std::memory_order_relaxed));
  }
  // Required before optional within one name: the optional one then shares what is held.
  std::stable_sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
    return std::pair(a.entry->order, !a.requirement->required) <
           std::pair(b.entry->order, !b.requirement->required);
  });

  const auto common = state_->limit(options, longest);
  LeaseSet leases;  // if one fails, its destructor gives the others back in reverse
  for (const Wanted& want : wanted) {
    const ResourceRequirement& requirement = *want.requirement;
    auto limit = common;
    if (requirement.timeout) {
      limit.may_wait = limit.may_wait && *requirement.timeout > Duration::zero();
      if (*requirement.timeout > Duration::zero())
        limit.deadline = std::min(limit.deadline, state_->clock->deadline_after(*requirement.timeout));
    }
    Lease lease;
    try {
      lease = want.entry->pool->acquire(owner, limit.deadline, limit.may_wait, options.stop,
                                        site_of(options, site));
    } catch (const Error& error) {
      if (requirement.required || !may_go_without(error)) throw;
      detail::log(state_->options.logger, LogLevel::info,
                  fmt::format("going without optional resource '{}': {}", requirement.name, error.what()));
    }
    leases.add({requirement.name, requirement.role, std::move(lease)});
  }
  for (const ResourceRequirement* requirement : unknown) {
    detail::log(state_->options.logger, LogLevel::warning,
                fmt::format("going without optional resource '{}': it is not registered", requirement->name));
    leases.add({requirement->name, requirement->role, Lease()});
  }
  return leases;
}

LeaseSet ResourceManager::configure_from_requirements(std::span<const ResourceRequirement> requirements,
                                                      OwnerId owner, CallSite site) {
  return acquire_all(requirements, std::move(owner), {}, site);
}

bool ResourceManager::release(std::string_view name, OwnerId owner) {
  const EntryPtr entry = state_->find(name);
  return entry && owner && entry->pool->release(owner);
}

std::size_t ResourceManager::release_all(OwnerId owner) {
  if (detail::process_epoch() != state_->process) state_->require_open();
  return owner ? detail::release_all(owner, state_->token) : 0;
}

}  // namespace leasehold
