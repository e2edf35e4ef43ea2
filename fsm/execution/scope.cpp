#include "execution/scope.hpp"

namespace leasehold::fsm {

namespace {

// Whether this is what is sought, by its name or its role; further out its name is what is sought now.
bool stands_for(const ResourceRequirement& declared, Sought& sought) noexcept {
  const bool by_role = sought.by_role && !declared.role.empty() && declared.role == sought.name;
  if (declared.name != sought.name && !by_role) return false;
  sought = {declared.name, false};
  return true;
}

}  // namespace

Lease* Scope::find(Sought& sought, bool& declared) noexcept {
  for (Held& each : held) {
    if (!stands_for(*each.declared, sought)) continue;
    declared = true;
    return &each.lease;
  }
  for (const ResourceRequirement* const alias : aliases)
    if (stands_for(*alias, sought)) declared = true;
  return nullptr;
}

Lease* Carried::find(StateIndex from, Sought& sought, bool& declared) noexcept {
  for (auto& [state, held] : held_)
    if (state == from && held.lease && held.is(sought)) return &held.lease;
  for (const auto& [state, known] : known_)
    if (state == from && stands_for(*known, sought)) declared = true;
  return nullptr;
}

}  // namespace leasehold::fsm
