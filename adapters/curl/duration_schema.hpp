#pragma once

// The JSON Schema of an operation's argument that is a duration as text.

#include <leasehold/config.hpp>

namespace leasehold::curl {

// As the table of knobs describes one, so that arguments and knobs cannot differ.
inline nlohmann::json duration_schema(const char* description) {
  nlohmann::json schema = detail::field_schema(static_cast<const Duration*>(nullptr)).at("anyOf").at(0);
  schema["description"] = description;
  return schema;
}

}  // namespace leasehold::curl
