#pragma once

// What a scalar means: the core schema of YAML 1.2, refusing what YAML 1.1 readers understand differently.

#include "document.hpp"

#include <leasehold/error.hpp>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace leasehold::fsm::yaml {

struct Scalar {
  nlohmann::json value;              // null, boolean, number or text
  std::optional<errc> refused = {};  // config_ambiguous_scalar or json_number_range
  std::string message = {};
  std::string hint = {};
};

// Of a scalar or null node. Quoted text is text; of plain text its looks decide.
Scalar resolve(const Node& node);

}  // namespace leasehold::fsm::yaml
