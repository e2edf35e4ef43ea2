#include "child.hpp"
#include "folders.hpp"

#include <doctest/doctest.h>

using nlohmann::json;

namespace {

constexpr const char* door = R"(name: door
resources:
  log: {type: filesystem, base_path: .}
networks:
- name: main
  initial: closed
  states:
  - {name: closed, arcs: [{event: open, target: opened}, {event: break, target: broken}]}
  - name: opened
    resources: [log]
    on_entry: [{call: log.write, with: {path: door.log, text: open}}]
    arcs: [{event: close, target: closed}, {after: 10s, target: closed}]
  - {name: broken, type: final, success: false}
)";

constexpr const char* scenarios = R"(machine: m.yaml
given: {resources: {log: {}}}
scenarios:
- name: opens <twice>
  steps:
  - send: open
  - advance: 10s
  - expect: {states: closed, calls: {log: {write: 1}}}
- name: breaks
  steps: [{send: break}, {expect: {success: true}}]
)";

struct Scratch : ScratchDirectory {
  Scratch() {
    write("m.yaml", door);
    write("m.test.yaml", scenarios);
  }
  Ended test(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "test");
    return run_tool(*this, arguments);
  }
};

}  // namespace

TEST_CASE("test says what passed, what failed and where, and writes nothing outside") {
  const Scratch scratch;
  const Ended ended = scratch.test({"m.test.yaml"});
  CHECK(ended.status == 1);
  CHECK(ended.err == "");
  CHECK(ended.out == R"(m.test.yaml
  ok      opens <twice>
  FAILED  breaks
m.test.yaml:10:45: error[fsm.expectation]: success: expected true, got false, no error
 10 |   steps: [{send: break}, {expect: {success: true}}]
    |                                             ^
1 passed, 1 failed
)");
  CHECK(scratch.names() == std::set<std::string>{"m.yaml", "m.test.yaml"});
}

TEST_CASE("coverage is shown, and too little of it fails") {
  const Scratch scratch;
  const Ended ended = scratch.test({"m.test.yaml", "--only", "opens", "--coverage", "--min-coverage", "60"});
  CHECK(ended.status == 1);
  CHECK(ended.out.find(R"(1 passed, 0 failed

door (m.yaml)
  states     2 of 3      66.7%
  arcs       2 of 4      50.0%
  m.yaml:13:5: state not reached: main.broken
  m.yaml:8:58: arc not reached: main.closed: break -> broken
  m.yaml:12:12: arc not reached: main.opened: close -> closed
)") != std::string::npos);
  CHECK(ended.err == "m.yaml: 50.0% of the arcs were reached, 60% are wanted\n");
  CHECK(scratch.test({"m.test.yaml", "--only", "opens", "--min-coverage", "50"}).status == 0);
}

TEST_CASE("json and junit say the same for programs") {
  const Scratch scratch;
  const json report = json::parse(scratch.test({"m.test.yaml", "--format", "json"}).out);
  CHECK(report["passed"] == false);
  CHECK(report["scenarios"][0]["passed"] == true);
  CHECK(report["scenarios"][1]["failures"][0]["line"] == 10);
  CHECK(report["coverage"][0]["arcs"]["percent"] == 75.0);
  const std::string xml = scratch.test({"m.test.yaml", "--format", "junit"}).out;
  CHECK(xml.find("<testsuites tests=\"2\" failures=\"1\">") != std::string::npos);
  CHECK(xml.find("name=\"opens &lt;twice&gt;\"") != std::string::npos);
  CHECK(xml.find("<failure message=\"success: expected true, got false, no error\">") != std::string::npos);
}

TEST_CASE("bad scenario files and machines are refused whole, with status 3") {
  const Scratch scratch;
  scratch.write("bad.test.yaml", "machine: m.yaml\nscenarios: [{name: a, stpes: []}]\n");
  const Ended bad = scratch.test({"m.test.yaml", "bad.test.yaml"});
  CHECK(bad.status == 3);
  CHECK(bad.out == "");
  CHECK(bad.err.find(
            "bad.test.yaml:2:23: error[config.unknown_key]: a scenario has no key 'stpes'; did you mean "
            "'steps'?\n") == 0);
  CHECK(scratch.test({"none.test.yaml"}).status == 3);
  CHECK(scratch.test({"m.test.yaml", "--only", "nothing"}).status == 2);
  CHECK(scratch.test({"m.test.yaml", "--min-coverage", "101"}).status == 2);
  CHECK(scratch.test({"m.test.yaml", "-o", "x"}).status == 2);
}

TEST_CASE("generated scenarios run as they are, and replace no file") {
  const Scratch scratch;
  const Ended made = scratch.test({"m.yaml", "--generate", "-o", "gen.test.yaml"});
  CHECK(made.status == 0);
  CHECK(made.out == "");
  const Ended ran = scratch.test({"gen.test.yaml", "--min-coverage", "100"});
  CHECK_MESSAGE(ran.status == 0, ran.out);
  const Ended again = scratch.test({"m.yaml", "--generate", "-o", "gen.test.yaml"});
  CHECK(again.status == 2);
  CHECK(again.err == "leasehold: 'gen.test.yaml' exists; give --output another name, or move it away\n");
}

TEST_CASE("the scenarios of the shipped machines pass and reach everything") {
  const ScratchDirectory directory;
  const Ended ended = run_tool(directory, {"test", folders::source("configs/tests/country_import.test.yaml"),
                                           "--min-coverage", "100"});
  CHECK_MESSAGE(ended.status == 0, ended.out);
  CHECK(directory.names().empty());
}
