#pragma once

// The groups of figures, in the order of the report.

namespace bench {
void pool_round_trip();  // one thread
void pool_contention();  // many threads
}  // namespace bench
