#pragma once

// From the text of a document to the checked model of its machine. Changes nothing outside.

#include "environment.hpp"
#include "loading.hpp"

namespace leasehold::fsm {

struct Loaded {
  std::shared_ptr<Definition> definition;  // null if there is an error among the diagnostics
  ResourceTable resources;                 // whose declarations are to be registered
  std::optional<yaml::Document> document;  // which `resources` points into
};

// Everything found is in `diagnostics`.
Loaded load_document(const Source& source, const ResourceCatalog& catalog, const FunctionRegistry& functions,
                     const LoadOptions& options, Diagnostics& diagnostics);

}  // namespace leasehold::fsm
