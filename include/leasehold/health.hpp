#pragma once

// How a provider is doing, as its health_check says.

#include <leasehold/clock.hpp>

#include <string>
#include <string_view>

namespace leasehold {

enum class ResourceHealth { healthy, degraded, unhealthy, unknown };

std::string_view to_string(ResourceHealth) noexcept;

struct HealthReport {
  ResourceHealth health = ResourceHealth::unknown;
  std::string message = {};  // for people; no secrets
  Duration took = {};        // filled in by the manager if the provider leaves it zero
};

}  // namespace leasehold
