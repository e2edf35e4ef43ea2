#pragma once

// Threads for what a provider does while a caller waits with a deadline. A call that hangs keeps its thread;
// the caller goes on. Threads are kept for some seconds and reused.

#include <functional>

namespace leasehold::detail {

// Runs `task` on another thread, or here if the system gives no thread. The task must not throw.
void run_on_worker(std::function<void()> task);

}  // namespace leasehold::detail
