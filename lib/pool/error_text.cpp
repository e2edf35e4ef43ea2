#include "pool/error_text.hpp"

#include <cxxabi.h>
#include <leasehold/resource.hpp>

namespace leasehold::detail {

std::string current_exception_type() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  return type ? readable_type_name(*type) : "an exception of unknown type";
}

std::string describe_failure(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& ours) {
    return ours.what();
  } catch (...) {
    return current_exception_type();
  }
}

}  // namespace leasehold::detail
