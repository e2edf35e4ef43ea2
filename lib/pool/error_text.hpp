#pragma once

// What may be told of an exception: a leasehold::Error's text, of any other only the type, since its text may
// contain secrets.

#include <exception>
#include <string>

namespace leasehold::detail {

std::string current_exception_type();  // "std::runtime_error"; in a handler
std::string describe_failure(const std::exception_ptr& error);

}  // namespace leasehold::detail
