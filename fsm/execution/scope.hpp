#pragma once

// Leases by scope: what one visit to a state (or one network on the stack) holds, and how leases pass from a
// state that is left to one that is entered without going back to the pool.

#include <leasehold/manager.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold::fsm {

class Scope {
 public:
  // By name or role; null if this scope does not know it. An optional resource that is absent is an empty
  // lease. `outer_name` is set where a role stands for a lease of an outer scope.
  Lease* find(std::string_view name_or_role, std::string_view& outer_name) noexcept;

  LeaseSet leases;                                           // in order of acquisition
  std::vector<std::pair<std::string, std::string>> aliases;  // role and name of what an outer scope holds
};

// Leases between their old scope and the next. Whatever nobody takes goes back, in reverse.
class Carried {
 public:
  Carried() = default;
  Carried(const Carried&) = delete;
  Carried& operator=(const Carried&) = delete;
  ~Carried() {
    release_if([](const LeaseSet::Entry&) { return true; });
  }

  bool empty() const noexcept { return entries_.empty(); }
  void add(LeaseSet::Entry entry) { entries_.push_back(std::move(entry)); }
  Lease* find(std::string_view name_or_role) noexcept;  // null if there is none
  Lease take(std::string_view name) noexcept;           // empty if there is none

  // Gives back those of which `chosen(entry)` says so.
  template <class Chosen>
  void release_if(const Chosen& chosen) noexcept {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry)
      if (entry->lease && chosen(*entry)) entry->lease.release();
    std::erase_if(entries_, [](const LeaseSet::Entry& entry) { return !entry.lease; });
  }

 private:
  std::vector<LeaseSet::Entry> entries_;
};

// What a scope needs beyond what outer scopes hold and what is carried over.
struct Needs {
  std::vector<ResourceRequirement> missing;
  std::vector<std::string> handed_over;
};

// Fills the scope for `owner` from the carried leases, or notes an alias where `held(name)` says that an
// outer scope has it; the rest is returned as missing. A carried lease that cannot be handed over (revoked,
// say) goes back and is missing.
template <class Held>
Needs gather(std::span<const ResourceRequirement> requirements, const OwnerId& owner, Carried& carried,
             Scope& scope, const Held& held) {
  Needs needs;
  for (const ResourceRequirement& requirement : requirements) {
    if (held(requirement.name)) {
      if (!requirement.role.empty()) scope.aliases.emplace_back(requirement.role, requirement.name);
      continue;
    }
    if (Lease lease = carried.take(requirement.name)) {
      try {
        if (!(lease.owner() == owner)) lease.hand_over(owner);
        scope.leases.add({requirement.name, requirement.role, std::move(lease)});
        needs.handed_over.push_back(requirement.name);
        continue;
      } catch (const Error&) {
        lease.discard();
      }
    }
    needs.missing.push_back(requirement);
  }
  return needs;
}

}  // namespace leasehold::fsm
