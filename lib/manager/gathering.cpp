// acquire_all: several resources, all or none.

#include "manager/lend_known.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/container/small_vector.hpp>

namespace leasehold {

using detail::EntryPtr;

namespace {

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

void require_owner(const OwnerId& owner, std::span<const ResourceRequirement> requirements) {
  if (!owner)
    throw ConfigError(errc::config_value, "a lease needs an owner",
                      {.resource = requirements.empty() ? std::string() : requirements.front().name,
                       .hint = "give an owner id that is not empty"});
}

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

// What one acquire_all has to wait for, under one deadline. If one cannot be had, the destructor of the set
// gives back the others, in reverse.
class ResourceManager::State::Gathering {
 public:
  Gathering(State& state, std::span<const ResourceRequirement> requirements, const OwnerId& owner,
            const AcquireOptions& options, const CallSite& site)
      : state_(state), requirements_(requirements), owner_(owner), options_(options), site_(site) {
    state.require_open();
    require_owner(owner, requirements);
  }

  // What has to be made or waited for. An optional one that cannot be had is an empty lease.
  Lease lend_in_time(const ResourceRequirement& requirement) {
    Limit limit = common();
    if (requirement.timeout) {
      limit.may_wait = limit.may_wait && *requirement.timeout > Duration::zero();
      if (*requirement.timeout > Duration::zero())
        limit.deadline = std::min(limit.deadline, state_.clock->deadline_after(*requirement.timeout));
    }
    try {
      const EntryPtr entry = state_.at(requirement.name);
      return entry->pool->acquire(owner_, limit.deadline, limit.may_wait, options_.stop, site_);
    } catch (const Error& error) {
      if (requirement.required || !may_go_without(error)) throw;
      detail::log(state_.options.logger, LogLevel::info,
                  fmt::format("going without optional resource '{}': {}", requirement.name, error.what()));
      return {};
    }
  }

 private:
  // The one deadline of all: the clock is read when the first cannot be had at once.
  const Limit& common() {
    if (!common_) {
      Duration longest = Duration::zero();
      for (const ResourceRequirement& requirement : requirements_)
        if (const EntryPtr entry = state_.find(requirement.name))
          longest = std::max(longest, entry->acquire_timeout.load(std::memory_order_relaxed));
      common_ = state_.limit(options_, longest);
    }
    return *common_;
  }

  State& state_;
  const std::span<const ResourceRequirement> requirements_;
  const OwnerId& owner_;
  const AcquireOptions& options_;
  const CallSite& site_;
  std::optional<Limit> common_;
};

LeaseSet ResourceManager::acquire_all(std::span<const ResourceRequirement> requirements, const OwnerId& owner,
                                      const AcquireOptions& options, CallSite caller) {
  const CallSite& site = State::site_of(options, caller);
  State::Gathering gathering(*state_, requirements, owner, options, site);
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

  LeaseSet leases;
  std::size_t text = 0;
  for (const ResourceRequirement& requirement : requirements)
    text += requirement.name.size() + requirement.role.size();
  leases.reserve(requirements.size(), text);
  detail::Moment moment;
  for (const Wanted& want : wanted) {
    detail::Hold* hold = nullptr;
    if (want.noted) hold = state_->lend_known(self, *want.noted, want.name, owner, site, moment);
    const ResourceRequirement& requirement = *want.requirement;
    leases.add(requirement.name, requirement.role,
               hold ? detail::Hold::make_lease(hold) : gathering.lend_in_time(requirement));
    if (!hold) moment = {};
  }
  for (const ResourceRequirement* const requirement : unknown) {
    detail::log(state_->options.logger, LogLevel::warning,
                fmt::format("going without optional resource '{}': it is not registered", requirement->name));
    leases.add(requirement->name, requirement->role, Lease());
  }
  return leases;
}

LeaseSet ResourceManager::acquire_all(const RequirementSet& set, const OwnerId& owner,
                                      const AcquireOptions& options, CallSite caller) {
  // Prepared when something was not registered, or registered anew since: by name, which sees to that.
  std::size_t before = 0;
  for (const ResourceId id : set.ids_) {
    if (id.name_->registry != state_->registry.get()) state_->text_of(id.name_);  // refuses it
    const std::size_t order = id.name_->order.load(std::memory_order_relaxed);
    if (order < before || !id.name_->pool.load(std::memory_order_relaxed)) [[unlikely]]
      return acquire_all(set.requirements(), owner, options, caller);
    before = order;
  }
  if (set.empty()) return acquire_all(set.requirements(), owner, options, caller);
  const CallSite& site = State::site_of(options, caller);
  detail::Thread& self = detail::current_thread();
  LeaseSet leases(set);
  std::optional<State::Gathering> gathering;
  detail::Moment moment;
  LeaseSet::Entry* entry = leases.entries().data();
  for (std::size_t i = 0; i < set.ids_.size(); ++i, ++entry) {
    if (detail::Hold* const hold = state_->lend_known(self, set.ids_[i].name_, owner, site, moment))
        [[likely]] {
      detail::Hold::fill(entry->lease, hold);
      continue;
    }
    if (!gathering) gathering.emplace(*state_, set.requirements(), owner, options, site);
    entry->lease = gathering->lend_in_time(set.requirements_[i]);
    moment = {};
  }
  return leases;
}

RequirementSet ResourceManager::prepare(std::span<const ResourceRequirement> requirements) {
  if (detail::process_epoch() != state_->process) state_->require_open();
  std::vector<Wanted> wanted;
  for (const ResourceRequirement& requirement : requirements) {
    const EntryPtr entry = state_->registry->find(requirement.name);
    Wanted& next = wanted.emplace_back();
    next.requirement = &requirement;
    next.order = entry ? entry->order : std::size_t(-1);
  }
  std::sort(wanted.begin(), wanted.end());
  RequirementSet set;
  for (const Wanted& want : wanted) {
    set.requirements_.push_back(*want.requirement);
    set.ids_.push_back(resource_id(want.requirement->name));
    set.words_ += want.requirement->name + want.requirement->role;
  }
  static std::atomic<std::uint64_t> preparations = 0;
  if (!set.empty()) set.number_ = ++preparations;
  return set;
}

LeaseSet ResourceManager::configure_from_requirements(std::span<const ResourceRequirement> requirements,
                                                      const OwnerId& owner, CallSite site) {
  return acquire_all(requirements, owner, {}, site);
}

}  // namespace leasehold
