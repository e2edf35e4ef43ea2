#pragma once

// Graphviz, as the program `dot` of the search path: it is not linked, so the tool does without it until a
// picture needs it.

#include <leasehold/clock.hpp>

#include <string>

namespace leasehold::tool {

// Blocks until `dot` ends, `timeout` at most; then it is killed. Throws Failure: (usage) if it is not
// installed, (failed) if it fails or takes too long, with its own words.
std::string draw_svg(const std::string& dot, Duration timeout);

}  // namespace leasehold::tool
