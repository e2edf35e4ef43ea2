#pragma once

// The version of the headers compiled against. version() gives that of the library linked.

#define LEASEHOLD_VERSION_MAJOR 0
#define LEASEHOLD_VERSION_MINOR 1
#define LEASEHOLD_VERSION_PATCH 0

namespace leasehold {
const char* version() noexcept;  // "0.1.0"
}
