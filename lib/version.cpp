#include <leasehold/version.hpp>

namespace leasehold {
const char* version() noexcept {
  return "0.1.0";
}
}  // namespace leasehold
