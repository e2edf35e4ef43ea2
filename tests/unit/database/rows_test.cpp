#include "fixture.hpp"

using namespace leasehold;
using namespace leasehold::test;
using nlohmann::json;

namespace {
struct Countries : Fixture {
  Resource resource = open();
  Database& db = resource.as<Database>();
  Countries() {
    db.execute("CREATE TABLE country (code TEXT PRIMARY KEY, name TEXT NOT NULL, area REAL DEFAULT 1.5)");
  }
  json all() { return db.query("SELECT * FROM country ORDER BY code"); }
};
const json france = {{"code", "FR"}, {"name", "France"}};
const json spain = {{"code", "ES"}, {"name", "Spain"}, {"area", 505.0}};
}  // namespace

TEST_CASE_FIXTURE(Countries, "rows may differ in their columns; what is left out gets the column's default") {
  CHECK(db.insert("country", json::array({france, spain, {{"code", "IT"}, {"name", "Italia"}}})) == 3);
  CHECK((all() ==
         json::parse(R"([{"area":505.0,"code":"ES","name":"Spain"},{"area":1.5,"code":"FR","name":"France"},
                                  {"area":1.5,"code":"IT","name":"Italia"}])")));
  CHECK(db.insert("country", json::array()) == 0);
  CHECK(db.insert("main.country", {{"code", "PT"}, {"name", "Portugal"}}) == 1);
}

TEST_CASE_FIXTURE(Countries, "rows are stored all or none, and the error says which one it was") {
  const auto error = caught([&] { db.insert("country", json::array({france, spain, france})); });
  CHECK(error.what ==
        "db.constraint: rows[2]: UNIQUE constraint failed: country.code, in: INSERT INTO \"country\" "
        "(\"code\", \"name\") "
        "VALUES (?, ?)");
  CHECK(all().empty());
  CHECK_FALSE(db.in_transaction());
  CHECK(caught([&] {
          db.insert("country", json::array({france, {{"code", "XX"}, {"name", nullptr}}}));
        }).message ==
        "rows[1]: NOT NULL constraint failed: country.name, in: INSERT INTO \"country\" (\"code\", \"name\") "
        "VALUES (?, ?)");
  CHECK(all().empty());
}

TEST_CASE_FIXTURE(Countries, "a conflict is an error, is passed over, or overwrites the columns given") {
  db.insert("country", spain);
  const json other = {{"code", "ES"},
                      {"name",
                       "Espa\xC3\xB1"
                       "a"}};
  CHECK(caught([&] { db.insert("country", other); }).code == errc::db_constraint);
  CHECK(db.insert("country", json::array({other, france}), OnConflict::ignore) == 1);
  CHECK(all()[0]["name"] == "Spain");
  CHECK(db.insert("country", json::array({other, france}), OnConflict::update) == 2);
  CHECK(all()[0]["name"] ==
        "Espa\xC3\xB1"
        "a");
  CHECK(all()[0]["area"] == 505.0);
  // Passing over is for keys: a row that breaks another rule is an error all the same.
  CHECK(caught([&] {
          db.insert("country", {{"code", "XX"}, {"name", nullptr}}, OnConflict::ignore);
        }).code == errc::db_constraint);
}

TEST_CASE_FIXTURE(Countries, "an update on conflict goes by the primary key, or by the key given") {
  db.execute("CREATE TABLE part (country TEXT, code TEXT, name TEXT, PRIMARY KEY (code, country))");
  const json part = {{"country", "FR"}, {"code", "75"}, {"name", "Paris"}};
  CHECK(db.upsert("part", json::array({part, part})) == 2);
  db.execute("CREATE TABLE loose (id, name TEXT UNIQUE, n)");
  CHECK(caught([&] {
          db.upsert("loose", {{"name", "a"}, {"n", 1}});
        }).what ==
        "fsm.argument: table 'loose' has no primary key to update by; name the columns that tell rows apart "
        "in 'key'");
  CHECK(db.upsert("loose", {{"name", "a"}, {"n", 1}}, {"name"}) == 1);
  CHECK(db.upsert("loose", {{"name", "a"}, {"n", 2}}, {"name"}) == 1);
  CHECK((db.query("SELECT name, n FROM loose") == json::parse(R"([{"name":"a","n":2}])")));
  // A row of nothing but its key counts as stored, whether it was there or not.
  db.execute("CREATE TABLE tag (name TEXT PRIMARY KEY)");
  CHECK(db.upsert("tag", json::array({{{"name", "a"}}, {{"name", "a"}}, {{"name", "b"}}})) == 3);
  CHECK(db.query("SELECT count(*) AS n FROM tag")[0]["n"] == 2);
}

TEST_CASE_FIXTURE(Countries, "names are quoted, whatever is in them, and unknown ones are refused") {
  db.execute(
      "CREATE TABLE \"od\"\"d; DROP TABLE country\" (\"se\"\"lect\" TEXT PRIMARY KEY, \"from x\" INTEGER)");
  const std::string odd = "od\"d; DROP TABLE country";
  CHECK(db.upsert(odd, {{"se\"lect", "k"}, {"from x", 1}}) == 1);
  CHECK(db.update(odd, {{"from x", 2}}, {{"se\"lect", "k"}}) == 1);
  CHECK(db.remove(odd, {{"from x", 2}}) == 1);
  CHECK(db.list_collections_or_tables().size() == 2);
  CHECK(caught([&] {
          db.insert("country", {{"nam", "x"}});
        }).what ==
        "db.syntax: table country has no column named nam, in: INSERT INTO \"country\" (\"nam\") VALUES (?)");
  CHECK(caught([&] { db.insert("contry", france); }).what ==
        "db.syntax: no such table: contry, in: INSERT INTO \"contry\" (\"code\", \"name\") VALUES (?, ?)");
  CHECK(caught([&] { db.upsert("contry", france); }).what ==
        "db.syntax: no such table: contry; did you mean 'country'?");
  CHECK(caught([&] { db.insert("", france); }).what ==
        "fsm.argument: the name of a table is empty, longer than 256 bytes, or holds a NUL");
  CHECK(caught([&] {
          db.insert("country", {{"", 1}});
        }).message == "the name of a column is empty, longer than 256 bytes, or holds a NUL");
}

TEST_CASE_FIXTURE(Countries, "update and remove go by equality, NULL included, and never touch every row") {
  db.insert("country",
            json::array({france, spain, {{"code", "AQ"}, {"name", "Antarctica"}, {"area", nullptr}}}));
  CHECK(db.update("country", {{"name", "Ice"}}, {{"area", nullptr}, {"code", "AQ"}}) == 1);
  CHECK(all()[0]["name"] == "Ice");
  CHECK(db.update("country", {{"area", nullptr}}, {{"code", "FR"}}) == 1);
  CHECK(db.remove("country", {{"area", nullptr}}) == 2);
  CHECK(db.remove("country", {{"code", "nowhere"}}) == 0);
  CHECK(all().size() == 1);
  CHECK(caught([&] { db.remove("country", json::object()); }).what ==
        "fsm.argument: 'where' names no column; say which rows; to change every row, use execute");
  CHECK(caught([&] { db.update("country", {{"name", "x"}}, nullptr); }).code == errc::fsm_argument);
  CHECK(caught([&] {
          db.update("country", json::object(), {{"code", "ES"}});
        }).what == "fsm.argument: 'set' names no column; give {column: value, ...}");
  // SQLite would take a "name" that is no column for a text.
  CHECK(caught([&] { db.remove("country", {{"cod", "cod"}}); }).code == errc::db_syntax);
  CHECK(all().size() == 1);
}

TEST_CASE_FIXTURE(Countries, "what is no row is refused") {
  CHECK(caught([&] { db.insert("country", 5); }).message == "rows are an array of objects, not a number");
  CHECK(caught([&] {
          db.insert("country", json::array({france, "x"}));
        }).message == "rows[1]: a row is an object, not a string");
  CHECK(caught([&] { db.insert("country", json::array({json::object()})); }).message ==
        "rows[0]: a row has no columns");
  CHECK(caught([&] {
          db.insert("country", json::array({france, {{"code", "XX"}, {"name", json::array({1})}}}));
        }).message ==
        "rows[1]: parameter 2 is a list, in: INSERT INTO \"country\" (\"code\", \"name\") VALUES (?, ?)");
  CHECK(all().empty());
}
