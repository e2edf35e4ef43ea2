#include "fixture.hpp"
#include "folders.hpp"

#include <fcntl.h>

#include <fstream>
#include <sstream>

using namespace leasehold;
using namespace leasehold::test;
using nlohmann::json;

namespace {
Caught refused(const json& config) {
  return caught([&] { database_factory()("db", config); });
}
}  // namespace

TEST_CASE_FIXTURE(Fixture, "the factory reads a declaration and makes a provider that opens nothing yet") {
  const auto made = database_factory()("db", {{"backend", "sqlite3"},
                                              {"connection", "dbname=" + file},
                                              {"busy_timeout", "1s"},
                                              {"init", {"PRAGMA user_version = 7"}}});
  CHECK(made->type() == "database");
  CHECK(made->sharing() == Sharing::exclusive);
  CHECK_FALSE(std::filesystem::exists(file));
  Resource resource = made->acquire({});
  CHECK(resource.as<Database>().query("PRAGMA user_version")[0]["user_version"] == 7);
  made->release(std::move(resource));
}

TEST_CASE("a declaration that is wrong is refused where it is wrong") {
  CHECK(refused(json::object()).what ==
        "config.missing: 'connection' is missing; add it: where it is, \"dbname=<file>\" for sqlite3; never "
        "shown");
  CHECK(refused({{"connection", "dbname=x"}, {"conection", "y"}}).what ==
        "config.unknown_key: /conection: unknown key 'conection'; did you mean 'connection'?");
  CHECK(refused({{"connection", "dbname=x"}, {"backend", "postgresql"}}).what ==
        "config.value: /backend: backend 'postgresql' is not built in yet; use sqlite3, the one available");
  CHECK(refused({{"connection", "dbname=x"}, {"backend", "mysql"}}).message ==
        "/backend: backend 'mysql' is not built in yet; use sqlite3, the one available");
  CHECK(refused({{"connection", "dbname=x"}, {"backend", "oracle"}}).message ==
        "/backend: 'oracle' is no database backend; use sqlite3, the one available");
  CHECK(refused({{"connection", "dbname=x"}, {"max_rows", 0}}).what ==
        "config.value: /max_rows: max_rows is 0; give the most rows that a query may return");
  CHECK(caught([] { make_database_provider("db", {.connection = Secret("x"), .max_rows = 0}); }).code ==
        errc::config_value);
  CHECK(refused({{"connection", "dbname=x"}, {"busy_timeout", "-1s"}}).code == errc::config_value);
}

TEST_CASE("a connection string that is wrong is refused without being shown") {
  const auto message = [](const std::string& connection) {
    return refused({{"connection", connection}}).what;
  };
  CHECK(message("") == "config.value: /connection: the connection is empty; write \"dbname=<file>\"");
  CHECK(message("dbname=") ==
        "config.value: /connection: the connection names no file; write \"dbname=<file>\"");
  CHECK(message("dbname=my file.db") ==
        "config.value: /connection: the connection has a word without '='; write dbname=\"<file>\" if the "
        "file's name has "
        "blanks");
  CHECK(message("dbname=a dbname=b") ==
        "config.value: /connection: the connection names two files; leave one dbname");
  CHECK(
      message("dbname=\"a") ==
      "config.value: /connection: the connection has a quote that is not closed; close it, or leave it out");
  CHECK(message("dbnam=a") ==
        "config.value: /connection: the connection has an unknown key; did you mean 'dbname'?");
  CHECK(message("dbname=a hunter2==") ==
        "config.value: /connection: the connection has an unknown key; known: dbname");
  for (const char* url :
       {"postgresql://u:hunter2@h/db", "dbname=mysql://u:hunter2@h/db", "sqlite3://a?key=hunter2"})
    CHECK(message(url) ==
          "config.value: /connection: the connection is a URL, which sqlite3 does not take; write "
          "\"dbname=<file>\" or file:<file>");
  CHECK(message("dbname=a timeout=5") ==
        "config.value: /connection: the connection has 'timeout'; use the key busy_timeout of the resource");
}

TEST_CASE_FIXTURE(Fixture, "files are named as SOCI does, in quotes, or alone") {
  const std::string odd = scratch.file("a 'b' = c.db");
  for (const std::string& connection : {"dbname=" + file, "db=" + file, "  dbname='" + file + "' ", file,
                                        "dbname=\"" + odd + "\"", "file:" + file + "?mode=rwc"}) {
    DatabaseOptions other;
    other.connection = Secret(connection);
    CHECK(open(other).as<Database>().list_collections_or_tables().empty());
  }
  CHECK(std::filesystem::exists(odd));
}

