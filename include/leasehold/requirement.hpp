#pragma once

// What somebody needs to go on: the resources of one acquire_all.
//
// Whoever needs the same again and again prepares the set once (ResourceManager::prepare): names are looked
// up and the canonical order is found then, not with every acquire_all.
//
// Threads: a set that nobody changes may be used by any number. Lifetime: not to be used after its manager's.

#include <leasehold/clock.hpp>
#include <leasehold/resource_id.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace leasehold {

struct ResourceRequirement {
  std::string name;
  bool required = true;                            // false: an empty lease instead of an error
  std::optional<Duration> timeout = std::nullopt;  // for this one; the common deadline bounds it
  std::string role = {};                           // a second name to find it by
};

class RequirementSet {
 public:
  RequirementSet() noexcept = default;  // nothing; good for every manager

  // In the canonical order as of preparation; `ids` are theirs, one by one.
  std::span<const ResourceRequirement> requirements() const noexcept { return requirements_; }
  std::span<const ResourceId> ids() const noexcept { return ids_; }
  bool empty() const noexcept { return requirements_.empty(); }

 private:
  friend class ResourceManager;
  friend class LeaseSet;

  std::vector<ResourceRequirement> requirements_;
  std::vector<ResourceId> ids_;
  std::string words_;         // names and roles, one after the other
  std::uint64_t number_ = 0;  // no other preparation has it; 0: empty
};

}  // namespace leasehold
