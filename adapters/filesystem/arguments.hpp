#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace leasehold::detail {

// Machines are checked when they are loaded, but what "${{ }}" gives is known only now. Holds `arguments`
// against the part of JSON Schema that our operations use: properties, required, type, items, minimum,
// maximum, enum. Throws config_value, config_missing or config_unknown_key.
void check_arguments(const nlohmann::json& schema, const nlohmann::json& arguments,
                     std::string_view operation);

}  // namespace leasehold::detail
