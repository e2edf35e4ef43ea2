#include "../../../fsm/load/schema.hpp"

#include <doctest/doctest.h>
#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/lint.hpp>

using namespace leasehold;
using namespace leasehold::fsm;
using nlohmann::json;

namespace {

Diagnostic finding(std::string rule, std::string file, unsigned line, unsigned column) {
  Diagnostic d;
  d.severity = rule.empty() ? Severity::error : Severity::warning;
  d.code = errc::config_unknown_key;
  d.file = std::move(file);
  d.line = line;
  d.column = column;
  d.message = "what";
  d.hint = "do this";
  d.source_line = line > 0 ? "  key: 1" : "";
  d.rule = std::move(rule);
  return d;
}

// What the specification of SARIF 2.1.0 asks of the objects that are used here (sections 3.13 to 3.55).
json sarif_schema() {
  const json text = {{"type", "object"},
                     {"required", {"text"}},
                     {"properties", {{"text", {{"type", "string"}, {"minLength", 1}}}}}};
  const json count = {{"type", "integer"}, {"minimum", 1}};
  const json level = {{"enum", {"none", "note", "warning", "error"}}};
  const json rule = {
      {"type", "object"},
      {"required", {"id"}},
      {"properties",
       {{"id", {{"type", "string"}}},
        {"shortDescription", text},
        {"fullDescription", text},
        {"help", text},
        {"defaultConfiguration", {{"properties", {{"level", level}}}, {"additionalProperties", false}}}}},
      {"additionalProperties", false}};
  const json physical = {
      {"type", "object"},
      {"required", {"artifactLocation"}},
      {"properties",
       {{"artifactLocation",
         {{"required", {"uri"}},
          {"properties", {{"uri", {{"type", "string"}, {"pattern", "^[A-Za-z0-9._~%/:-]+$"}}}}},
          {"additionalProperties", false}}},
        {"region",
         {{"required", {"startLine", "startColumn"}},
          {"properties",
           {{"startLine", count}, {"startColumn", count}, {"endLine", count}, {"endColumn", count}}},
          {"additionalProperties", false}}},
        {"contextRegion",
         {{"required", {"startLine"}},
          {"properties", {{"startLine", count}, {"snippet", text}}},
          {"additionalProperties", false}}}}},
      {"additionalProperties", false}};
  const json result = {
      {"type", "object"},
      {"required", {"message", "ruleId", "ruleIndex", "level", "locations"}},
      {"properties",
       {{"message", text},
        {"ruleId", {{"type", "string"}}},
        {"ruleIndex", {{"type", "integer"}, {"minimum", 0}}},
        {"level", level},
        {"locations",
         {{"type", "array"},
          {"minItems", 1},
          {"items", {{"properties", {{"physicalLocation", physical}}}, {"additionalProperties", false}}}}}}},
      {"additionalProperties", false}};
  const json driver = {{"type", "object"},
                       {"required", {"name", "rules"}},
                       {"properties",
                        {{"name", {{"const", "leasehold"}}},
                         {"version", {{"type", "string"}}},
                         {"semanticVersion", {{"type", "string"}, {"pattern", "^[0-9]+\\.[0-9]+\\.[0-9]+"}}},
                         {"rules", {{"type", "array"}, {"items", rule}, {"uniqueItems", true}}}}},
                       {"additionalProperties", false}};
  const json run = {{"type", "object"},
                    {"required", {"tool", "results", "columnKind"}},
                    {"properties",
                     {{"tool", {{"required", {"driver"}}, {"properties", {{"driver", driver}}}}},
                      {"columnKind", {{"enum", {"utf16CodeUnits", "unicodeCodePoints"}}}},
                      {"results", {{"type", "array"}, {"items", result}}}}},
                    {"additionalProperties", false}};
  return {{"type", "object"},
          {"required", {"version", "runs", "$schema"}},
          {"properties",
           {{"version", {{"const", "2.1.0"}}},
            {"$schema", {{"type", "string"}}},
            {"runs", {{"type", "array"}, {"minItems", 1}, {"maxItems", 1}, {"items", run}}}}},
          {"additionalProperties", false}};
}

std::string problems(const json& log) {
  std::string text;
  for (const Mismatch& mismatch : check_schema(sarif_schema(), log))
    text += mismatch.pointer + " " + mismatch.message + "\n";
  return text;
}

}  // namespace

TEST_CASE("a log without findings names the tool and explains its rules") {
  const json log = to_sarif({});
  CHECK(problems(log) == "");
  CHECK(log["runs"][0]["results"] == json::array());
  const json& rules = log["runs"][0]["tool"]["driver"]["rules"];
  REQUIRE(rules.size() == lint_rules().size());
  CHECK(rules[0]["id"] == "unreachable-state");
  CHECK(rules[0]["shortDescription"]["text"] == lint_rules()[0].summary);
  CHECK(rules[0]["help"]["text"].get<std::string>().find("lint: {disable: [unreachable-state]}") !=
        std::string::npos);
  CHECK(rules[9]["defaultConfiguration"]["level"] == "note");
}

TEST_CASE("findings stand in a log with rule, level, message and place") {
  const std::vector<Diagnostic> found = {finding("shadowed-arc", "dir/a b.yaml", 3, 7),
                                         finding("", "/tmp/z\u00fc#.yaml", 1, 2),
                                         finding("", "gone.yaml", 0, 0)};
  const json log = to_sarif(found);
  CHECK(problems(log) == "");
  const json& results = log["runs"][0]["results"];
  const json& rules = log["runs"][0]["tool"]["driver"]["rules"];
  REQUIRE(results.size() == 3);
  for (const json& result : results)
    CHECK(rules.at(result["ruleIndex"].get<std::size_t>())["id"] == result["ruleId"]);
  CHECK(results[0]["ruleId"] == "shadowed-arc");
  CHECK(results[0]["level"] == "warning");
  CHECK(results[0]["message"]["text"] == "what; do this");
  const json& place = results[0]["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "dir/a%20b.yaml");
  CHECK(place["region"] == json{{"startLine", 3}, {"startColumn", 7}, {"endLine", 3}, {"endColumn", 9}});
  CHECK(place["contextRegion"]["snippet"]["text"] == "  key: 1");
  CHECK(results[1]["ruleId"] == "config.unknown_key");
  CHECK(results[1]["level"] == "error");
  CHECK(results[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] ==
        "file:///tmp/z%C3%BC%23.yaml");
  CHECK_FALSE(results[2]["locations"][0]["physicalLocation"].contains("region"));
}

TEST_CASE("the test's own idea of the format refuses what is none") {
  json log = to_sarif(std::vector<Diagnostic>{finding("shadowed-arc", "a.yaml", 3, 7)});
  log["runs"][0]["results"][0].erase("message");
  CHECK(problems(log) != "");
  log = to_sarif(std::vector<Diagnostic>{finding("shadowed-arc", "a.yaml", 3, 7)});
  log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0;
  CHECK(problems(log) != "");
}

TEST_CASE("a log of a real machine shows no secret") {
  ResourceManager manager({.maintenance = false});
  register_builtin_types(manager);
  const std::string text =
      "name: m\nresources: {r: {type: http, base_url: 'http://x', auth: {type: bearer, tokn: "
      "hunter2secret}}}\n"
      "networks: [{name: main, states: [{name: e, type: final}]}]\n";
  const json log = to_sarif(lint_machine_text(text, manager, {}));
  CHECK(problems(log) == "");
  CHECK(log["runs"][0]["results"].size() >= 1);
  CHECK(log.dump().find("hunter2secret") == std::string::npos);
}
