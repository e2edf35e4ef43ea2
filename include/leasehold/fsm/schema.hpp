#pragma once

// The JSON Schema (draft 2020-12) of a machine's document, for editors and for checks outside C++.
//
// It is made from the tables that the loader reads by, so it knows every key; what it refuses, the loader
// refuses too. The loader sees more: names that nothing has, contradictions, programs that do not compile.
//
// Threads: any.

#include <leasehold/manager.hpp>

#include <nlohmann/json.hpp>

namespace leasehold::fsm {

// Resources are of the types registered in `manager`: described where a type gave a schema, else open.
nlohmann::json machine_schema(const ResourceManager& manager);

}  // namespace leasehold::fsm
