#pragma once

#include <leasehold/holder.hpp>

namespace leasehold::detail {

// "import.cpp:42", or "" for no site.
std::string to_text(const CallSite& site);

}  // namespace leasehold::detail
