#pragma once

// ${VAR}, ${VAR:-default} and ${VAR:?message} in the values of a document, filled in from the environment
// when it is loaded. $${ stands for ${ itself; ${{ }} is left for run time.

#include "../diagnostics.hpp"
#include "../yaml/document.hpp"

#include <functional>
#include <optional>
#include <string>

namespace leasehold::fsm {

using Environment = std::function<std::optional<std::string>(const std::string&)>;

std::optional<std::string> process_environment(const std::string& name);

// In every value of the document, not in its keys. As shells do, ":-" and ":?" take an empty variable for one
// that is not set. What comes from the environment is hidden in diagnostics.
void substitute_environment(yaml::Document& document, const Environment& environment,
                            Diagnostics& diagnostics);

}  // namespace leasehold::fsm
