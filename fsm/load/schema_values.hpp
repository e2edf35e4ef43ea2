#pragma once

// What the values of a machine's document look like, as JSON Schema. References lead to the definitions of
// machine_schema.cpp.

#include "schema_terms.hpp"
#include "shape.hpp"

#include <leasehold/config.hpp>

namespace leasehold::fsm::schema {

json of(Shape shape);
json error_pattern();  // one of Shape::errors
json rule();           // one of Shape::rules

// By the rules of configuration tables.
template <class T>
json of_field() {
  return leasehold::detail::field_schema(static_cast<const T*>(nullptr));
}

// The same, for a document whose variables are not filled in yet: "${VAR}" may come to anything.
json admit_variables(json schema);

}  // namespace leasehold::fsm::schema
