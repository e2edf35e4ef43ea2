#pragma once

#include <leasehold/operation.hpp>

namespace leasehold::detail {

// What YAML may call on a FileSystem.
const Operations& filesystem_operations();

}  // namespace leasehold::detail
