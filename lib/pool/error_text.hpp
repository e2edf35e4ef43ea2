#pragma once

// What may be told of what a provider throws: a leasehold::Error's text, of any other exception only the
// type, since its text may contain secrets.

#include <leasehold/error.hpp>

#include <exception>
#include <leasehold/owner.hpp>
#include <string>

namespace leasehold::detail {

std::string current_exception_type();  // "std::runtime_error"; in a handler
std::string describe_failure(const std::exception_ptr& error);

// The exception that is handled, `error`: with resource and owner, if it named none and is of a class of
// leasehold's that has no more to it.
std::exception_ptr completed(const Error& error, const std::string& resource, const OwnerId& owner) noexcept;

}  // namespace leasehold::detail
