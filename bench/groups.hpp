#pragma once

// The groups of figures, in the order of the report.

namespace bench {
void pool_round_trip();  // one thread
void pool_contention();  // many threads
void pool_scale();       // many leases, resources, threads; metrics; memory
void machine_events();   // beside Boost.MSM
void machine_runs();     // on data, one after the other and in batches
void machine_loading();  // beside yaml-cpp
void machine_import();   // beside SQLite by hand
}  // namespace bench
