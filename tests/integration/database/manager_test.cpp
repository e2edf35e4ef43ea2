// Database sessions lent by a manager, over a real file.

#include <doctest/doctest.h>

#include <leasehold/adapters/database.hpp>
#include <leasehold/manager.hpp>

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace leasehold;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct Managed {
  std::filesystem::path folder;
  std::string file;
  ResourceManager manager;

  Managed() {
    std::string name = (std::filesystem::temp_directory_path() / "leasehold-managed-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    file = (folder / "test.db").string();
    manager.register_type("database", database_factory());
  }
  ~Managed() {
    manager.close(0s);
    std::filesystem::remove_all(folder);
  }

  void declare(json more = json::object()) {
    json config = {{"type", "database"},
                   {"connection", "dbname=" + file},
                   {"busy_timeout", "1m"},
                   {"pool", {{"max_size", 2}, {"acquire_timeout", "1m"}}}};
    config.update(more);
    manager.register_from_dict("db", config);
    manager.acquire("db", "setup")
        .call("execute", {{"sql", "CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, filling TEXT)"}});
  }
  json count() {
    return manager.acquire("db", "count").call("query", {{"sql", "SELECT count(*) AS n FROM t"}})[0]["n"];
  }
};

errc code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.reason();
  }
  FAIL("no error was thrown");
  return {};
}

}  // namespace

TEST_CASE_FIXTURE(Managed, "a declaration becomes leases whose operations answer") {
  declare();
  auto db = manager.acquire<Database>("db", "import#1");
  CHECK(db.call("insert", {{"table", "t"}, {"rows", json::parse(R"([{"a":1},{"a":2}])")}}) == 2);
  CHECK(db->query("SELECT a FROM t ORDER BY a").size() == 2);
  CHECK(manager.get_resource_status("db").configuration.dump().find(file) == std::string::npos);
}

TEST_CASE_FIXTURE(Managed, "the end of a lease rolls back, and the next owner gets the same session clean") {
  declare({{"pool", {{"max_size", 1}}}});
  {
    auto db = manager.acquire<Database>("db", "careless");
    db->execute("BEGIN IMMEDIATE");
    db->execute("INSERT INTO t (a) VALUES (1)");
  }
  auto db = manager.acquire<Database>("db", "next");
  CHECK_FALSE(db->in_transaction());
  CHECK(db->query("SELECT * FROM t").empty());
  CHECK(manager.get_metrics("db").at("db").created == 1);
}

TEST_CASE_FIXTURE(Managed, "a session that broke is replaced") {
  declare({{"pool", {{"max_size", 1}}}});
  {
    auto db = manager.acquire<Database>("db", "unlucky");
    std::filesystem::remove(file);
    CHECK(code_of([&] { db->insert("t", {{"a", 1}}); }) == errc::db_unreachable);
  }
  auto db = manager.acquire<Database>("db", "next");
  CHECK(db->list_collections_or_tables().empty());  // the file was removed; this one is new
  CHECK(manager.get_metrics("db").at("db").created == 2);
}

TEST_CASE_FIXTURE(Managed, "a database that cannot be opened is the acquire's error") {
  manager.register_from_dict(
      "gone", {{"type", "database"}, {"connection", "dbname=" + (folder / "no" / "x.db").string()}});
  CHECK(code_of([&] { manager.acquire("gone", "somebody"); }) == errc::db_unreachable);
  CHECK(manager.get_resource_status("gone").active_count == 0);
  CHECK(manager.health_check("gone").at("gone").health != ResourceHealth::healthy);
}

TEST_CASE_FIXTURE(Managed, "a call's deadline ends its statement, and the lease goes on") {
  declare();
  auto db = manager.acquire("db", "patient");
  const json endless = {
      {"sql", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS n FROM n"}};
  CHECK(code_of([&] { db.call("query", endless, {.deadline = manager.clock()->now() + 30ms}); }) ==
        errc::db_deadline);
  CHECK(db.call("query", {{"sql", "SELECT 1 AS n"}})[0]["n"] == 1);
}

TEST_CASE_FIXTURE(Managed, "a full disk stores nothing of a batch and keeps the session") {
  declare({{"init", {"PRAGMA max_page_count = 10"}}, {"pool", {{"max_size", 1}}}});
  json rows = json::array();
  for (int i = 0; i < 50; ++i) rows.push_back({{"a", i}, {"filling", std::string(3000, 'x')}});
  CHECK(code_of([&] {
          manager.acquire("db", "big").call("insert", {{"table", "t"}, {"rows", rows}});
        }) == errc::db_full);
  CHECK(count() == 0);
  CHECK(manager.get_metrics("db").at("db").created == 1);
}

TEST_CASE_FIXTURE(Managed, "many owners write through few sessions, and every row is there") {
  declare();
  constexpr int threads = 6, batches = 4, size = 20;
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> writers;
    for (int t = 0; t < threads; ++t)
      writers.emplace_back([&, t] {
        try {
          for (int b = 0; b < batches; ++b) {
            json rows = json::array();
            for (int i = 0; i < size; ++i) rows.push_back({{"a", (t * batches + b) * size + i}});
            manager.acquire("db", "writer#" + std::to_string(t))
                .call("upsert", {{"table", "t"}, {"rows", rows}});
          }
        } catch (const std::exception& error) {
          MESSAGE(error.what());
          ++failures;
        }
      });
  }
  CHECK(failures == 0);
  CHECK(count() == threads * batches * size);
  CHECK(manager.get_metrics("db").at("db").peak_active <= 2);
}
