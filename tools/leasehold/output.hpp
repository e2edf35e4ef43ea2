#pragma once

// Where the result of a verb goes: standard output, or a file that appears whole or not at all.

#include <string>
#include <string_view>

namespace leasehold::tool {

// `output` is what --output says; empty: standard output. Throws Failure (usage) if it names the machine, too
// (empty: there is none), or cannot be written to.
void deliver(std::string_view text, const std::string& output, const std::string& machine = {});

}  // namespace leasehold::tool
