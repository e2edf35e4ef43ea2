#include "fixture.hpp"

#include "encoding.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

using namespace leasehold;
using namespace leasehold::test;
using nlohmann::json;

TEST_CASE_FIXTURE(Fixture, "every kind of value comes back as it was stored") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute(
      "CREATE TABLE v (id INTEGER PRIMARY KEY, i INTEGER, b BIGINT, d DOUBLE, t TEXT, x BLOB, f BOOLEAN, day "
      "DATE, "
      "at TIMESTAMP, n NUMERIC, anything)");
  const json rows = {
      {{"id", 1},
       {"i", std::numeric_limits<std::int64_t>::max()},
       {"b", std::numeric_limits<std::int64_t>::min()},
       {"d", 0.1},
       {"t", "Zoë \xF0\x9F\x90\x8B"},
       {"x", {{"$blob", "AP9hYg=="}}},
       {"f", true},
       {"day", "2024-02-29"},
       {"at", "2024-02-29T23:59:60.123456Z"},
       {"n", 12},
       {"anything", "text"}},
      {{"id", 2},
       {"i", 3000000000},  // beyond 32 bits in a column declared INTEGER
       {"b", 0},
       {"d", 5.0},
       {"t", std::string("a\0b", 3)},
       {"x", {{"$blob", ""}}},
       {"f", false},
       {"day", "not a date"},
       {"at", ""},
       {"n", 1.5},
       {"anything", 7}},
      {{"id", 3},
       {"i", nullptr},
       {"b", nullptr},
       {"d", nullptr},
       {"t", nullptr},
       {"x", nullptr},
       {"f", nullptr},
       {"day", nullptr},
       {"at", nullptr},
       {"n", nullptr},
       {"anything", nullptr}},
      {{"id", 4},
       {"i", "text in an integer column"},
       {"b", 2.5},
       {"d", -1e300},
       {"t", ""},
       {"x", "text"},
       {"f", 2},
       {"day", 20240229},
       {"at", 1.25},
       {"n", "many"},
       {"anything", {{"$blob", "AA=="}}}},
  };
  CHECK(db.insert("v", rows) == 4);
  const json stored = db.query("SELECT * FROM v ORDER BY id");
  CHECK(stored == rows);
  CHECK(stored[1]["d"].is_number_float());
  CHECK(stored[0]["f"].is_boolean());
}

TEST_CASE_FIXTURE(Fixture, "a text of two megabytes and a blob of all bytes round-trip") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  db.execute("CREATE TABLE v (t TEXT, x BLOB)");
  std::string text, bytes;
  while (text.size() < 2'000'000) text += "0123456789\xC3\xA9";
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const json row = {{"t", text}, {"x", {{"$blob", database::base64_encode(bytes)}}}};
  db.insert("v", row);
  CHECK((db.query("SELECT * FROM v")[0] == row));
  const json binary = json::binary(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
  CHECK(db.query("SELECT count(*) AS n FROM v WHERE x = ?", json::array({binary}))[0]["n"] == 1);
}

TEST_CASE_FIXTURE(Fixture,
                  "values that a column cannot hold are refused by position or name, without their value") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  auto error = caught([&] { db.query("SELECT ? AS a, ? AS b", {1, json::array({"hidden"})}); });
  CHECK(
      error.what ==
      "fsm.argument: parameter 2 is a list, in: SELECT ? AS a, ? AS b; turn it into text first (jq: tojson)");
  error = caught([&] { db.query("SELECT :a AS a", {{"a", {{"hidden", 1}}}}); });
  CHECK(error.what ==
        "fsm.argument: parameter ':a' is an object, in: SELECT :a AS a; turn it into text first (jq: "
        "tojson), or give "
        "bytes as {\"$blob\": \"<base64>\"}");
  error = caught([&] { db.query("SELECT ? AS a", {std::numeric_limits<std::uint64_t>::max()}); });
  CHECK(error.what ==
        "json.number_range: parameter 1 is larger than 64 bits with a sign hold, in: SELECT ? AS a; store it "
        "as text");
  error = caught([&] { db.query("SELECT ? AS a", {std::nan("")}); });
  CHECK(error.code == errc::json_number_range);
  error = caught([&] { db.query("SELECT ? AS a", {"\xFF"}); });
  CHECK(error.message == "parameter 1 is not UTF-8 text, in: SELECT ? AS a");
  error = caught([&] { db.query("SELECT ? AS a", json::array({{{"$blob", "a b c"}}})); });
  CHECK(error.message == "parameter 1 is a $blob that is not base64, in: SELECT ? AS a");
}

