#pragma once

// Leases by scope: what one visit to a state (or one network on the stack) holds, and how leases pass from a
// state that is left to one that is entered without going back to the pool.

#include <leasehold/manager.hpp>

#include <boost/container/small_vector.hpp>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold::fsm {

// A lease and what declares it, in the machine's definition. An optional resource that is absent is an empty
// lease.
struct Held {
  const ResourceRequirement* declared = nullptr;
  Lease lease = {};

  bool is(std::string_view name_or_role) const noexcept {
    return declared->name == name_or_role || (!declared->role.empty() && declared->role == name_or_role);
  }
};

class Scope {
 public:
  Scope() = default;
  Scope(Scope&&) noexcept = default;
  Scope& operator=(Scope&&) noexcept = default;
  ~Scope() { clear(); }

  // By name or role; null if this scope does not know it. `outer_name` is set where a role stands for a lease
  // of an outer scope.
  Lease* find(std::string_view name_or_role, std::string_view& outer_name) noexcept;

  bool empty() const noexcept { return held.empty() && aliases.empty(); }
  void clear() noexcept {  // in reverse order of acquisition
    while (!held.empty()) held.pop_back();
    aliases.clear();
  }

  boost::container::small_vector<Held, 2> held;     // in order of acquisition
  std::vector<const ResourceRequirement*> aliases;  // whose role is a name for what an outer scope holds
};

// Leases between their old scope and the next. Whatever nobody takes goes back, in reverse.
class Carried {
 public:
  Carried() = default;
  Carried(const Carried&) = delete;
  Carried& operator=(const Carried&) = delete;
  ~Carried() {
    release_if([](const Held&) { return true; });
  }

  bool empty() const noexcept { return held_.empty(); }
  void add(Held held) { held_.push_back(std::move(held)); }
  Lease* find(std::string_view name_or_role) noexcept;  // null if there is none
  Lease take(std::string_view name) noexcept;           // empty if there is none

  // Gives back those of which `chosen(held)` says so.
  template <class Chosen>
  void release_if(const Chosen& chosen) noexcept {
    for (auto held = held_.rbegin(); held != held_.rend(); ++held)
      if (held->lease && chosen(*held)) held->lease.release();
    std::erase_if(held_, [](const Held& held) { return !held.lease; });
  }

 private:
  std::vector<Held> held_;
};

// Fills the scope for `owner` from the carried leases, or notes an alias where `is_held(name)` says that an
// outer scope has it. What is missing then is returned. A carried lease that cannot be handed over (revoked,
// say) goes back and is missing. `handed_over(name)` is told of every other.
template <class IsHeld, class HandedOver>
std::vector<const ResourceRequirement*> gather(std::span<const ResourceRequirement> requirements,
                                               const OwnerId& owner, Carried& carried, Scope& scope,
                                               const IsHeld& is_held, const HandedOver& handed_over) {
  std::vector<const ResourceRequirement*> missing;
  for (const ResourceRequirement& requirement : requirements) {
    if (is_held(requirement.name)) {
      if (!requirement.role.empty()) scope.aliases.push_back(&requirement);
      continue;
    }
    if (Lease lease = carried.take(requirement.name)) {
      try {
        if (!(lease.owner() == owner)) lease.hand_over(owner);
        scope.held.push_back({&requirement, std::move(lease)});
        handed_over(requirement.name);
        continue;
      } catch (const Error&) {
        lease.discard();
      }
    }
    missing.push_back(&requirement);
  }
  return missing;
}

}  // namespace leasehold::fsm
