#pragma once

// Checks JSON against a JSON Schema (draft 7), saying what was expected where.

#include <leasehold/error.hpp>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::fsm {

struct Mismatch {
  std::string pointer;  // into the value
  std::string message;  // "must be a whole number, not \"ten\""
};

// Texts that hold ${{ }} are not known yet: what they, or what is around them, do to a schema is not judged.
// Longer texts than 4096 bytes are not matched against patterns.
std::vector<Mismatch> check_schema(const nlohmann::json& schema, const nlohmann::json& value);

// Why this is no schema; nullopt if it is one.
std::optional<std::string> schema_problem(const nlohmann::json& schema);

}  // namespace leasehold::fsm
