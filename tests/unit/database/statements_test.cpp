#include "fixture.hpp"

using namespace leasehold;
using namespace leasehold::test;
using nlohmann::json;

TEST_CASE_FIXTURE(Fixture, "execute counts the rows it touched, and only those") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  CHECK(db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)") == 0);
  CHECK(db.execute("INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z')") == 3);
  CHECK(db.execute("CREATE TABLE other (a)") == 0);  // SQLite's own counter still says 3
  CHECK(db.execute("SELECT * FROM t") == 0);
  CHECK(db.execute("UPDATE t SET b = 'w' WHERE a > ?", {1}) == 2);
  CHECK(db.execute("UPDATE t SET b = 'w' WHERE a > 100") == 0);
  CHECK(db.execute("DELETE FROM t") == 3);
  CHECK(db.execute("PRAGMA user_version") == 0);
}

TEST_CASE_FIXTURE(Fixture, "query returns rows in order, and those of RETURNING too") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)");
  CHECK(
      (db.query("INSERT INTO t (b) VALUES ('x'), ('y') RETURNING a") == json::parse(R"([{"a":1},{"a":2}])")));
  CHECK((db.query("SELECT b, a FROM t ORDER BY a DESC") ==
         json::parse(R"([{"a":2,"b":"y"},{"a":1,"b":"x"}])")));
  CHECK((db.query("SELECT * FROM t WHERE a = 7") == json::array()));
}

TEST_CASE_FIXTURE(
    Fixture, "a text of several statements, of none, or one that fits elsewhere is refused before it runs") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a)");
  CHECK(
      caught([&] { db.execute("INSERT INTO t VALUES (1); DROP TABLE t"); }).what ==
      "db.syntax: there are several statements in one text: INSERT INTO t VALUES (1);; run them one by one");
  CHECK(caught([&] { db.execute("INSERT INTO t VALUES (1); nonsense"); }).code == errc::db_syntax);
  CHECK(caught([&] { db.execute(""); }).what == "db.syntax: the statement is empty");
  CHECK(caught([&] { db.execute(" ; -- nothing"); }).what == "db.syntax: the statement is empty");
  CHECK(caught([&] { db.execute(std::string_view("DELETE FROM t\0 WHERE a = 1", 26)); }).what ==
        "db.syntax: the statement is not UTF-8 text, or holds a NUL");
  CHECK(caught([&] { db.query("INSERT INTO t VALUES (1)"); }).what ==
        "db.syntax: the statement gives no rows, in: INSERT INTO t VALUES (1); use execute for it");
  CHECK(caught([&] { db.query("SELECT 1 AS a, 2 AS a"); }).what ==
        "db.syntax: two columns of the result are named 'a', in: SELECT 1 AS a, 2 AS a; name one of them "
        "with AS");
  CHECK(db.query("SELECT count(*) AS n FROM t")[0]["n"] == 0);
  CHECK(db.execute("INSERT INTO t VALUES (1) ; /* the end */ -- really\n ; ") == 1);
}

TEST_CASE_FIXTURE(Fixture, "a query of more rows than max_rows is refused") {
  DatabaseOptions few = options();
  few.max_rows = 3;
  Resource resource = open(few);
  auto& db = resource.as<Database>();
  const std::string sql =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n";
  CHECK(db.query(sql, {3}).size() == 3);
  CHECK(caught([&] { db.query(sql, {4}); }).what ==
        "db.failed: the query gives more than 3 rows (max_rows), in: WITH RECURSIVE n(i) AS (SELECT 1 UNION "
        "ALL SELECT i "
        "+ 1 FROM n WHERE i < ?) SELE...; add LIMIT, or raise max_rows");
  CHECK(db.query(sql, {1}).size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "tables are listed by name, without SQLite's own") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  CHECK(db.list_collections_or_tables().empty());
  db.execute("CREATE TABLE zebra (id INTEGER PRIMARY KEY AUTOINCREMENT)");
  db.execute("CREATE TABLE apple (id)");
  db.execute("CREATE INDEX pear ON apple (id)");
  CHECK((db.list_collections_or_tables() == std::vector<std::string>{"apple", "zebra"}));
}

TEST_CASE_FIXTURE(Fixture, "SOCI's session is the same connection") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.session() << "CREATE TABLE t (a TEXT)";
  const std::string value = "by SOCI";
  db.session() << "INSERT INTO t VALUES (:a)", soci::use(value);
  CHECK(db.query("SELECT a FROM t")[0]["a"] == "by SOCI");
  std::string back;
  db.session() << "SELECT a FROM t", soci::into(back);
  CHECK(back == value);
}

TEST_CASE_FIXTURE(Fixture, "a transaction commits what it returns from and rolls back what throws") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
  const auto count = [&] { return db.query("SELECT count(*) AS n FROM t")[0]["n"].get<int>(); };
  CHECK(db.transaction([&] { return db.execute("INSERT INTO t VALUES (1)"); }) == 1);
  db.transaction([](Database& same) { same.execute("INSERT INTO t VALUES (2)"); });
  CHECK(count() == 2);
  CHECK_THROWS_AS(db.transaction([&] {
    db.execute("INSERT INTO t VALUES (3)");
    throw std::runtime_error("no");
  }),
                  std::runtime_error);
  CHECK_FALSE(db.in_transaction());
  CHECK(count() == 2);
}

TEST_CASE_FIXTURE(Fixture, "a transaction inside a transaction is a savepoint") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
  db.transaction([&] {
    db.execute("INSERT INTO t VALUES (1)");
    CHECK_THROWS(db.transaction([&] {
      db.execute("INSERT INTO t VALUES (2)");
      db.transaction([&] { db.execute("INSERT INTO t VALUES (3)"); });
      db.execute("INSERT INTO t VALUES (1)");
    }));
    db.transaction([&] { db.execute("INSERT INTO t VALUES (4)"); });
  });
  CHECK((db.query("SELECT a FROM t ORDER BY a") == json::parse(R"([{"a":1},{"a":4}])")));
}

TEST_CASE_FIXTURE(Fixture,
                  "after the database rolled a transaction back, nothing more is stored in it one by one") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
  const auto error = caught([&] {
    db.transaction([&] {
      db.execute("INSERT INTO t VALUES (1)");
      CHECK(caught([&] { db.execute("INSERT OR ROLLBACK INTO t VALUES (1)"); }).code == errc::db_constraint);
      db.execute("INSERT INTO t VALUES (2)");
    });
  });
  CHECK(error.what ==
        "db.failed: the transaction has ended already: rolled back by an earlier error, or by hand; let "
        "errors leave the "
        "transaction");
  CHECK(db.query("SELECT count(*) AS n FROM t")[0]["n"] == 0);
}

TEST_CASE_FIXTURE(Fixture, "a commit that fails stores nothing") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("PRAGMA foreign_keys = ON");
  db.execute("CREATE TABLE p (id INTEGER PRIMARY KEY)");
  db.execute("CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
  const auto error = caught([&] { db.transaction([&] { db.execute("INSERT INTO c VALUES (7)"); }); });
  CHECK(error.what == "db.constraint: FOREIGN KEY constraint failed, in: COMMIT");
  CHECK_FALSE(db.in_transaction());
  CHECK(db.query("SELECT count(*) AS n FROM c")[0]["n"] == 0);
}
