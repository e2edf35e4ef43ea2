#include "fixture.hpp"

#include "statement_limits.hpp"

#include <atomic>
#include <thread>

using namespace leasehold;
using namespace leasehold::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const char* const endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS n FROM n";

// Another connection that holds the write lock of the fixture's file.
struct Locked : Fixture {
  Resource other = open();
  Locked() {
    other.as<Database>().execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
    other.as<Database>().execute("BEGIN EXCLUSIVE");
  }
  void unlock() { other.as<Database>().execute("COMMIT"); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a statement ends at its statement_timeout, and the session goes on") {
  DatabaseOptions quick = options();
  quick.statement_timeout = 20ms;
  Resource resource = open(quick);
  auto& db = resource.as<Database>();
  const auto error = caught([&] { db.query(endless); });
  CHECK(error.what ==
        "db.deadline: the statement did not end within 20ms (statement_timeout), in: WITH RECURSIVE n(i) AS "
        "(SELECT 1 "
        "UNION ALL SELECT i + 1 FROM n) SELECT count(*) A...; make the statement cheaper, or raise "
        "statement_timeout");
  CHECK(db.query("SELECT 1 AS n")[0]["n"] == 1);
  CHECK_FALSE(db.broken());
  // Through SOCI it ends just so.
  CHECK_THROWS(db.session() << endless);
}

TEST_CASE_FIXTURE(Fixture, "a statement ends at the operation's deadline, on the operation's clock") {
  Resource resource = open();
  const auto clock = std::make_shared<ManualClock>();
  OperationContext context{.deadline = clock->now() + 1h, .clock = clock};
  std::jthread time([&] { clock->advance(2h); });
  const auto error = caught([&] { call(resource, "query", {{"sql", endless}}, context); });
  CHECK(error.code == errc::db_deadline);
  CHECK(
      error.message.starts_with("the statement did not end by the operation's deadline, in: WITH RECURSIVE"));
  // One that has passed already ends even what would have been quick.
  CHECK(caught([&] {
          call(resource, "query", {{"sql", "SELECT 1 AS n"}}, context);
        }).code == errc::db_deadline);
  // It bounded that operation and no other.
  CHECK(call(resource, "query", {{"sql", "SELECT 1 AS n"}})[0]["n"] == 1);
}

TEST_CASE_FIXTURE(Fixture, "a request to stop ends a statement") {
  Resource resource = open();
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  const auto error = caught([&] {
    call(resource, "query", {{"sql", endless}}, {.stop = source.get_token()});
  });
  CHECK(error.code == errc::db_cancelled);
  CHECK(error.message.starts_with("the statement was cancelled, in: WITH RECURSIVE"));
}

TEST_CASE_FIXTURE(Fixture, "many rows cut short by a deadline leave none behind") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
  json rows = json::array();
  for (int i = 0; i < 5000; ++i) rows.push_back({{"a", i}});
  std::stop_source source;
  db.execute(
      "CREATE TRIGGER slow AFTER INSERT ON t WHEN new.a = 4000 BEGIN SELECT count(*) FROM t AS x, t AS y, t "
      "AS z; END");
  const auto error = caught([&] {
    const auto within = db.within({.deadline = Clock::steady()->now() + 100ms});
    db.insert("t", rows);
  });
  CHECK(error.code == errc::db_deadline);
  CHECK_FALSE(db.in_transaction());
  CHECK(db.query("SELECT count(*) AS n FROM t")[0]["n"] == 0);
}

TEST_CASE_FIXTURE(Locked, "waiting for another connection's lock ends at busy_timeout") {
  DatabaseOptions hasty = options();
  hasty.busy_timeout = 2s;
  unlock();
  Resource resource = open(hasty);
  other.as<Database>().execute("BEGIN IMMEDIATE");
  auto& db = resource.as<Database>();
  const auto clock = std::make_shared<ManualClock>();
  std::jthread time([&] {
    while (!clock->wait_for_parked(1, 10ms)) {
    }
    clock->advance(2s);
  });
  const auto within = db.within({.clock = clock});
  CHECK(caught([&] {
          db.insert("t", {{"a", 1}});
        }).what ==
        "db.deadline: another connection kept the database locked for 2s (busy_timeout), in: BEGIN "
        "IMMEDIATE; keep "
        "transactions short, or raise busy_timeout");
}

