#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace leasehold::detail {

// The one document of `text` as JSON, plain scalars by the core schema of YAML 1.2. Refuses, as
// "where:line:col: ...", what loses data elsewhere: duplicate keys, keys that are no text, numbers like 010,
// what JSON cannot hold, second documents. Nesting is bounded (64), and so is what aliases expand to. Throws
// yaml_syntax, yaml_too_deep, yaml_alias_budget, yaml_alias_cycle, json_number_range.
nlohmann::json parse_yaml(std::string_view text, std::string_view where);

}  // namespace leasehold::detail
