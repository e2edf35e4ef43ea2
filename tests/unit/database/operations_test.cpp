#include "fixture.hpp"

using namespace leasehold;
using namespace leasehold::test;
using nlohmann::json;

namespace {
struct Tables : Fixture {
  Resource resource = open();
  Tables() { resource.as<Database>().execute("CREATE TABLE country (code TEXT PRIMARY KEY, name TEXT)"); }
};
}  // namespace

TEST_CASE_FIXTURE(Tables, "the operations take and give JSON") {
  const json rows = json::parse(R"([{"code":"FR","name":"France"},{"code":"ES","name":"Spain"}])");
  CHECK(call(resource, "insert", {{"table", "country"}, {"rows", rows}}) == 2);
  CHECK(call(resource, "insert", {{"table", "country"}, {"rows", rows}, {"on_conflict", "update"}}) == 2);
  CHECK(call(resource, "insert", {{"table", "country"}, {"rows", rows}, {"on_conflict", "ignore"}}) == 0);
  CHECK(call(resource, "insert", {{"table", "country"}, {"row", {{"code", "IT"}, {"name", "Italia"}}}}) == 1);
  CHECK(call(resource, "upsert",
             {{"table", "country"}, {"row", {{"code", "IT"}, {"name", "Italy"}}}, {"key", {"code"}}}) == 1);
  CHECK(call(resource, "update",
             {{"table", "country"}, {"set", {{"name", "Espana"}}}, {"where", {{"code", "ES"}}}}) == 1);
  CHECK(call(resource, "delete", {{"table", "country"}, {"where", {{"code", "FR"}}}}) == 1);
  CHECK((call(resource, "query",
              {{"sql", "SELECT name FROM country WHERE code > :c ORDER BY code"},
               {"params", {{"c", "A"}}}}) == json::parse(R"([{"name":"Espana"},{"name":"Italy"}])")));
  CHECK(call(resource, "execute", {{"sql", "DELETE FROM country WHERE code = ?"}, {"params", {"ES"}}}) == 1);
  CHECK((call(resource, "tables", json::object()) == json::array({"country"})));
  CHECK(call(resource, "insert", {{"table", "country"}, {"rows", rows}}).is_number_integer());
}

TEST_CASE_FIXTURE(Tables, "arguments that an expression made wrong are refused at the call") {
  const auto message = [&](const char* operation, const json& arguments) {
    return caught([&] { call(resource, operation, arguments); }).what;
  };
  const json row = {{"code", "FR"}};
  CHECK(message("query", {{"sql", nullptr}}) == "fsm.argument: argument 'sql' must be text, not null");
  CHECK(message("insert", {{"table", "country"}}) ==
        "fsm.argument: neither 'rows' nor 'row' is given; give one of them");
  CHECK(message("insert", {{"table", "country"}, {"row", row}, {"rows", json::array()}}) ==
        "fsm.argument: both 'rows' and 'row' are given; give one of them");
  CHECK(message("insert", {{"table", "country"}, {"rows", nullptr}}) ==
        "fsm.argument: 'rows' must be a list of objects, not null");
  CHECK(message("insert", {{"table", "country"}, {"row", json::array()}}) ==
        "fsm.argument: 'row' must be an object, not array");
  CHECK(message("insert", {{"table", "country"}, {"row", row}, {"on_conflict", "replace"}}) ==
        "fsm.argument: argument 'on_conflict' is none of error, ignore, update");
  CHECK(message("upsert", {{"table", "country"}, {"row", row}, {"key", "code"}}) ==
        "fsm.argument: argument 'key' must be a list of column names");
  CHECK(message("delete", {{"table", "country"}}) ==
        "fsm.argument: 'where' names no column; say which rows; to change every row, use execute");
}

TEST_CASE_FIXTURE(Tables, "every operation says what it does and takes a closed object") {
  const auto made = provider();
  std::vector<std::string> names;
  for (const auto& [name, operation] : made->operations()) {
    names.push_back(name);
    CHECK_FALSE(operation.summary.empty());
    CHECK(operation.arguments["type"] == "object");
    CHECK(operation.arguments["additionalProperties"] == false);
    for (const auto& needed : operation.arguments["required"])
      CHECK(operation.arguments["properties"].contains(needed.get<std::string>()));
  }
  CHECK((names ==
         std::vector<std::string>{"delete", "execute", "insert", "query", "tables", "update", "upsert"}));
}
