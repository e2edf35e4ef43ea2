#include <leasehold/health.hpp>

namespace leasehold {

std::string_view to_string(ResourceHealth health) noexcept {
  switch (health) {
    case ResourceHealth::healthy:
      return "healthy";
    case ResourceHealth::degraded:
      return "degraded";
    case ResourceHealth::unhealthy:
      return "unhealthy";
    case ResourceHealth::unknown:
      break;
  }
  return "unknown";
}

}  // namespace leasehold
