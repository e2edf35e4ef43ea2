#include "child.hpp"

#include <doctest/doctest.h>

using nlohmann::json;

namespace {

// A state that nothing leads to, in line 3, and an older form, in line 5.
constexpr const char* doubtful =
    "name: m\nnetworks: [{name: main, initial: s, states: [\n"
    "{name: lost, arcs: [{target: e}]},\n"
    "{name: s, arcs: [{target: e}]},\n"
    "{name: e, is_end: true}]}]\n";
constexpr const char* good = "name: g\nnetworks: [{name: main, states: [{name: e, type: final}]}]\n";
constexpr const char* bad =
    "name: b\nnetworks: [{name: main, inital: e, states: [{name: e, type: final}]}]\n";

}  // namespace

TEST_CASE("lint prints findings as text, and warnings are no failure unless asked") {
  const ScratchDirectory directory;
  directory.write("good.yaml", good);
  directory.write("doubtful.yaml", doubtful);
  const Ended both = run_tool(directory, {"lint", "good.yaml", "doubtful.yaml"});
  CHECK(both.status == 0);
  CHECK(both.err == "");
  CHECK(both.out ==
        "good.yaml: clean\n"
        "doubtful.yaml:3:1: warning[unreachable-state]: nothing leads to the state 'lost'; add an arc to it, "
        "or "
        "remove it\n 3 | {name: lost, arcs: [{target: e}]},\n   | ^\n"
        "doubtful.yaml:5:11: note[older-form]: 'is_end' is an older key; write type: final\n"
        " 5 | {name: e, is_end: true}]}]\n   |           ^\n"
        "doubtful.yaml: 1 warning, 1 note\n");

  const Ended strict = run_tool(directory, {"lint", "--strict", "doubtful.yaml"});
  CHECK(strict.status == 3);
  CHECK(strict.err == "leasehold: 1 finding, warnings counted\n");
  CHECK(run_tool(directory, {"lint", "--strict", "good.yaml"}).status == 0);
  CHECK(run_tool(directory, {"lint", "--strict", "--only", "older-form", "doubtful.yaml"}).status == 0);
}

TEST_CASE("lint finds what is wrong, too, and exits with 3") {
  const ScratchDirectory directory;
  directory.write("good.yaml", good);
  directory.write("bad.yaml", bad);
  const Ended ended = run_tool(directory, {"lint", "bad.yaml", "good.yaml", "gone.yaml"});
  CHECK(ended.status == 3);
  CHECK(ended.out.find("bad.yaml:2:25: error[config.unknown_key]: ") == 0);
  CHECK(ended.out.find("bad.yaml: 1 error\ngood.yaml: clean\ngone.yaml: error[path.missing]: ") !=
        std::string::npos);
  CHECK(ended.err == "leasehold: 2 errors\n");
}

TEST_CASE("lint looks for what it is told to") {
  const ScratchDirectory directory;
  directory.write("m.yaml", doubtful);
  directory.write("own.yaml", std::string(doubtful) + "lint: {disable: [unreachable-state, older-form]}\n");
  CHECK(run_tool(directory, {"lint", "own.yaml"}).out == "own.yaml: clean\n");
  const auto last_line = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "lint");
    const std::string out = run_tool(directory, arguments).out;
    return out.substr(out.rfind('\n', out.size() - 2) + 1);
  };
  CHECK(last_line({"--disable", "unreachable-state", "m.yaml"}) == "m.yaml: 1 note\n");
  CHECK(last_line({"--disable", "unreachable-state,older-form", "m.yaml"}) == "m.yaml: clean\n");
  CHECK(last_line({"--enable", "unreachable-state", "own.yaml"}) == "own.yaml: 1 warning\n");
  CHECK(last_line({"--only", "older-form", "own.yaml"}) == "own.yaml: 1 note\n");
  const Ended unknown = run_tool(directory, {"lint", "--disable", "unreachable-states", "m.yaml"});
  CHECK(unknown.status == 2);
  CHECK(unknown.out == "");
  CHECK(unknown.err.find("there is no rule 'unreachable-states'; did you mean 'unreachable-state'?") !=
        std::string::npos);
}

TEST_CASE("lint writes JSON, and SARIF to a file") {
  const ScratchDirectory directory;
  directory.write("good.yaml", good);
  directory.write("bad.yaml", bad);
  directory.write("doubtful.yaml", doubtful);
  const Ended as_json =
      run_tool(directory, {"lint", "good.yaml", "bad.yaml", "doubtful.yaml", "--format=json"});
  CHECK(as_json.status == 3);
  const json reports = json::parse(as_json.out);
  REQUIRE(reports.size() == 3);
  CHECK(reports[0] == json{{"file", "good.yaml"}, {"ok", true}, {"diagnostics", json::array()}});
  CHECK(reports[1]["ok"] == false);
  CHECK(reports[2]["ok"] == true);
  CHECK(reports[2]["diagnostics"][0]["rule"] == "unreachable-state");
  CHECK(reports[2]["diagnostics"][0]["line"] == 3);

  const Ended as_sarif =
      run_tool(directory, {"lint", "doubtful.yaml", "bad.yaml", "--format=sarif", "-o", "f.sarif"});
  CHECK(as_sarif.status == 3);
  CHECK(as_sarif.out == "");
  const json log = json::parse(directory.read("f.sarif"));
  CHECK(log["version"] == "2.1.0");
  const json& results = log["runs"][0]["results"];
  REQUIRE(results.size() == 3);
  CHECK(results[0]["ruleId"] == "unreachable-state");
  CHECK(results[0]["locations"][0]["physicalLocation"]["region"] ==
        json{{"startLine", 3}, {"startColumn", 1}, {"endLine", 3}, {"endColumn", 34}});
  CHECK(results[2]["level"] == "error");
  CHECK(run_tool(directory, {"lint", "good.yaml", "--format", "sarif"}).status == 0);
}

TEST_CASE("lint explains its rules, and needs a machine otherwise") {
  const ScratchDirectory directory;
  const Ended rules = run_tool(directory, {"lint", "--rules"});
  CHECK(rules.status == 0);
  CHECK(rules.out.find("unreachable-state: nothing leads to the state\n    No arc, catch, ") == 0);
  CHECK(rules.out.find("\n\nolder-form: ") != std::string::npos);
  CHECK(json::parse(run_tool(directory, {"lint", "--rules", "--format", "json"}).out).size() == 10);
  const Ended nothing = run_tool(directory, {"lint"});
  CHECK(nothing.status == 2);
  CHECK(nothing.err.find("leasehold lint: a machine, or --rules, is required") == 0);
}
