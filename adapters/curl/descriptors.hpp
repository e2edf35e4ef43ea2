#pragma once

#include <functional>

namespace leasehold::curl {

// Runs `open`, and marks the sockets that it left open close-on-exec. For libraries that do not do so
// themselves: libcurl 7.88 wakes itself through a socket pair that a program started by exec would inherit.
void close_on_exec(const std::function<void()>& open);

}  // namespace leasehold::curl
