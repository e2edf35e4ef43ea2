#pragma once

// Masks what a line of a document holds under keys that hold secrets, so that the line can be shown.
//
// Threads: any. Works on text alone, since the document may be what cannot be read.

#include <string>
#include <string_view>
#include <vector>

namespace leasehold::fsm {

struct MaskedLine {
  std::string text;                  // as wide as the line, so that columns stay true
  std::vector<std::string> secrets;  // what was masked, whole
};

// Masks the values of api_key, token, password, connection, headers and the like, mistyped ones too, by
// asterisks. ${VAR} and ${{ jq }} stay: they name a secret, and are none.
MaskedLine mask_secrets(std::string_view line);

}  // namespace leasehold::fsm