TEST_CASE_FIXTURE(Fixture, "text in the database that is not UTF-8 is refused, and can be had as bytes") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  const auto error = caught([&] { db.query("SELECT CAST(x'FF41' AS TEXT) AS t"); });
  CHECK(error.what ==
        "db.failed: column 't' holds text that is not UTF-8, in: SELECT CAST(x'FF41' AS TEXT) AS t; select "
        "it as bytes: "
        "CAST(column AS BLOB)");
  CHECK(db.query("SELECT x'FF41' AS t")[0]["t"]["$blob"] == "/0E=");
}

TEST_CASE_FIXTURE(Fixture, "parameters are given by position, by name, or not at all") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  CHECK(db.query("SELECT ? + ? AS n", {2, 3})[0]["n"] == 5);
  CHECK(db.query("SELECT :a + @b + $c + :a AS n", {{"a", 1}, {"b", 10}, {"c", 100}})[0]["n"] == 112);
  CHECK(db.query("SELECT 1 AS n")[0]["n"] == 1);
  CHECK(db.query("SELECT ?2 AS n, ?1 AS m", {"one", "two"})[0]["n"] == "two");
  CHECK(caught([&] {
          db.query("SELECT ? AS n", {1, 2});
        }).what ==
        "fsm.argument: the statement takes 1 parameters, 2 were given, in: SELECT ? AS n; give one value per "
        "parameter");
  CHECK(caught([&] {
          db.query("SELECT :code AS n", {{"cod", 1}});
        }).message == "parameter ':code' was not given, in: SELECT :code AS n");
  CHECK(caught([&] {
          db.query("SELECT :code AS n", {{"code", 1}, {"codes", 1}});
        }).what ==
        "fsm.argument: the statement has no parameter ':codes', in: SELECT :code AS n; did you mean 'code'?");
  CHECK(caught([&] {
          db.query("SELECT ? AS n", {{"a", 1}});
        }).message == "parameter 1 has no name, but parameters were given by name, in: SELECT ? AS n");
}

TEST_CASE_FIXTURE(Fixture, "one value alone is one parameter") {
  Resource resource = open();
  auto& db = resource.as<Database>();
  const json five = 5;
  CHECK(db.query("SELECT ? AS n", 5).at(0).at("n") == 5);
  CHECK(db.query("SELECT ? AS n", {five}).at(0).at("n") == 5);
  CHECK(db.query("SELECT ? AS n", {"text"}).at(0).at("n") == "text");
}

TEST_CASE("base64 is canonical both ways") {
  using database::base64_decode;
  using database::base64_encode;
  for (const auto& [bytes, text] : std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                                                    {"f", "Zg=="},
                                                                                    {"fo", "Zm8="},
                                                                                    {"foo", "Zm9v"},
                                                                                    {"foob", "Zm9vYg=="},
                                                                                    {"\xFF\xFE", "//4="}}) {
    CHECK(base64_encode(bytes) == text);
    CHECK(base64_decode(text) == bytes);
  }
  for (const char* wrong : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n"})
    CHECK_MESSAGE(!base64_decode(wrong), wrong);
}

TEST_CASE("UTF-8 is told from what only looks like it") {
  using database::is_utf8;
  for (const char* good : {"", "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    CHECK(is_utf8(good));
  for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xC3", "a\xFF"})
    CHECK(!is_utf8(bad));
}

TEST_CASE("an excerpt of SQL is one line, short, and cut between characters") {
  using database::sql_excerpt;
  CHECK(sql_excerpt("  SELECT\n\t1 ") == "SELECT 1");
  CHECK(sql_excerpt(std::string(80, 'x')) == std::string(80, 'x'));
  CHECK(sql_excerpt(std::string(81, 'x')) == std::string(80, 'x') + "...");
  CHECK(sql_excerpt(std::string(79, 'x') + "\xE2\x82\xAC") == std::string(79, 'x') + "...");
  CHECK(sql_excerpt(std::string(77, 'x') + "\xE2\x82\xAC" + "y") == std::string(77, 'x') + "\xE2\x82\xAC...");
}
