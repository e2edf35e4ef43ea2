#include "execution/scope.hpp"

namespace leasehold::fsm {

Lease* Scope::find(std::string_view name_or_role, std::string_view& outer_name) noexcept {
  if (Lease* lease = leases.find(name_or_role)) return lease;
  for (const auto& [role, name] : aliases)
    if (role == name_or_role) outer_name = name;
  return nullptr;
}

Lease Carried::take(std::string_view name) noexcept {
  for (LeaseSet::Entry& entry : entries_)
    if (entry.name == name && entry.lease) return std::move(entry.lease);
  return {};
}

Lease* Carried::find(std::string_view name_or_role) noexcept {
  for (LeaseSet::Entry& entry : entries_)
    if (entry.lease && (entry.name == name_or_role || entry.role == name_or_role)) return &entry.lease;
  return nullptr;
}

}  // namespace leasehold::fsm
