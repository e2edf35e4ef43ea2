#pragma once

// Writes the header of a generated machine.

#include "generate/flat.hpp"

#include <string>
#include <string_view>

namespace leasehold::fsm {

// `definition` holds nothing that cannot be generated; `file` is named in a comment.
std::string write_header(const Definition& definition, const FlatChart& chart, std::string_view name_space,
                         std::string_view file);

}  // namespace leasehold::fsm
