#include "summary.hpp"

#include <doctest/doctest.h>

using namespace leasehold;
using namespace leasehold::tool;
using namespace std::chrono_literals;

namespace {

Outcome failed(errc code, std::string error) {
  return {.success = false, .code = code, .error = std::move(error), .final_state = "store"};
}

Summary import() {
  Summary summary{.machine = "import", .total = 8, .elapsed = 1600ms};
  summary.add(1, {.success = true});
  summary.add(2, failed(errc::http_deadline, "http.deadline: first"));
  summary.add(3, failed(errc::db_constraint, "db.constraint: one"));
  summary.add(4, failed(errc::db_constraint, "db.constraint: two"));
  summary.add(5, {.success = false, .final_state = "parked"});
  return summary;
}

}  // namespace

TEST_CASE("failures are grouped by code, most frequent first, each with its first") {
  CHECK(to_text(import(), {}) ==
        "import: 5 records in 1.6s (3.1/s): 1 succeeded, 4 failed\n"
        "\n"
        "failures, each with its first:\n"
        "      2  db.constraint      record 3: db.constraint: one\n"
        "      1  ended in 'parked'  record 5\n"
        "      1  http.deadline      record 2: http.deadline: first\n");
}

TEST_CASE("one record needs no rate") {
  Summary summary{.machine = "hello", .total = 1, .elapsed = 123456789ns};
  summary.add(1, {.success = true});
  CHECK(to_text(summary, {}) == "hello: 1 record in 123ms: 1 succeeded, 0 failed\n");
}

TEST_CASE("resources follow as a table") {
  ResourceMetrics metrics;
  metrics.acquisitions = 7;
  const std::string text = to_text(Summary{.machine = "m"}, {{"db", metrics}});
  CHECK(text.find("\n\nresource  acquired") != std::string::npos);
  CHECK(text.find("\ndb ") != std::string::npos);
}

TEST_CASE("an interruption accounts for every record") {
  Summary summary{.total = 249, .interrupted = true};
  summary.succeeded = 118;
  summary.failed = 2;
  for (std::size_t record = 121; record <= 123; ++record) summary.add(record, {.cancelled = true});
  CHECK(interruption_text(summary) ==
        "interrupted: 120 of 249 records done, 3 running were cancelled, 126 not started");
  CHECK(to_text(summary, {}).find(interruption_text(summary) + "\n") != std::string::npos);

  summary.cancelled = 1;
  summary.total.reset();
  CHECK(interruption_text(summary) ==
        "interrupted: 120 records done, 1 running was cancelled, the rest of the input was not read");

  CHECK(interruption_text(Summary{.total = 1}) == "interrupted: 0 of 1 record done, 1 not started");
}

TEST_CASE("the same as JSON") {
  Summary summary = import();
  summary.add(6, {.cancelled = true});
  const nlohmann::json json = to_json(summary, {{"db", ResourceMetrics{}}});
  CHECK(json["machine"] == "import");
  CHECK(json["records"] == 5);
  CHECK(json["succeeded"] == 1);
  CHECK(json["failed"] == 4);
  CHECK(json["cancelled"] == 1);
  CHECK(json["total"] == 8);
  CHECK(json["not_started"] == 2);
  CHECK(json["failures"][0] ==
        nlohmann::json(
            {{"code", "db.constraint"}, {"count", 2}, {"record", 3}, {"message", "db.constraint: one"}}));
  CHECK(json["resources"].contains("db"));
}
