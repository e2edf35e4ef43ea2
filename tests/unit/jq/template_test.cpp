#include "template.hpp"

#include <doctest/doctest.h>

#include <string>

#include "error_of.hpp"

using leasehold::ConfigError;
using leasehold::Error;
using leasehold::StateError;
using leasehold::fsm::DataPath;
using leasehold::fsm::Template;
using nlohmann::json;

TEST_CASE("a text that is one expression becomes its value") {
  const Template rows =
      Template::parse({{"table", "country"}, {"rows", "${{ .countries }}"}, {"n", {1, "${{ .n + 1 }}"}}});
  CHECK_FALSE(rows.constant());
  CHECK(rows.evaluate({{"countries", {1, 2}}, {"n", 1}}, nullptr) ==
        json({{"table", "country"}, {"rows", {1, 2}}, {"n", {1, 2}}}));
  CHECK(Template::parse("${{ $event.x }}").evaluate({}, {{"x", {{"y", 1}}}}) == json({{"y", 1}}));
  CHECK(Template::parse("${{.x}}").evaluate({{"x", 9007199254740993}}, nullptr) == 9007199254740993);
}

TEST_CASE("inside other text an expression becomes text") {
  const Template text = Template::parse("${{ .a }}/${{ .b }}: ${{ .c }}");
  CHECK(text.evaluate({{"a", "x"}, {"b", 2}, {"c", {1, nullptr}}}, nullptr) == "x/2: [1,null]");
  CHECK(Template::parse(" ${{ .a }}").evaluate({{"a", 1}}, nullptr) == " 1");
}

TEST_CASE("an expression ends where its own brackets and texts allow") {
  CHECK(Template::parse("${{ {a: {b: .x}} }}").evaluate({{"x", 1}}, nullptr) == json({{"a", {{"b", 1}}}}));
  CHECK(Template::parse("${{{a: {b: 1}}}}").evaluate({}, nullptr) == json({{"a", {{"b", 1}}}}));
  CHECK(Template::parse("${{ \"}}\" + .x }}").evaluate({{"x", "!"}}, nullptr) == "}}!");
  CHECK(Template::parse("a }} b").constant());
}

TEST_CASE("a value without expressions is constant and itself") {
  const json value = {{"a", {1, "x", nullptr}}, {"b", "$x {{y}}"}};
  CHECK(Template::parse(value).constant());
  CHECK(Template::parse(value).evaluate({}, nullptr) == value);
  CHECK(Template().evaluate({}, nullptr) == json::object());
}

TEST_CASE("every bad expression of a value is reported with its place") {
  try {
    Template::parse({{"a", "${{ .x | }}"}, {"b", {"${{ env }}", "${{ .y"}}, {"${{ .k }}", 1}});
    FAIL("it parsed");
  } catch (const ConfigError& error) {
    REQUIRE(error.issues().size() == 4);
    CHECK(error.issues()[0].pointer == "/${{ .k }}");
    CHECK(error.issues()[0].at_key);
    CHECK(error.issues()[1].pointer == "/a");
    CHECK(error.issues()[1].message == "the jq '.x |' does not compile: syntax error, unexpected $end");
    CHECK(error.issues()[2].pointer == "/b/0");
    CHECK(error.issues()[3].pointer == "/b/1");
    CHECK(error.issues()[3].message == "'${{' is not closed");
    CHECK(error.issues()[3].code == leasehold::errc::fsm_expression);
  }
}

TEST_CASE("a data path puts and finds, making what is missing") {
  json data = {{"a", {{"b", 1}}}};
  DataPath::parse(".a.c").set(data, 2);
  DataPath::parse(".list[2].x").set(data, 3);
  DataPath::parse(".\"odd key\"").set(data, 4);
  CHECK(data ==
        json({{"a", {{"b", 1}, {"c", 2}}}, {"list", {nullptr, nullptr, {{"x", 3}}}}, {"odd key", 4}}));
  CHECK(*DataPath::parse(".list[2].x").find(data) == 3);
  CHECK(DataPath::parse(".list[3]").find(data) == nullptr);
  CHECK(DataPath::parse(".a.b.c").find(data) == nullptr);
  CHECK(DataPath::parse(".").find(data) == &data);
  DataPath().set(data, {{"all", 1}});
  CHECK(data == json({{"all", 1}}));
  for (const std::string text : {".", ".a.b", ".a[0].b", ".\"odd key\"[1]", ".[0]"})
    CHECK(DataPath::parse(text).text() == text);
}

TEST_CASE("a data path that meets something else changes nothing") {
  json data = {{"a", {{"b", 1}}}};
  const json before = data;
  CHECK(error_of([&] { DataPath::parse(".a.b.c.d").set(data, 2); }) ==
        "fsm.expression: the result cannot go into '.a.b.c.d': number stands in the way; choose another "
        "place with "
        "'into'");
  CHECK_THROWS_AS(DataPath::parse(".a[0]").set(data, 2), StateError);
  CHECK(data == before);
}

TEST_CASE("what is no path is refused") {
  for (const std::string text :
       {"", "a", ".a[]", ".a b", "..", ".a | .b", ".a[-1]", ".a[1000001]", ".a[1", ".a."}) {
    CAPTURE(text);
    CHECK(error_of([&] { DataPath::parse(text); }).starts_with("fsm.expression: "));
  }
}
