#include <leasehold/metrics.hpp>

#include <doctest/doctest.h>

#include "exposition.hpp"

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

ResourceMetrics sample() {
  ResourceMetrics metrics;
  metrics.acquisitions = 1234;
  metrics.failures = 3;
  metrics.waits = 17;
  metrics.created = 4;
  metrics.operations = 99;
  metrics.peak_active = 4;
  metrics.active = 2;
  metrics.wait = {1234, 20us, 10us, 1234567ns, 5ms};
  metrics.hold = {1232, 2ms, 1500us, 20ms, 31ms, 2464ms};
  metrics.average_hold_time = 2ms;
  return metrics;
}

}  // namespace

TEST_CASE("Prometheus text parses and carries every number") {
  const Exposition parsed(to_prometheus({{"db", sample()}, {"files", {}}}));
  CHECK(parsed.problem == "");
  CHECK(parsed.types.at("leasehold_acquisitions_total") == "counter");
  CHECK(parsed.types.at("leasehold_active") == "gauge");
  CHECK(parsed.types.at("leasehold_hold_seconds") == "summary");
  CHECK(parsed.samples.at(R"(leasehold_acquisitions_total{resource="db"})") == 1234);
  CHECK(parsed.samples.at(R"(leasehold_acquisitions_total{resource="files"})") == 0);
  CHECK(parsed.samples.at(R"(leasehold_peak_active{resource="db"})") == 4);
  CHECK(parsed.samples.at(R"(leasehold_hold_seconds{resource="db",quantile="0.5"})") ==
        doctest::Approx(0.0015));
  CHECK(parsed.samples.at(R"(leasehold_hold_seconds{resource="db",quantile="0.99"})") ==
        doctest::Approx(0.02));
  CHECK(parsed.samples.at(R"(leasehold_hold_seconds_count{resource="db"})") == 1232);
  CHECK(parsed.samples.at(R"(leasehold_hold_seconds_sum{resource="db"})") == doctest::Approx(2.464));
  CHECK(parsed.samples.at(R"(leasehold_hold_max_seconds{resource="db"})") == doctest::Approx(0.031));
}

TEST_CASE("Prometheus label values are escaped") {
  const Exposition parsed(to_prometheus({{"a\"b\\c\nd", sample()}}));
  CHECK(parsed.problem == "");
  CHECK(parsed.samples.at(R"(leasehold_acquisitions_total{resource="a\"b\\c\nd"})") == 1234);
}

TEST_CASE("JSON has durations in seconds") {
  const auto json = to_json(sample());
  CHECK(json["acquisitions"] == 1234);
  CHECK(json["wait"]["p99_seconds"].get<double>() == doctest::Approx(0.001234567));
  CHECK(json["hold"]["count"] == 1232);
  CHECK(json["hold"]["total_seconds"].get<double>() == doctest::Approx(2.464));
  CHECK(json["average_hold_time_seconds"].get<double>() == doctest::Approx(0.002));
}

TEST_CASE("the table has one aligned line a resource, and a dash for what never happened") {
  CHECK(to_table({{"countries", sample()}, {"fs", {}}}) ==
        "resource   acquired  failed  waited  wait p99  hold p50  hold p99  peak  created  operations\n"
        "countries      1234       3      17    1.23ms     1.5ms      20ms     4        4          99\n"
        "fs                0       0       0         -         -         -     0        0           0\n");
  CHECK(to_table({{"a\nb\t", {}}}) ==
        "resource    acquired  failed  waited  wait p99  hold p50  hold p99  peak  created  operations\n"
        "a\\x0ab\\x09         0       0       0         -         -         -     0        0           0\n");
}
