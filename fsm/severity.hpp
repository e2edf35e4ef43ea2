#pragma once

// "error", "warning", "note".

#include <leasehold/fsm/load.hpp>

#include <string_view>

namespace leasehold::fsm {

std::string_view to_string(Severity severity) noexcept;

}  // namespace leasehold::fsm
