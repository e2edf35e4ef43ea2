#pragma once

// Where the YAML token at a place of a line ends: what editors underline.

#include <string_view>

namespace leasehold::fsm {

// The column after the token that begins in `column`, both in characters from 1: of a key, a scalar, or of a
// list or mapping in brackets as far as it stands on the line. 0 if the line has no such column.
unsigned token_end(std::string_view line, unsigned column) noexcept;

}  // namespace leasehold::fsm
