#pragma once

#include <leasehold/operation.hpp>

namespace leasehold::database {

// What machines may call on a Database.
const Operations& operations();

}  // namespace leasehold::database
