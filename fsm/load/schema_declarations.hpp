#pragma once

// What the declarations of resources look like, as JSON Schema: what every type has, and for each type that a
// manager knows what its factory reads.

#include "schema_values.hpp"

#include <leasehold/manager.hpp>

namespace leasehold::fsm::schema {

// Definitions by name: "resource", as it stands in a mapping of names; "listed_resource", as it stands in a
// list, the older form; and what they refer to.
json declarations(const ResourceManager& manager);

}  // namespace leasehold::fsm::schema
