// Acquiring and taking back.

#include "manager/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/container/small_vector.hpp>

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

inline Lease ResourceManager::State::lend_known(detail::Thread& self, detail::Lookup& known,
                                                const detail::Name& name, const OwnerId& owner,
                                                CallSite site) noexcept {
  if (known.name != name) return {};
  detail::Slot* stale = nullptr;
  {
    const detail::Visit visit(self, known.pool);
    if (known.version != registry->version()) return {};
    if (Lease lease = known.pool->try_lend(self, owner, site, known.last, stale); !stale) return lease;
  }
  stale->pool->give_back(*stale);
  return {};
}

Lease ResourceManager::State::lend_known(std::string_view name, const OwnerId& owner,
                                         CallSite site) noexcept {
  if (name.size() > detail::Name::longest) return {};
  detail::Thread& self = detail::current_thread();
  const detail::Name short_name = detail::Name::of(name);
  return lend_known(self, detail::lookup(self, short_name), short_name, owner, site);
}

// First what this thread can have at once, of a name that it knows; then the long way, with every check.
Lease ResourceManager::acquire(std::string_view name, const OwnerId& owner, const AcquireOptions& options,
                               CallSite site) {
  site = site_of(options, site);
  if (Lease lease = state_->lend_known(name, owner, site); !lease.empty()) return lease;
  state_->require_open();
  const EntryPtr entry = state_->at(name);
  if (name.size() <= detail::Name::longest)
    state_->registry->remember(detail::lookup(detail::current_thread(), detail::Name::of(name)), name);
  const auto limit = state_->limit(options, entry->acquire_timeout.load(std::memory_order_relaxed));
  return entry->pool->acquire(owner, limit.deadline, limit.may_wait, options.stop, site);
}

std::optional<Lease> ResourceManager::try_acquire(std::string_view name, const OwnerId& owner,
                                                  CallSite site) {
  try {
    return acquire(name, owner, {.timeout = Duration::zero()}, site);
  } catch (const PoolExhaustedError&) {
    return std::nullopt;
  }
}

namespace {

// A requirement whose name is registered.
struct Wanted {
  const ResourceRequirement* requirement = nullptr;
  std::size_t order = 0;
  detail::Lookup* noted = nullptr;  // where this thread noted the name, if it is short enough
  detail::Name name;

  // Required before optional within one name: the optional one then shares what is held. Then as given.
  bool operator<(const Wanted& other) const noexcept {
    if (order != other.order) return order < other.order;
    return std::pair(!requirement->required, requirement) <
           std::pair(!other.requirement->required, other.requirement);
  }
};
using AllWanted = boost::container::small_vector<Wanted, 8>;

}  // namespace

// What has to be made or waited for, under the one deadline of all.
Lease ResourceManager::State::lend_in_time(const ResourceRequirement& requirement, Limit limit,
                                           const OwnerId& owner, const std::stop_token& stop, CallSite site) {
  if (requirement.timeout) {
    limit.may_wait = limit.may_wait && *requirement.timeout > Duration::zero();
    if (*requirement.timeout > Duration::zero())
      limit.deadline = std::min(limit.deadline, clock->deadline_after(*requirement.timeout));
  }
  try {
    return at(requirement.name)->pool->acquire(owner, limit.deadline, limit.may_wait, stop, site);
  } catch (const Error& error) {
    if (requirement.required || !may_go_without(error)) throw;
    detail::log(options.logger, LogLevel::info,
                fmt::format("going without optional resource '{}': {}", requirement.name, error.what()));
    return {};
  }
}

LeaseSet ResourceManager::acquire_all(std::span<const ResourceRequirement> requirements, const OwnerId& owner,
                                      const AcquireOptions& options, CallSite site) {
  state_->require_open();
  require_owner(owner, requirements.empty() ? std::string_view() : requirements.front().name);
  site = site_of(options, site);
  detail::Thread& self = detail::current_thread();
  AllWanted wanted;
  boost::container::small_vector<const ResourceRequirement*, 4> unknown;  // and optional
  const std::uint64_t version = state_->registry->version();
  for (const ResourceRequirement& requirement : requirements) {
    Wanted& next = wanted.emplace_back();
    next.requirement = &requirement;
    if (requirement.name.size() <= detail::Name::longest) {
      next.name = detail::Name::of(requirement.name);
      next.noted = &detail::lookup(self, next.name);
      if (next.noted->name == next.name && next.noted->version == version) {
        next.order = next.noted->order;
        continue;
      }
    }
    const EntryPtr entry =
        requirement.required ? state_->at(requirement.name) : state_->find(requirement.name);
    if (entry) {
      next.order = entry->order;
      if (next.noted) state_->registry->remember(*next.noted, requirement.name);
    } else {
      wanted.pop_back();
      unknown.push_back(&requirement);
    }
  }
  if (!std::is_sorted(wanted.begin(), wanted.end())) std::sort(wanted.begin(), wanted.end());
  const auto common_limit = [&] {
    Duration longest = Duration::zero();
    for (const Wanted& want : wanted)
      if (const EntryPtr entry = state_->find(want.requirement->name))
        longest = std::max(longest, entry->acquire_timeout.load(std::memory_order_relaxed));
    return state_->limit(options, longest);
  };

  std::optional<State::Limit> common;  // the clock is read when one cannot be had at once
  LeaseSet leases;                     // if one fails, its destructor gives the others back in reverse
  leases.reserve(requirements.size());
  for (const Wanted& want : wanted) {
    Lease lease = want.noted ? state_->lend_known(self, *want.noted, want.name, owner, site) : Lease();
    if (lease.empty()) {
      if (!common) common = common_limit();
      lease = state_->lend_in_time(*want.requirement, *common, owner, options.stop, site);
    }
    leases.add({});  // filled in place: strings that are moved cost more than those that stay
    LeaseSet::Entry& entry = leases.entries().back();
    entry.lease = std::move(lease);
    entry.name = want.requirement->name;
    if (!want.requirement->role.empty()) entry.role = want.requirement->role;
  }
  for (const ResourceRequirement* requirement : unknown) {
    detail::log(state_->options.logger, LogLevel::warning,
                fmt::format("going without optional resource '{}': it is not registered", requirement->name));
    leases.add({requirement->name, requirement->role, Lease()});
  }
  return leases;
}

LeaseSet ResourceManager::configure_from_requirements(std::span<const ResourceRequirement> requirements,
                                                      const OwnerId& owner, CallSite site) {
  return acquire_all(requirements, owner, {}, site);
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
