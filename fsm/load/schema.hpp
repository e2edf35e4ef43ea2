#pragma once

// Checks JSON against a JSON Schema (draft 7), saying what was expected where.

#include <leasehold/error.hpp>

#include <memory>
#include <nlohmann/json.hpp>
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

// A schema ready to check many values. Threads: immutable.
class Schema {
 public:
  explicit Schema(nlohmann::json schema);  // throws Error (config_value) saying why it is no schema
  ~Schema();

  // Values with texts of more than 4096 bytes are not judged, but for what is beside those.
  std::vector<Mismatch> check(const nlohmann::json& value, Texts texts = Texts::literal) const;

  const nlohmann::json& source() const noexcept { return source_; }

 private:
  struct Compiled;
  nlohmann::json source_;
  std::unique_ptr<const Compiled> compiled_;
};

// The same for one value. What is no schema is the one mismatch.
std::vector<Mismatch> check_schema(const nlohmann::json& schema, const nlohmann::json& value,
                                   Texts texts = Texts::literal);

}  // namespace leasehold::fsm
