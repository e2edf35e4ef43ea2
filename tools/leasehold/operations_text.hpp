#pragma once

// Operations and their arguments, from JSON Schema to something people read.

#include <nlohmann/json.hpp>
#include <string>

namespace leasehold::tool {

// Of {"db": {"type": "database", "operations": {"query": {"summary": ..., "arguments": <schema>}}}}.
std::string operations_text(const nlohmann::json& providers);

// "text", "list of text", "number or null", "insert|update": what a JSON Schema allows, in few words.
std::string kind_of(const nlohmann::json& schema);

}  // namespace leasehold::tool
