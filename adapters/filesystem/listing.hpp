#pragma once

#include "base_directory.hpp"

namespace leasehold::detail {

// What FileSystem::list promises.
std::vector<FileEntry> list_directory(const BaseDirectory& base, const ListOptions& options,
                                      const OperationContext& context);

}  // namespace leasehold::detail
