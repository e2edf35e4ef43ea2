// Pushing another network and coming back.

#include "running.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using nlohmann::json;

namespace {

std::string machine_text(const std::string& arc, const std::string& states, const std::string& network = {}) {
  return "networks:\n- name: main\n  initial: a\n  states:\n  - {name: a, catch: [{target: saved, into: "
         ".why}], arcs: [" +
         arc + "]}\n  - {name: done, type: final}\n  - {name: saved, type: final}\n" +
         "- name: sub\n  initial: s\n" + network + "  states:\n" + states;
}

}  // namespace

TEST_CASE("a pushed network works on the same data and returns to the return state") {
  Running r;
  const Machine machine = r.load(machine_text("{target_network: sub, return_state: done}", R"(
  - {name: s, functions: {transform: {jq: '.x = 1'}}, arcs: [{target: end}]}
  - {name: end, type: final}
)"));
  const RunResult result = machine.run({{"in", 1}}, {.trace = true});
  CHECK(result.error == "");
  CHECK(result.path == Names{"a", "s", "end", "done"});
  CHECK(result.data == json({{"in", 1}, {"x", 1}}));
  Names stack;
  for (const TraceEntry& entry : result.trace)
    if (entry.what == "push" || entry.what == "pop")
      stack.push_back(entry.what + " " + entry.state + " " + entry.subject);
  CHECK(stack == Names{"push main.a sub", "pop main.a sub"});
}

TEST_CASE("mappings choose what a pushed network sees and what comes back") {
  Running r;
  const std::string states = R"(
  - {name: s, functions: {transform: {jq: '{seen: keys, sum: (.a + 1)}'}}, arcs: [{target: end}]}
  - {name: end, type: final}
)";
  const json input = {{"n", 1}, {"keep", true}};
  const auto run = [&](const std::string& mappings) {
    return r.load(machine_text("{target_network: sub, return_state: done, " + mappings + "}", states))
        .run(input)
        .data;
  };
  CHECK(run("data_mapping: {a: '${{ .[\"n\"] }}'}") ==
        json({{"n", 1}, {"keep", true}, {"seen", {"a"}}, {"sum", 2}}));
  CHECK(run("data_mapping: {a: '${{ .[\"n\"] }}'}, result_mapping: {total: '${{ .sum }}'}") ==
        json({{"n", 1}, {"keep", true}, {"total", 2}}));
}

TEST_CASE("a pushed network's resources are had when it is pushed and returned when it ends") {
  Running r;
  r.thing("db");
  r.functions.action("look", [&](Context& c) {
    r.seen = r.lent();
    c.lease("db");
  });
  const std::string text = machine_text("{target_network: sub, return_state: done}",
                                        "  - {name: s, functions: {transform: look}, arcs: [{target: end}]}\n"
                                        "  - {name: end, type: final}\n",
                                        "  resources: [db]\n");
  CHECK(r.load(text).run({}, {.id = "1"}).final_state == "done");
  CHECK(r.seen == Names{"db=m/sub#1"});
  CHECK(r.lent().empty());
}

TEST_CASE("a network that cannot have its resources fails the state that pushed it") {
  Running r;
  r.thing("db")->refuse = 1;
  const RunResult result = r.load(machine_text("{target_network: sub, return_state: done}",
                                               "  - {name: s, type: final}\n", "  resources: [db]\n"))
                               .run({});
  CHECK(result.final_state == "saved");
  CHECK(result.data["why"]["code"] == "db.unreachable");
}

TEST_CASE("a failure inside goes on to the state that pushed") {
  Running r;
  const RunResult result =
      r.load(machine_text("{target_network: sub, return_state: done, data_mapping: {x: 1}}", R"(
  - {name: s, functions: {transform: boom}, arcs: [{target: end}]}
  - {name: end, type: final}
)"))
          .run({{"mine", 1}});
  CHECK(result.path == Names{"a", "s", "saved"});
  CHECK(result.data["mine"] == 1);
  CHECK(result.data["why"]["state"] == "s");
}

TEST_CASE("a network that ends without success is a failure of the state that pushed it") {
  Running r;
  const RunResult result = r.load(machine_text("{target_network: sub, return_state: done}",
                                               "  - {name: s, type: final, success: false}\n"))
                               .run({});
  CHECK(result.final_state == "saved");
  CHECK(result.data["why"]["message"] == "the network 'sub' ended in 's', which is no success");
}

TEST_CASE("without a return state the next arc of the state that pushed is tried") {
  Running r;
  const RunResult result =
      r.load(machine_text("{target_network: sub}, {target: done}", "  - {name: s, type: final}\n")).run({});
  CHECK(result.path == Names{"a", "s", "done"});
}

TEST_CASE("the depth of the stack is bounded") {
  Running r;
  const RunResult result = r.load(R"(max_depth: 4
networks:
- name: main
  initial: a
  states:
  - {name: a, arcs: [{target_network: main, return_state: done}]}
  - {name: done, type: final}
)")
                               .run({});
  CHECK(result.code == errc::fsm_max_transitions);
  CHECK(result.error.find("networks are pushed deeper than 4 levels") != std::string::npos);
  CHECK(result.path == Names(4, "a"));
}

TEST_CASE("a mapping may name the field where each comes from, as the guides write it") {
  Running r;
  const std::string states = R"(
  - {name: s, functions: {transform: {jq: '{seen: ., sum: (.a + 1)}'}}, arcs: [{target: end}]}
  - {name: end, type: final}
)";
  const std::string arc =
      "{target_network: sub, return_state: done, data_mapping: {a: number, b: .order.id, c: order.id, d: "
      "missing, "
      "e: 7, f: true, g: '${{ \"text\" }}', h: '${{ .number * 2 }}', i: [number]}, result_mapping: {total: "
      "sum, "
      "seen: seen}}";
  const json input = {{"number", 1}, {"order", {{"id", 12}}}};
  const RunResult result = r.load(machine_text(arc, states)).run(input);
  CHECK(result.error == "");
  CHECK(result.data["total"] == 2);
  CHECK(result.data["order"] == input["order"]);
  CHECK(result.data["seen"] == json({{"a", 1},
                                     {"b", 12},
                                     {"c", 12},
                                     {"d", nullptr},
                                     {"e", 7},
                                     {"f", true},
                                     {"g", "text"},
                                     {"h", 2},
                                     {"i", {"number"}}}));
}

TEST_CASE("what names no field in a mapping is refused") {
  Running r;
  try {
    r.load(
        machine_text("{target_network: sub, return_state: done, data_mapping: {a: two words, b: .x..y}, "
                     "result_mapping: [x]}",
                     "  - {name: s, type: final}\n"));
    FAIL("loaded");
  } catch (const LoadError& error) {
    CHECK(error.diagnostics().size() == 3);
    CHECK(error.diagnostics()[0].message == "'two words' names no field");
    CHECK(error.diagnostics()[0].hint == "write a field as .order.id, a text as ${{ \"text\" }}");
    CHECK(error.diagnostics()[2].message == "a mapping of data is a mapping, not a list");
  }
}
