#pragma once

// The JSON Schema (draft 2020-12) of a machine's document, for editors and for checks outside C++.
//
// It is made from the tables that the loader reads by, so it knows every key; what it refuses, the loader
// refuses too. The loader sees more: names that nothing has, contradictions, types that nobody registered.
//
// Threads: any.

#include <leasehold/manager.hpp>

#include <nlohmann/json.hpp>

namespace leasehold::fsm {

// The types registered in `manager` are described where they gave a schema; a declaration of any other type
// is left open.
nlohmann::json machine_schema(const ResourceManager& manager);

}  // namespace leasehold::fsm
