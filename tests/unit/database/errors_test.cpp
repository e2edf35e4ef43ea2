#include "fixture.hpp"

#include "sqlite_errors.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <fstream>

using namespace leasehold;
using namespace leasehold::test;
using nlohmann::json;

TEST_CASE("result codes have their meaning") {
  using database::classify;
  using database::Phase;
  CHECK(classify(SQLITE_ERROR, Phase::prepare).code == errc::db_syntax);
  CHECK(classify(SQLITE_ERROR, Phase::run).code == errc::db_failed);
  CHECK(classify(SQLITE_AUTH, Phase::run).code == errc::db_auth);
  CHECK(classify(SQLITE_PERM, Phase::run).code == errc::db_auth);
  CHECK(classify(SQLITE_CONSTRAINT_UNIQUE, Phase::run).code == errc::db_constraint);
  CHECK(classify(SQLITE_BUSY_SNAPSHOT, Phase::run).code == errc::db_deadline);
  CHECK(classify(SQLITE_FULL, Phase::run).code == errc::db_full);
  CHECK(classify(SQLITE_READONLY_DIRECTORY, Phase::run).code == errc::db_readonly);
  for (const int usable :
       {SQLITE_ERROR, SQLITE_CONSTRAINT, SQLITE_BUSY, SQLITE_FULL, SQLITE_READONLY, SQLITE_INTERRUPT})
    CHECK_FALSE(classify(usable, Phase::run).fatal);
  for (const int fatal :
       {SQLITE_IOERR_READ, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN, SQLITE_READONLY_DBMOVED})
    CHECK(classify(fatal, Phase::run).fatal);
}

TEST_CASE_FIXTURE(Fixture, "a full database gives db.full, keeps what it had, and stays usable") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, filling TEXT)");
  db.execute("PRAGMA max_page_count = 20");
  db.insert("t", {{"a", 0}, {"filling", "x"}});
  json rows = json::array();
  for (int i = 1; i < 100; ++i) rows.push_back({{"a", i}, {"filling", std::string(4000, 'x')}});
  const auto error = caught([&] { db.insert("t", rows); });
  CHECK(error.code == errc::db_full);
  CHECK(error.message.find("database or disk is full, in: INSERT INTO") != std::string::npos);
  CHECK_FALSE(db.in_transaction());
  CHECK(db.query("SELECT count(*) AS n FROM t")[0]["n"] == 1);
  CHECK(db.reset());
}

TEST_CASE_FIXTURE(Fixture, "a database that cannot be written gives db.readonly") {
  { open().as<Database>().execute("CREATE TABLE t (a)"); }
  DatabaseOptions reading = options();
  reading.read_only = true;
  Resource resource = open(reading);
  auto& db = resource.as<Database>();
  const auto error = caught([&] { db.insert("t", {{"a", 1}}); });
  CHECK(error.what ==
        "db.readonly: attempt to write a readonly database, in: INSERT INTO \"t\" (\"a\") VALUES (?); make "
        "the file and "
        "its directory writable, and read_only false");
  CHECK(db.query("SELECT count(*) AS n FROM t")[0]["n"] == 0);
  CHECK(db.transaction([&] { return db.query("SELECT * FROM t"); }).empty());
}

TEST_CASE_FIXTURE(Fixture, "a statement that is not SQL gives db.syntax") {
  Resource resource = open();
  CHECK(caught([&] { resource.as<Database>().query("SELEC 1"); }).what ==
        "db.syntax: near \"SELEC\": syntax error, in: SELEC 1");
}

TEST_CASE_FIXTURE(Fixture,
                  "a file that is no database, or a damaged one, is a failure that ends the session") {
  std::ofstream(file) << std::string(5000, 'x');
  CHECK(caught([&] { open(); }).what ==
        "db.failed: file is not a database, in: SELECT count(*) FROM sqlite_schema; check that the file is "
        "an SQLite "
        "database");
  std::filesystem::remove(file);
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, filling TEXT)");
  for (int i = 0; i < 20; ++i) db.insert("t", {{"a", i}, {"filling", std::string(3000, 'x')}});
  Resource damaged = open();
  {
    std::fstream raw(file, std::ios::in | std::ios::out | std::ios::binary);
    raw.seekp(4096);
    raw << std::string(3 * 4096, '\x7F');
  }
  auto& broken = damaged.as<Database>();
  const auto error = caught([&] { broken.query("SELECT * FROM t"); });
  CHECK(error.code == errc::db_failed);
  CHECK(broken.broken());
  CHECK_FALSE(broken.validate());
  CHECK_FALSE(broken.reset());
  CHECK(caught([&] { broken.query("SELECT 1 AS n"); }).what ==
        "db.unreachable: the session is broken by an earlier error; release the lease and acquire a new one");
}

TEST_CASE_FIXTURE(Fixture, "a fatal error that came up through SOCI ends the session too") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, filling TEXT)");
  for (int i = 0; i < 20; ++i) db.insert("t", {{"a", i}, {"filling", std::string(3000, 'x')}});
  Resource second = open();
  {
    std::fstream raw(file, std::ios::in | std::ios::out | std::ios::binary);
    raw.seekp(4096);
    raw << std::string(3 * 4096, '\x7F');
  }
  int count = 0;
  CHECK_THROWS(second.as<Database>().session() << "SELECT count(*) FROM t WHERE filling = 'y'",
               soci::into(count));
  CHECK_FALSE(provider()->reset(second));
}

TEST_CASE_FIXTURE(Fixture, "a session whose file was removed or replaced is not lent again") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a)");
  CHECK(db.validate());
  std::filesystem::remove(file);
  CHECK_FALSE(db.validate());
  CHECK(caught([&] { db.insert("t", {{"a", 1}}); }).code == errc::db_unreachable);
  CHECK(db.broken());
}

TEST_CASE_FIXTURE(Fixture, "no message holds a bound value or the connection") {
  const std::string secret = "hunter2secret";
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a TEXT PRIMARY KEY, n INTEGER CHECK (typeof(n) = 'integer'))");
  db.execute("CREATE VIRTUAL TABLE f USING fts5(body)");
  const auto without = [&](const Caught& error) {
    CHECK_MESSAGE(error.what.find("hunter2") == std::string::npos, error.what);
    return error.code;
  };
  db.insert("t", {{"a", secret}, {"n", 1}});
  CHECK(without(caught([&] { db.insert("t", {{"a", secret}, {"n", 1}}); })) == errc::db_constraint);
  CHECK(without(caught([&] { db.insert("t", {{"a", "b"}, {"n", "hunter2"}}); })) == errc::db_constraint);
  CHECK(without(caught([&] { db.query("SELECT json_extract(?, ?)", {secret, secret}); })) == errc::db_failed);
  // FTS5 quotes the query that it was given.
  CHECK(without(caught([&] {
          db.query("SELECT * FROM f WHERE f MATCH ?", {"hunter2secret:\"(" + secret});
        })) == errc::db_failed);
  // So does SOCI: its own message holds the value, ours does not.
  std::string own;
  try {
    db.session() << "INSERT INTO t (a, n) VALUES (:a, 1)", soci::use(secret);
  } catch (const soci::soci_error& error) {
    own = error.what();
  }
  CHECK(own.find(secret) != std::string::npos);
  const auto translated = caught([&] {
    db.transaction([&] { db.session() << "INSERT INTO t (a, n) VALUES (:a, 1)", soci::use(secret); });
  });
  CHECK(without(translated) == errc::db_constraint);
  CHECK(translated.what ==
        "db.constraint: UNIQUE constraint failed: t.a, in: INSERT INTO t (a, n) VALUES (:a, 1)");
}
