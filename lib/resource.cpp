#include <leasehold/resource.hpp>

#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>

namespace leasehold {

std::string readable_type_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  return status == 0 && name ? name.get() : type.name();
}

void Resource::throw_wrong_type(const std::type_info& wanted, const std::type_info& held) {
  if (held == typeid(void))
    throw StateError(errc::resource_type,
                     fmt::format("the resource is empty, not a {}", readable_type_name(wanted)));
  throw StateError(
      errc::resource_type,
      fmt::format("the resource is a {}, not a {}", readable_type_name(held), readable_type_name(wanted)),
      {.hint = "ask for the type that the provider makes"});
}

}  // namespace leasehold
