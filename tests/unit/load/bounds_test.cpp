#include "loaded.hpp"

#include "../../../fsm/load/schema.hpp"

#include <doctest/doctest.h>

#include <ctime>

using namespace leasehold;
using namespace leasehold::fsm;
using nlohmann::json;
using test::Document;

namespace {
std::string repeat(std::size_t times, const std::function<std::string(std::string)>& make) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += make(std::to_string(i));
  return all;
}
}  // namespace

TEST_CASE("a document that is wrong everywhere is refused soon, with the first errors") {
  const std::clock_t start = std::clock();
  const Document keys("name: m\n" + repeat(50'000, [](std::string n) { return "key" + n + ": 1\n"; }));
  CHECK(keys.errors.size() == 201);
  CHECK(keys.errors[0].message == "there may be more errors than these");
  const Document names("name: m\nresources:\n" +
                       repeat(5'000, [](std::string n) { return "  r" + n + ": {type: database}\n"; }) +
                       "states:\n  - {name: a, type: final, resources: [" +
                       repeat(5'000, [](std::string n) { return "unknown" + n + ", "; }) + "]}\n");
  CHECK(names.errors.size() == 201);
  CHECK(std::clock() - start < 120 * CLOCKS_PER_SEC);
}

TEST_CASE("a large machine loads and is linted in time") {
  const std::clock_t start = std::clock();
  const std::size_t states = 20'000;
  const Document chain("name: m\nnetworks:\n- name: main\n  initial: s0\n  states:\n" +
                       repeat(states,
                              [](std::string n) {
                                return "  - {name: s" + n + ", arcs: [{target: s" +
                                       std::to_string(std::stoi(n) + 1) + "}]}\n";
                              }) +
                       "  - {name: s" + std::to_string(states) + ", type: final}\n");
  CHECK(Document::text(chain.errors) == "");
  CHECK(Document::text(chain.warnings) == "");
  CHECK(std::clock() - start < 120 * CLOCKS_PER_SEC);
}

TEST_CASE("a schema says what was expected where") {
  const json schema = json::parse(R"({"type": "object", "properties": {
      "n": {"type": "integer", "minimum": 1, "maximum": 5}, "t": {"type": "string", "pattern": "^a+$"},
      "list": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": ["number", "null"]}}}}}})");
  const auto check = [&](const char* value, Texts texts = Texts::literal) {
    std::string all;
    for (const Mismatch& m : check_schema(schema, json::parse(value), texts))
      all += m.pointer + " " + m.message + "\n";
    return all;
  };
  CHECK(check(R"({"n": 3, "t": "aa", "list": [{"x": 1}, {"x": null}]})") == "");
  CHECK(check(R"({"n": 9})") == "/n must be a whole number from 1 to 5, not 9\n");
  CHECK(check(R"({"t": "b"})") == "/t must be text like ^a+$, not \"b\"\n");
  CHECK(check(R"({"list": [{"x": "y"}]})") == "/list/0/x must be a number or null, not \"y\"\n");
  CHECK(check("[1]") == " must be a mapping, not [1]\n");
  CHECK(check(R"({"n": "${{ .n }}", "t": 5})", Texts::templates) == "/t must be text like ^a+$, not 5\n");
  CHECK(check(R"({"n": "${{ .n }}"})") == "/n must be a whole number from 1 to 5, not \"${{ .n }}\"\n");
}

TEST_CASE("a schema that is none is told apart") {
  const auto schema_problem = [](const json& schema) -> std::optional<std::string> {
    try {
      const leasehold::fsm::Schema compiled(schema);
      return std::nullopt;
    } catch (const leasehold::Error& error) {
      return error.message();
    }
  };
  CHECK_FALSE(schema_problem(json::parse(R"({"type": "object"})")));
  CHECK(schema_problem(json::parse(R"({"type": 5})")) == "JSON value is not a string");
  CHECK(schema_problem(json::parse(R"({"$ref": "http://example.org/x"})")).has_value());
  // Definitions may refer to themselves.
  const json tree = json::parse(R"({"definitions": {"tree": {"type": "object", "properties": {
      "children": {"type": "array", "items": {"$ref": "#/definitions/tree"}}}}}, "$ref": "#/definitions/tree"})");
  CHECK_FALSE(schema_problem(tree));
  CHECK(check_schema(tree, json::parse(R"({"children": [{"children": []}]})")).empty());
  CHECK(check_schema(tree, json::parse(R"({"children": [{"children": 5}]})")).size() == 1);
  CHECK(schema_problem(json::parse(R"({"$ref": "#"})")) == "a $ref leads back to itself");
  CHECK(schema_problem(json::parse(R"({"properties": {"a": {"anyOf": [{"$ref": "#/properties/a"}]}}})")) ==
        "a $ref leads back to itself");
}
