#pragma once

// What a machine may hold in YAML and not in a generated header.

#include "diagnostics.hpp"
#include "model.hpp"
#include "yaml/document.hpp"

namespace leasehold::fsm {

// Reports each at its place.
void refuse_what_cannot_be_generated(const Definition& definition, Diagnostics& diagnostics);

// Variables but in declarations of resources: the environment of the build is not that of the program.
void refuse_environment(const yaml::Document& document, Diagnostics& diagnostics);

}  // namespace leasehold::fsm