TEST_CASE_FIXTURE(Locked, "waiting for a lock ends at the deadline, at a request to stop, or with the lock") {
  unlock();
  Resource resource = open();
  auto& db = resource.as<Database>();
  other.as<Database>().execute("BEGIN IMMEDIATE");
  {
    const auto within = db.within({.deadline = Clock::steady()->now() + 20ms});
    CHECK(caught([&] { db.execute("INSERT INTO t VALUES (1)"); }).message ==
          "the statement did not end by the operation's deadline, in: INSERT INTO t VALUES (1)");
  }
  {
    std::stop_source source;
    const auto clock = std::make_shared<ManualClock>();
    std::jthread stopper([&] {
      while (!clock->wait_for_parked(1, 10ms)) {
      }
      source.request_stop();
    });
    const auto within = db.within({.stop = source.get_token(), .clock = clock});
    CHECK(caught([&] { db.execute("INSERT INTO t VALUES (1)"); }).code == errc::db_cancelled);
  }
  std::jthread unlocker([&] {
    std::this_thread::sleep_for(5ms);
    unlock();
  });
  CHECK(db.execute("INSERT INTO t VALUES (1)") == 1);
}

TEST_CASE_FIXTURE(Locked, "opening waits for a lock no longer than its deadline") {
  const auto error = caught([&] { provider()->acquire({.deadline = Clock::steady()->now() + 20ms}); });
  CHECK(error.code == errc::db_deadline);
  CHECK(provider()->health_check({.deadline = Clock::steady()->now() + 20ms}).health ==
        ResourceHealth::unhealthy);
}

TEST_CASE_FIXTURE(Locked, "with busy_timeout 0 a lock is an error at once") {
  unlock();
  DatabaseOptions never = options();
  never.busy_timeout = Duration::zero();
  Resource resource = open(never);
  other.as<Database>().execute("BEGIN IMMEDIATE");
  const auto error = caught([&] { resource.as<Database>().execute("INSERT INTO t VALUES (1)"); });
  CHECK(error.code == errc::db_deadline);
}

TEST_CASE_FIXTURE(Locked, "a lock that SQLite refuses to wait for is an error at once") {
  unlock();
  Resource resource = open();
  auto& db = resource.as<Database>();
  auto& rival = other.as<Database>();
  db.execute("BEGIN");
  db.query("SELECT * FROM t");  // a read lock, which the rival's commit has to wait for
  rival.execute("BEGIN IMMEDIATE");
  const auto error = caught([&] { db.execute("INSERT INTO t VALUES (1)"); });
  CHECK(error.what ==
        "db.deadline: database is locked, in: INSERT INTO t VALUES (1); keep transactions short, or raise "
        "busy_timeout");
}

TEST_CASE_FIXTURE(Fixture, "sessions that write one file at once wait for each other, and lose nothing") {
  Resource first = open();
  first.as<Database>().execute("CREATE TABLE t (thread INTEGER, n INTEGER, PRIMARY KEY (thread, n))");
  constexpr int threads = 4, rounds = 8;
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> writers;
    for (int t = 0; t < threads; ++t)
      writers.emplace_back([&, t] {
        try {
          DatabaseOptions patient = options();
          patient.busy_timeout = 1min;  // a loaded machine's disk may take its time
          Resource mine = open(patient);
          auto& db = mine.as<Database>();
          for (int n = 0; n < rounds; ++n)
            db.transaction([&] {
              db.query("SELECT max(n) AS n FROM t");  // reading first is what makes lock upgrades fail
              db.insert("t", {{"thread", t}, {"n", n}});
            });
        } catch (const std::exception& error) {
          MESSAGE(error.what());
          ++failures;
        }
      });
  }
  CHECK(failures == 0);
  CHECK(first.as<Database>().query("SELECT count(*) AS n FROM t")[0]["n"] == threads * rounds);
}

TEST_CASE("limits: what is reached first, and in which order it is asked") {
  using database::Limit;
  using database::StatementLimits;
  const auto clock = std::make_shared<ManualClock>();
  StatementLimits limits(10s, 3s);
  std::stop_source source;
  const OperationContext none =
      limits.narrow({.deadline = clock->now() + 30s, .stop = source.get_token(), .clock = clock});
  limits.start_statement();
  CHECK(limits.reached() == Limit::none);
  clock->advance(10s);
  CHECK(limits.reached() == Limit::statement_timeout);
  CHECK(limits.cut() == Limit::statement_timeout);
  limits.start_statement();
  CHECK(limits.cut() == Limit::none);
  clock->advance(9s);
  {
    // An inner scope cannot have more time than the outer one.
    OperationContext outer = limits.narrow({.deadline = clock->now() + 1h, .clock = clock});
    limits.start_statement();
    clock->advance(9s);
    CHECK(limits.reached() == Limit::none);
    clock->advance(2s);
    limits.start_statement();
    CHECK(limits.reached() == Limit::deadline);
    source.request_stop();
    CHECK(limits.reached() == Limit::cancelled);
    limits.restore(std::move(outer));
  }
  limits.restore(none);
  CHECK(limits.reached() == Limit::none);
}
