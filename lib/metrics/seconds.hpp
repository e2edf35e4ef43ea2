#pragma once

#include <leasehold/clock.hpp>

namespace leasehold::detail {

inline double seconds(Duration duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace leasehold::detail
