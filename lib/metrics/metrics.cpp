#include "metrics/seconds.hpp"

#include <leasehold/metrics.hpp>

namespace leasehold {

namespace {

nlohmann::json to_json(const DurationSummary& summary) {
  return {{"count", summary.count},
          {"mean_seconds", detail::seconds(summary.mean)},
          {"p50_seconds", detail::seconds(summary.p50)},
          {"p99_seconds", detail::seconds(summary.p99)},
          {"max_seconds", detail::seconds(summary.max)},
          {"total_seconds", detail::seconds(summary.total)}};
}

}  // namespace

nlohmann::json to_json(const ResourceMetrics& metrics) {
  return {{"acquisitions", metrics.acquisitions},
          {"failures", metrics.failures},
          {"timeouts", metrics.timeouts},
          {"waits", metrics.waits},
          {"created", metrics.created},
          {"create_failures", metrics.create_failures},
          {"destroyed", metrics.destroyed},
          {"reused", metrics.reused},
          {"revoked", metrics.revoked},
          {"leaked", metrics.leaked},
          {"deadlocks", metrics.deadlocks},
          {"health_failures", metrics.health_failures},
          {"operations", metrics.operations},
          {"operation_failures", metrics.operation_failures},
          {"active", metrics.active},
          {"idle", metrics.idle},
          {"waiting", metrics.waiting},
          {"peak_active", metrics.peak_active},
          {"revoked_in_use", metrics.revoked_in_use},
          {"wait", to_json(metrics.wait)},
          {"hold", to_json(metrics.hold)},
          {"creation", to_json(metrics.creation)},
          {"average_hold_time_seconds", detail::seconds(metrics.average_hold_time)},
          {"average_acquisition_time_seconds", detail::seconds(metrics.average_acquisition_time)}};
}

}  // namespace leasehold
