#include "pool/error_text.hpp"

#include <cxxabi.h>
#include <leasehold/resource.hpp>

#include <type_traits>
#include <typeinfo>

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

namespace {
template <class... Classes>
std::exception_ptr copied(const Error& error, const ErrorDetails& details) {
  std::exception_ptr copy;
  const auto try_one = [&]<class Class>(std::type_identity<Class>) {
    if (typeid(error) == typeid(Class))
      copy = std::make_exception_ptr(Class(error.reason(), error.message(), details));
  };
  (try_one(std::type_identity<Classes>()), ...);
  return copy ? copy : std::current_exception();
}
}  // namespace

std::exception_ptr completed(const Error& error, const std::string& resource, const OwnerId& owner) noexcept {
  if (!error.resource().empty() && !error.owner().empty()) return std::current_exception();
  try {
    return copied<Error, ConnectionError, TimeoutError, PoolExhaustedError, StateError>(
        error, {.resource = error.resource().empty() ? resource : error.resource(),
                .owner = error.owner().empty() ? owner.name() : error.owner(),
                .elapsed = error.elapsed(),
                .hint = error.hint()});
  } catch (const std::bad_alloc&) {
    return std::current_exception();
  }
}

}  // namespace leasehold::detail
