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

// Whether a text that holds ${{ }} is what it is, or not known before run time. What is not known, and what
// is around it, is not judged.
enum class Texts { literal, templates };

// Values with texts of more than 4096 bytes are not judged either, but for what is beside those.
std::vector<Mismatch> check_schema(const nlohmann::json& schema, const nlohmann::json& value,
                                   Texts texts = Texts::literal);

// Why this is no schema; nullopt if it is one.
std::optional<std::string> schema_problem(const nlohmann::json& schema);

}  // namespace leasehold::fsm
