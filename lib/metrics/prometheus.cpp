// Metrics in the Prometheus text format; prometheus-cpp writes and escapes.

#include "metrics/seconds.hpp"

#include <leasehold/metrics.hpp>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <sstream>

namespace leasehold {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using ByResource = std::map<std::string, ResourceMetrics>;

struct Counter {
  const char* name;
  const char* help;
  std::uint64_t ResourceMetrics::*value;
};
constexpr std::array<Counter, 14> counters = {{
    {"leasehold_acquisitions_total", "Leases granted", &ResourceMetrics::acquisitions},
    {"leasehold_failures_total", "Acquires that ended in an error, timeouts included",
     &ResourceMetrics::failures},
    {"leasehold_timeouts_total", "Acquires that timed out", &ResourceMetrics::timeouts},
    {"leasehold_waits_total", "Acquires that had to wait", &ResourceMetrics::waits},
    {"leasehold_created_total", "Resources opened", &ResourceMetrics::created},
    {"leasehold_create_failures_total", "Resources that could not be opened",
     &ResourceMetrics::create_failures},
    {"leasehold_destroyed_total", "Resources disposed of", &ResourceMetrics::destroyed},
    {"leasehold_reused_total", "Grants of a resource that had been lent before", &ResourceMetrics::reused},
    {"leasehold_revoked_total", "Leases revoked", &ResourceMetrics::revoked},
    {"leasehold_leaked_total", "Leases held beyond the leak threshold", &ResourceMetrics::leaked},
    {"leasehold_deadlocks_total", "Acquires refused because of a deadlock", &ResourceMetrics::deadlocks},
    {"leasehold_health_failures_total", "Health checks that found it unhealthy",
     &ResourceMetrics::health_failures},
    {"leasehold_operations_total", "Operations called through leases", &ResourceMetrics::operations},
    {"leasehold_operation_failures_total", "Operations that failed", &ResourceMetrics::operation_failures},
}};

struct Gauge {
  const char* name;
  const char* help;
  std::size_t ResourceMetrics::*value;
};
constexpr std::array<Gauge, 5> gauges = {{
    {"leasehold_active", "Resources lent now", &ResourceMetrics::active},
    {"leasehold_idle", "Resources ready to be lent", &ResourceMetrics::idle},
    {"leasehold_waiting", "Acquires waiting now", &ResourceMetrics::waiting},
    {"leasehold_peak_active", "The most resources lent at once", &ResourceMetrics::peak_active},
    {"leasehold_revoked_in_use", "Revoked resources whose last user has not let go",
     &ResourceMetrics::revoked_in_use},
}};

struct Summary {
  const char* name;
  const char* max_name;
  const char* help;
  const char* max_help;
  DurationSummary ResourceMetrics::*value;
};
constexpr std::array<Summary, 3> summaries = {{
    {"leasehold_wait_seconds", "leasehold_wait_max_seconds", "From the call of acquire to its grant",
     "The longest wait", &ResourceMetrics::wait},
    {"leasehold_hold_seconds", "leasehold_hold_max_seconds", "From the grant to the return",
     "The longest hold", &ResourceMetrics::hold},
    {"leasehold_creation_seconds", "leasehold_creation_max_seconds", "Opening a resource",
     "The longest opening", &ResourceMetrics::creation},
}};

// One family, with one metric for each resource that `fill` fills.
template <class Fill>
MetricFamily family(const char* name, const char* help, MetricType type, const ByResource& all, Fill fill) {
  MetricFamily family{name, help, type, {}};
  for (const auto& [resource, metrics] : all) {
    ClientMetric metric;
    metric.label = {{"resource", resource}};
    fill(metric, metrics);
    family.metric.push_back(std::move(metric));
  }
  return family;
}

}  // namespace

std::string to_prometheus(const ByResource& all) {
  std::vector<MetricFamily> families;
  for (const Counter& c : counters)
    families.push_back(
        family(c.name, c.help, MetricType::Counter, all, [&](ClientMetric& m, const auto& metrics) {
          m.counter.value = static_cast<double>(metrics.*c.value);
        }));
  for (const Gauge& g : gauges)
    families.push_back(
        family(g.name, g.help, MetricType::Gauge, all, [&](ClientMetric& m, const auto& metrics) {
          m.gauge.value = static_cast<double>(metrics.*g.value);
        }));
  for (const Summary& s : summaries) {
    families.push_back(
        family(s.name, s.help, MetricType::Summary, all, [&](ClientMetric& m, const auto& metrics) {
          const DurationSummary& summary = metrics.*s.value;
          m.summary.sample_count = summary.count;
          m.summary.sample_sum = detail::seconds(summary.total);
          m.summary.quantile = {{0.5, detail::seconds(summary.p50)}, {0.99, detail::seconds(summary.p99)}};
        }));
    families.push_back(
        family(s.max_name, s.max_help, MetricType::Gauge, all, [&](ClientMetric& m, const auto& metrics) {
          m.gauge.value = detail::seconds((metrics.*s.value).max);
        }));
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace leasehold
