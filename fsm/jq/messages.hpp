#pragma once

// libjq's words made fit for our messages.

#include <string>
#include <string_view>

namespace leasehold::fsm::jq {

std::string shortened(std::string_view source);

// Without the prefix, the shell's hints and the place that libjq adds.
std::string tidy(std::string message);

// libjq shows the beginning of values ("string (\"secr...) cannot be ..."): says their kind only.
std::string without_values(std::string message);

}  // namespace leasehold::fsm::jq
