#include "execution/scope.hpp"

namespace leasehold::fsm {

Lease* Scope::find(std::string_view name_or_role, std::string_view& outer_name) noexcept {
  for (Held& each : held)
    if (each.is(name_or_role)) return &each.lease;
  for (const ResourceRequirement* const alias : aliases)
    if (alias->role == name_or_role) outer_name = alias->name;
  return nullptr;
}

Lease Carried::take(std::string_view name) noexcept {
  for (Held& held : held_)
    if (held.declared->name == name && held.lease) return std::move(held.lease);
  return {};
}

Lease* Carried::find(std::string_view name_or_role) noexcept {
  for (Held& held : held_)
    if (held.lease && held.is(name_or_role)) return &held.lease;
  return nullptr;
}

}  // namespace leasehold::fsm
