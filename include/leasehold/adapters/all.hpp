#pragma once

// Every adapter that comes with leasehold, by the names that machines use: database, dict, filesystem, http,
// llm.

#include <leasehold/manager.hpp>

namespace leasehold {

// Makes the built-in types known to a manager; once per manager. Throws ConfigError (resource_duplicate) if
// one of the names is taken.
void register_builtin_types(ResourceManager& manager);

}  // namespace leasehold
