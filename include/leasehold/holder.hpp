#pragma once

// Who holds a resource, since when and from where: what status reports and error messages show.

#include <leasehold/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace leasehold {

// Where a lease was acquired, for people. The defaults are the caller's file and line.
struct CallSite {
  const char* file = "";
  unsigned line = 0;

  static constexpr CallSite here(const char* file = __builtin_FILE(),
                                 unsigned line = static_cast<unsigned>(__builtin_LINE())) noexcept {
    return {file, line};
  }
};

struct HolderInfo {
  std::string owner;
  Duration age = {};
  std::string site = {};  // "import.cpp:42"
  std::uint64_t fence = 0;
  std::size_t leases = 1;  // Lease objects that share this hold
};

}  // namespace leasehold
