#include <leasehold/provider.hpp>

#include "pool/error_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold {

namespace {
Duration remaining_until(Clock::time_point deadline, const Clock& clock) noexcept {
  if (deadline == Clock::never) return Duration::max();
  return std::max(Duration::zero(), deadline - clock.now());
}
}  // namespace

Duration AcquireContext::remaining() const noexcept {
  return remaining_until(deadline, *clock);
}
Duration OperationContext::remaining() const noexcept {
  return remaining_until(deadline, *clock);
}

Operations::Operations(std::initializer_list<Operation> operations) {
  for (const Operation& operation : operations) add(operation);
}

void Operations::add(Operation operation) {
  std::string name = operation.name;
  by_name_.insert_or_assign(std::move(name), std::move(operation));
}

const Operation* Operations::find(std::string_view name) const noexcept {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

const Operations& Operations::none() noexcept {
  static const Operations empty;
  return empty;
}

bool IResourceProvider::reset(Resource&) {
  return true;
}
Sharing IResourceProvider::sharing() const noexcept {
  return Sharing::exclusive;
}
const Operations& IResourceProvider::operations() const {
  return Operations::none();
}
void IResourceProvider::close() noexcept {}

const Operations& operations_of(const IResourceProvider& provider, std::string_view resource) {
  std::string thrown;
  try {
    return provider.operations();
  } catch (const Error&) {
    throw;
  } catch (...) {
    thrown = detail::current_exception_type();
  }
  throw_error(errc::resource_operation,
              fmt::format("the operations of '{}' cannot be had: {}", resource, thrown),
              {.resource = std::string(resource), .hint = "see the provider's own log"});
}

}  // namespace leasehold
