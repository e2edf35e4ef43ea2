#pragma once

// What happened to one resource, counted; and how it is written for people, Prometheus and JSON.

#include <leasehold/clock.hpp>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace leasehold {

// Of durations, with at most 3 % error, from a histogram of bounded memory.
struct DurationSummary {
  std::uint64_t count = 0;
  Duration mean = {};
  Duration p50 = {};
  Duration p99 = {};
  Duration max = {};
  Duration total = {};  // of all of them; the mean is cut to whole nanoseconds
};

struct ResourceMetrics {
  std::uint64_t acquisitions = 0;  // leases granted, nested ones of the same owner included
  std::uint64_t failures = 0;      // acquires that ended in an error, timeouts included
  std::uint64_t timeouts = 0;
  std::uint64_t waits =
      0;  // acquires that had to wait until somebody let go, or for another acquire of their owner
  std::uint64_t created = 0;
  std::uint64_t create_failures = 0;
  std::uint64_t destroyed = 0;
  std::uint64_t reused = 0;  // grants of a resource that had been lent before
  std::uint64_t revoked = 0;
  std::uint64_t leaked = 0;
  std::uint64_t deadlocks = 0;
  std::uint64_t health_failures = 0;
  std::uint64_t operations = 0;  // called through leases
  std::uint64_t operation_failures = 0;

  std::size_t active = 0;  // lent now
  std::size_t idle = 0;
  std::size_t waiting = 0;
  std::size_t peak_active = 0;
  std::size_t revoked_in_use = 0;  // revoked, but its last user has not let go yet

  DurationSummary wait;  // from the call of acquire to its grant
  DurationSummary hold;  // from the grant to the return; short ones are sampled
  DurationSummary creation;
  Duration average_hold_time = {};
  Duration average_acquisition_time = {};
};

nlohmann::json to_json(const ResourceMetrics&);  // durations in seconds, keys suffixed _seconds

// The Prometheus text exposition format (version 0.0.4), one label resource="...".
std::string to_prometheus(const std::map<std::string, ResourceMetrics>&);

// A table for people: acquisitions, waits, hold p50/p99, peak in use and so on, one line a resource.
std::string to_table(const std::map<std::string, ResourceMetrics>&);

}  // namespace leasehold
