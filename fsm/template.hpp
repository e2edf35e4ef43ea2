#pragma once

// Template: a JSON value whose texts may hold ${{ jq }}, filled in from the data at run time. A text that is
// one
// ${{ }} and nothing else becomes the value itself; inside other text it becomes text. DataPath: where
// `into:` puts.
//
// Threads: both are immutable.

#include "jq.hpp"

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

namespace leasehold::fsm {

class Template {
 public:
  Template() = default;  // {}

  // Makes a program of a source at a place in the value.
  using Compile = std::function<JqProgram(std::string source, const std::string& pointer)>;

  // Throws ConfigError whose issues point into `value` (fsm_expression); what `compile` throws is among them.
  static Template parse(const nlohmann::json& value, const Compile& compile = compile_now);

  bool constant() const noexcept { return expressions_.empty(); }
  const nlohmann::json& source() const noexcept { return source_; }  // as written
  nlohmann::json evaluate(const nlohmann::json& data, const nlohmann::json& event,
                          const JqLimits& limits = {}) const;

 private:
  static JqProgram compile_now(std::string source, const std::string& pointer);

  struct Part {  // literal text or an expression
    std::variant<std::string, JqProgram> content;
  };
  struct Expression {
    nlohmann::json::json_pointer where;
    std::vector<Part> parts;
    bool whole = false;
  };
  nlohmann::json source_ = nlohmann::json::object();
  std::vector<Expression> expressions_;
};

// ".countries", ".a.b[0].c", ".\"odd key\"", "." for everything.
class DataPath {
 public:
  DataPath() = default;                          // "."
  static DataPath parse(std::string_view text);  // throws Error (fsm_expression)

  // Makes objects and array elements on the way. Throws StateError (fsm_expression) where something else
  // stands in the way; `data` is unchanged then.
  void set(nlohmann::json& data, nlohmann::json value) const;
  const nlohmann::json* find(const nlohmann::json& data) const noexcept;  // null: not there
  std::string text() const;

 private:
  std::vector<std::variant<std::string, std::size_t>> steps_;
};

}  // namespace leasehold::fsm
