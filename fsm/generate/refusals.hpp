#pragma once

// What a machine may hold in YAML and not in a generated header.

#include "diagnostics.hpp"
#include "model.hpp"

namespace leasehold::fsm {

// Reports each at its place.
void refuse_what_cannot_be_generated(const Definition& definition, Diagnostics& diagnostics);

}  // namespace leasehold::fsm
