#pragma once

// The operations on CSV: whole tables between files and JSON.

#include <leasehold/adapters/filesystem.hpp>

namespace leasehold::detail {

nlohmann::json read_csv(FileSystem& files, const nlohmann::json& arguments, const OperationContext& context);
nlohmann::json write_csv(FileSystem& files, const nlohmann::json& arguments, const OperationContext& context);

}  // namespace leasehold::detail
