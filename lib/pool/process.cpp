#include "pool/process.hpp"

#include <pthread.h>

namespace leasehold::detail {

constinit std::atomic<std::uint32_t> current_process_epoch = 1;

namespace {
// Before main, so that no pool is older than the handler.
[[maybe_unused]] const int registered =
    pthread_atfork(nullptr, nullptr, [] { current_process_epoch.fetch_add(1); });
}  // namespace

}  // namespace leasehold::detail
