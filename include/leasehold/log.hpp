#pragma once

// Where leasehold tells what happened beside errors: leaks, refills that failed, health that changed.

#include <functional>
#include <string_view>

namespace leasehold {

enum class LogLevel { debug, info, warning, error };

// Called from any thread, never under a lock; must not throw (what it throws is dropped).
using Logger = std::function<void(LogLevel, std::string_view message)>;

}  // namespace leasehold