TEST_CASE_FIXTURE(Fixture, "a database that is missing is created, unless it must not be") {
  DatabaseOptions never = options();
  never.create = false;
  CHECK(caught([&] { open(never); }).what ==
        "db.unreachable: the database '" + file +
            "' cannot be opened: No such file or directory; create it first, or set "
            "create: true");
  DatabaseOptions reading = options();
  reading.read_only = true;
  CHECK(caught([&] { open(reading); }).hint == "create it first; read_only does not");
  CHECK_FALSE(std::filesystem::exists(file));
  open();
  open(never);
  open(reading);
  DatabaseOptions nowhere;
  nowhere.connection = Secret("dbname=" + scratch.file("no/such/directory.db"));
  const auto error = caught([&] { open(nowhere); });
  CHECK(error.what == "db.unreachable: the database '" + scratch.file("no/such/directory.db") +
                          "' cannot be opened: No such file or directory; create the directory first");
  CHECK_FALSE(std::filesystem::exists(scratch.file("no")));
  DatabaseOptions directory;
  directory.connection = Secret("dbname=" + scratch.path().string());
  CHECK(caught([&] { open(directory); }).code == errc::db_unreachable);
  DatabaseOptions encrypted;
  encrypted.connection = Secret("file:/no/such.db?key=hunter2");
  CHECK(caught([&] { open(encrypted); }).what.find("hunter2") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "init statements run in each new session, and one that fails fails the opening") {
  DatabaseOptions prepared = options();
  prepared.init = {"PRAGMA foreign_keys = ON", "CREATE TABLE IF NOT EXISTS t (a)"};
  for (int i = 0; i < 2; ++i) {
    Resource resource = open(prepared);
    CHECK(resource.as<Database>().query("PRAGMA foreign_keys")[0]["foreign_keys"] == 1);
  }
  prepared.init.push_back("nonsense");
  CHECK(caught([&] { open(prepared); }).what ==
        "db.syntax: init[2]: near \"nonsense\": syntax error, in: nonsense");
}

TEST_CASE_FIXTURE(Fixture, "a return rolls back, lets go of locks and undoes what changes the waiting") {
  const auto made = provider();
  Resource resource = made->acquire({});
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
  db.execute("BEGIN IMMEDIATE");
  db.execute("INSERT INTO t VALUES (1)");
  db.execute("PRAGMA busy_timeout = 0");
  CHECK(made->reset(resource));
  CHECK_FALSE(db.in_transaction());
  CHECK(db.query("SELECT * FROM t").empty());
  // What SOCI left open is rolled back just so.
  db.session().begin();
  db.session() << "INSERT INTO t VALUES (2)";
  CHECK(made->reset(resource));
  CHECK(db.query("SELECT * FROM t").empty());
  Resource other = made->acquire({});
  CHECK(other.as<Database>().insert("t", {{"a", 3}}) == 1);
  // A statement that somebody is in the middle of would keep its read lock.
  soci::statement reading(db.session());
  int a = 0;
  reading.exchange(soci::into(a));
  reading.alloc();
  reading.prepare("SELECT a FROM t");
  reading.define_and_bind();
  REQUIRE(reading.execute(true));
  CHECK(made->reset(resource));
  CHECK(other.as<Database>().execute("BEGIN EXCLUSIVE") == 0);
}

TEST_CASE_FIXTURE(Fixture, "what describes the provider shows every knob and no connection") {
  DatabaseOptions told = options();
  told.connection = Secret("dbname=hunter2.db");
  const json shown = make_database_provider("db", told)->describe();
  CHECK(shown["connection"] == "***");
  CHECK(shown["busy_timeout"] == "5s");
  CHECK(shown["statement_timeout"] == "30s");
  CHECK(shown.dump().find("hunter2") == std::string::npos);
  for (const std::string& key : database_fields().keys()) CHECK(shown.contains(key));
}

TEST_CASE_FIXTURE(Fixture, "health tells missing, read-only, damaged and well apart") {
  const auto made = provider();
  auto report = made->health_check({});
  CHECK(report.health == ResourceHealth::unknown);
  CHECK(report.message == "the database does not exist yet; the first lease creates it");
  CHECK_FALSE(std::filesystem::exists(file));
  open();
  CHECK(made->health_check({}).health == ResourceHealth::healthy);
  if (::geteuid() != 0) {
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    CHECK(made->health_check({}).health == ResourceHealth::degraded);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  std::ofstream(file) << std::string(5000, 'x');
  report = made->health_check({});
  CHECK(report.health == ResourceHealth::unhealthy);
  CHECK(report.message.starts_with("db.failed: file is not a database"));
  DatabaseOptions never = options();
  never.connection = Secret("dbname=" + scratch.file("missing.db"));
  never.create = false;
  CHECK(make_database_provider("db", never)->health_check({}).health == ResourceHealth::unhealthy);
}

TEST_CASE_FIXTURE(Fixture, "no descriptor of a session outlives an exec") {
  Resource resource = open();
  resource.as<Database>().execute("PRAGMA journal_mode = WAL");
  resource.as<Database>().execute("CREATE TABLE t (a)");
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (gone || target.find(scratch.path().string()) == std::string::npos) continue;
    ++seen;
    CHECK_MESSAGE((::fcntl(std::stoi(entry.path().filename()), F_GETFD) & FD_CLOEXEC) != 0, target);
  }
  CHECK(seen >= 2);
}

TEST_CASE_FIXTURE(Fixture, "a released session keeps no file open") {
  const auto made = provider();
  Resource resource = made->acquire({});
  resource.as<Database>().execute("CREATE TABLE t (a)");
  made->release(std::move(resource));
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    CHECK(std::filesystem::read_symlink(entry.path(), gone).string().find(file) == std::string::npos);
  }
}

TEST_CASE("the README tells of every knob, operation and error code") {
  std::ifstream stream(folders::source("adapters/database/README.md"));
  std::stringstream text;
  text << stream.rdbuf();
  const std::string readme = text.str();
  const auto tells = [&](const std::string& word) {
    CHECK_MESSAGE(readme.find("`" + word + "`") != std::string::npos, word);
  };
  for (const std::string& key : database_fields().keys()) tells(key);
  const auto made = make_database_provider("db", {.connection = Secret(":memory:")});
  for (const auto& [name, operation] : made->operations()) tells(name);
  for (const errc code : {errc::db_unreachable, errc::db_auth, errc::db_deadline, errc::db_cancelled,
                          errc::db_constraint, errc::db_syntax, errc::db_full, errc::db_readonly,
                          errc::db_failed, errc::fsm_argument, errc::json_number_range})
    tells(std::string(error_name(code)));
}
