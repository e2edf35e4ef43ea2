#pragma once

// ResourceId: a resource's name, looked up once. Acquiring by it costs less than by the name's text and does
// the same: it follows the name, whether it is registered now, later, or unregistered and registered again.
//
//   const ResourceId db = manager.resource_id("db");
//   Lease lease = manager.acquire(db, owner);
//
// Threads: any; an id never changes. Lifetime: as its manager, which keeps each name that it was asked for.

#include <string>

namespace leasehold {

class ResourceManager;
namespace detail {
struct ResourceName;
}

class ResourceId {
 public:
  ResourceId() noexcept = default;  // of no resource; acquiring by it is refused with config_value

  explicit operator bool() const noexcept { return name_ != nullptr; }
  const std::string& name() const noexcept;  // "" of no resource

  // Ids of one manager are equal if their names are; those of two managers are unlike.
  friend bool operator==(const ResourceId&, const ResourceId&) noexcept = default;

 private:
  friend class ResourceManager;
  explicit ResourceId(const detail::ResourceName* name) noexcept : name_(name) {}

  const detail::ResourceName* name_ = nullptr;
};

}  // namespace leasehold
