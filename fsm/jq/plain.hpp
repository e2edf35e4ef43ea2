#pragma once

// The jq programs that need no jq: a path, perhaps its length, perhaps compared with a literal.
//   .  .a.b[0]  ."odd key"  .items | length > 0  .a.b == "x"  true
// They mean exactly what jq means by them, copy nothing, and keep 64-bit integers whole.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace leasehold::fsm::jq {

using PathStep = std::variant<std::string, std::int64_t>;  // a key or an index, negative from the end

// Reads a path from the start of `text` and moves `text` past it; nullopt if there is none.
std::optional<std::vector<PathStep>> take_path(std::string_view& text);

// Follows the path as jq does: null where nothing is. Throws Error (fsm_expression) where a step does not
// fit. The result is inside `data` or a constant.
const nlohmann::json& follow(const std::vector<PathStep>& path, const nlohmann::json& data);

// jq's order: null, false, true, numbers, texts, arrays, objects. For scalars on at least one side.
int compare(const nlohmann::json& a, const nlohmann::json& b);

class PlainProgram {
 public:
  static std::optional<PlainProgram> parse(std::string_view source);  // nullopt: not plain

  nlohmann::json run(const nlohmann::json& data) const;
  bool test(const nlohmann::json& data) const;

 private:
  enum class Comparison { none, equal, unequal, less, less_equal, greater, greater_equal };

  bool holds(const nlohmann::json& value) const;
  const nlohmann::json& found(const nlohmann::json& data) const;

  std::vector<PathStep> path_;
  bool length_ = false;
  Comparison comparison_ = Comparison::none;
  nlohmann::json literal_;
  bool constant_ = false;  // the literal alone
};

// Splits "PATH | REST", so that only what the path leads to must become a value of jq's. The path is empty
// and the rest is all of it where this does not apply.
struct PathPrefix {
  std::vector<PathStep> path;
  std::string_view rest;
};
PathPrefix split_path_prefix(std::string_view source);

}  // namespace leasehold::fsm::jq
