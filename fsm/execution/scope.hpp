#pragma once

// Leases by scope: what one visit to a state (or one network on the stack) holds, and how leases pass from a
// state that is left to one that is entered without going back to the pool.

#include "model.hpp"

#include <leasehold/manager.hpp>

#include <boost/container/small_vector.hpp>
#include <concepts>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold::fsm {

// What a lease is asked for by: its name or a role; by its name alone where that is what counts.
struct Sought {
  std::string_view name;
  bool by_role = true;
};

// A lease and what declares it, in the machine's definition. An optional resource that is absent is an empty
// lease.
struct Held {
  Held(const ResourceRequirement* declares, Lease its) noexcept : declared(declares), lease(std::move(its)) {}
  // The lease is what the call gives, made in its place.
  template <std::invocable Acquire>
  Held(const ResourceRequirement* declares, const Acquire& acquire) : declared(declares), lease(acquire()) {}

  const ResourceRequirement* declared;
  Lease lease;

  bool is(const Sought& sought) const noexcept {
    return declared->name == sought.name ||
           (sought.by_role && !declared->role.empty() && declared->role == sought.name);
  }
};

class Scope {
 public:
  Scope() = default;
  Scope(Scope&&) noexcept = default;
  Scope& operator=(Scope&&) noexcept = default;
  ~Scope() { clear(); }

  // Null if this scope does not have it. If it knows of it at all, `declared` is set, and `sought` becomes
  // its name: what scopes further out call so by a role is something else.
  Lease* find(Sought& sought, bool& declared) noexcept;

  bool empty() const noexcept { return held.empty() && aliases.empty(); }
  void clear() noexcept {  // in reverse order of acquisition
    while (!held.empty()) held.pop_back();
    aliases.clear();
  }

  boost::container::small_vector<Held, 2> held;     // in order of acquisition
  std::vector<const ResourceRequirement*> aliases;  // what is declared here and an outer scope holds
};

// Leases between their old scope and the next, and what the actions of arcs may still ask for by role.
// Whatever nobody takes goes back, in reverse.
class Carried {
 public:
  Carried() = default;
  Carried(const Carried&) = delete;
  Carried& operator=(const Carried&) = delete;
  ~Carried() {
    release_if([](const Held&) { return true; });
  }

  bool empty() const noexcept { return held_.empty() && known_.empty(); }
  void add(StateIndex from, Held held) { held_.push_back({from, std::move(held)}); }
  // What `from` has under a role of its own, or not at all.
  void add_known(StateIndex from, const ResourceRequirement* declared) { known_.push_back({from, declared}); }

  // As of the scope of the state that has been left.
  Lease* find(StateIndex from, Sought& sought, bool& declared) noexcept;

  // Of one of the states that `may_give(from)`; empty if there is none.
  template <class MayGive>
  Lease take(std::string_view name, const MayGive& may_give) noexcept {
    for (auto& [from, held] : held_)
      if (held.declared->name == name && held.lease && may_give(from)) return std::move(held.lease);
    return {};
  }

  // Gives back those of which `chosen(held)` says so.
  template <class Chosen>
  void release_if(const Chosen& chosen) noexcept {
    for (auto at = held_.rbegin(); at != held_.rend(); ++at)
      if (at->second.lease && chosen(at->second)) at->second.lease.release();
    std::erase_if(held_, [](const auto& entry) { return !entry.second.lease; });
    known_.clear();
  }

 private:
  std::vector<std::pair<StateIndex, Held>> held_;
  std::vector<std::pair<StateIndex, const ResourceRequirement*>> known_;
};

// Fills the scope for `owner` with what `take(name)` gives, or notes an alias where `is_held(name)` says that
// an outer scope has it. What is missing then is returned. A carried lease that cannot be handed over
// (revoked, say) goes back and is missing. `handed_over(name)` is told of every other.
template <class Take, class IsHeld, class HandedOver>
std::vector<const ResourceRequirement*> gather(std::span<const ResourceRequirement> requirements,
                                               const OwnerId& owner, const Take& take, Scope& scope,
                                               const IsHeld& is_held, const HandedOver& handed_over) {
  std::vector<const ResourceRequirement*> missing;
  for (const ResourceRequirement& requirement : requirements) {
    if (is_held(requirement.name)) {
      scope.aliases.push_back(&requirement);
      continue;
    }
    if (Lease lease = take(requirement.name)) {
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
