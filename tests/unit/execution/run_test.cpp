// Machines that run on data, from one state to the next, to their end.

#include "running.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using nlohmann::json;

TEST_CASE("a machine runs on its data to a final state") {
  Running r;
  r.functions.action("add_one", [](Context& c) { c.data["n"] = c.data["n"].get<int>() + 1; });
  const Machine machine = r.chart(R"(
  - {name: count, functions: {transform: add_one}, arcs: [{target: done, condition: .n >= 3}, {target: count}]}
  - {name: done, type: final}
)");
  const RunResult result = machine.run({{"n", 0}}, {.id = "7"});
  CHECK(result.success);
  CHECK(result.final_state == "done");
  CHECK(result.data == json({{"n", 3}}));
  CHECK(result.path == Names{"count", "count", "count", "done"});
  CHECK(result.error.empty());
  CHECK_FALSE(result.code);
  CHECK(result.metadata["execution"] == "7");
  CHECK(result.metadata["machine"] == "m");
  CHECK(result.metadata["transitions"] == 3);
  CHECK(result.metadata["retries"] == 0);
  CHECK(result.metadata["elapsed_seconds"] >= 0);
  CHECK(to_json(result)["code"] == nullptr);
  CHECK(machine.states() == Names{"main.count", "main.done"});
  CHECK(machine.run({{"n", 0}}).metadata["execution"] != machine.run({{"n", 0}}).metadata["execution"]);
}

TEST_CASE("arcs are tried by priority, then in the order of the document") {
  Running r;
  const Machine machine = r.chart(R"(
  - name: a
    arcs:
    - {target: first, condition: .x}
    - {target: second, condition: .x}
    - {target: urgent, condition: .y, priority: 5}
    - {target: other}
  - {name: first, type: final}
  - {name: second, type: final}
  - {name: urgent, type: final}
  - {name: other, type: final}
)");
  CHECK(machine.run({{"x", true}}).final_state == "first");
  CHECK(machine.run({{"x", true}, {"y", true}}).final_state == "urgent");
  CHECK(machine.run(json::object()).final_state == "other");
}

TEST_CASE(
    "a state runs pre, validate, on_entry, transform, post; then exit, the arc's actions, the next entry") {
  Running r;
  for (const char* name : {"entry", "transform", "exit", "action", "next"})
    r.functions.action(name, [name, &r](Context& c) { r.seen.push_back(std::string(c.state) + "." + name); });
  for (const char* name : {"pre", "valid", "post", "guard"})
    r.functions.guard(name, [name, &r](const Context& c) {
      r.seen.push_back(std::string(c.state) + "." + name);
      return true;
    });
  const Machine machine = r.chart(R"(
  - name: a
    on_entry: [entry]
    on_exit: [exit]
    functions: {validate: valid, transform: [transform]}
    contract: {pre: [pre], post: [post]}
    arcs: [{target: b, condition: guard, actions: [action]}]
  - {name: b, type: final, on_entry: [next]}
)");
  CHECK(machine.run({}).success);
  CHECK(r.seen == Names{"a.pre", "a.valid", "a.entry", "a.transform", "a.post", "a.guard", "a.exit",
                        "a.action", "b.next"});
}

TEST_CASE("operations and jq take arguments from the data and put results where they are told") {
  Running r;
  r.thing("db");
  const Machine machine = r.chart(R"(
  - name: a
    resources: [{name: db, role: store}]
    functions:
      transform:
      - {call: store.echo, with: {rows: "${{ .in }}", text: "n=${{ .in | length }}"}, into: .out}
      - {jq: '.out.rows | add', into: .sum}
      - {jq: '. + {seen: true}'}
    arcs: [{target: done}]
  - {name: done, type: final}
)");
  const RunResult result = machine.run({{"in", {1, 2}}});
  CHECK(result.error == "");
  CHECK(result.data ==
        json({{"in", {1, 2}}, {"out", {{"rows", {1, 2}}, {"text", "n=2"}}}, {"sum", 3}, {"seen", true}}));
}

TEST_CASE("the input must be an object that fits the schema") {
  Running r;
  const Machine machine = r.load(R"(
input: {type: object, properties: {count: {type: integer}}, required: [count]}
networks:
- {name: main, initial: done, states: [{name: done, type: final}]}
)");
  CHECK(machine.run({{"count", 1}}).success);
  const RunResult list = machine.run(json::array({1}));
  CHECK_FALSE(list.success);
  CHECK(list.code == errc::fsm_input);
  CHECK(list.error ==
        "fsm.input: the machine 'm' takes an object, but the input is of type array; wrap it: {\"value\": "
        "...}");
  const RunResult wrong = machine.run({{"count", "secret"}});
  CHECK(wrong.code == errc::fsm_input);
  CHECK(wrong.error.find("'/count'") != std::string::npos);
  CHECK(wrong.error.find("secret") == std::string::npos);
  CHECK(wrong.path.empty());
}

TEST_CASE("without an arc to take the execution fails and names the conditions") {
  Running r;
  const Machine machine = r.chart(R"(
  - {name: a, arcs: [{target: done, condition: .x}, {target: done, condition: .y > 1}]}
  - {name: done, type: final}
)");
  const RunResult result = machine.run(json::object());
  CHECK(result.code == errc::fsm_no_transition);
  CHECK(result.error ==
        "fsm.no_transition: no arc of the state 'main.a' could be taken: '.x', '.y > 1' do not hold; add an "
        "arc "
        "without a condition");
  CHECK(result.final_state == "a");
}

TEST_CASE("a condition that cannot be evaluated is a fault and never true") {
  Running r;
  r.functions.guard("throws", [](const Context&) -> bool { throw std::runtime_error("no idea"); });
  r.functions.guard("throws_odd", [](const Context&) -> bool { throw 1; });
  const auto run = [&](const std::string& condition) {
    return r
        .chart("  - {name: a, arcs: [{target: done, condition: '" + condition +
               "'}]}\n  - {name: done, type: final}\n")
        .run({{"n", 1}});
  };
  CHECK(run(".n.x").error == "fsm.expression: the jq '.n.x' failed: cannot index number with \"x\"");
  CHECK(run("throws").error == "fsm.expression: the condition 'throws' failed: no idea");
  CHECK(run("throws_odd").code == errc::fsm_expression);
}

TEST_CASE("a contract that does not hold names the state and the condition") {
  Running r;
  const auto run = [&](const std::string& contract) {
    return r.chart("  - {name: a, " + contract + ", arcs: [{target: done}]}\n  - {name: done, type: final}\n")
        .run({})
        .error;
  };
  CHECK(run("functions: {validate: {jq: '.n | length > 0'}}") ==
        "fsm.contract: the state 'main.a' is only valid if '.n | length > 0', which does not hold");
  CHECK(run("contract: {pre: [.n]}") ==
        "fsm.contract: the state 'main.a' requires '.n', which does not hold");
  CHECK(run("contract: {post: [.n]}") ==
        "fsm.contract: the state 'main.a' promises '.n', which does not hold");
  CHECK(run("contract: {invariant: [.n]}") ==
        "fsm.contract: the state 'main.a' must keep '.n', which does not hold");
}

TEST_CASE("a final state may say that it is no success") {
  Running r;
  const RunResult result = r.chart("  - {name: parked, type: final, success: false}\n").run({});
  CHECK_FALSE(result.success);
  CHECK(result.final_state == "parked");
  CHECK(result.error.empty());
}

TEST_CASE("transitions are bounded") {
  Running r;
  const Machine machine = r.chart(R"(
  - {name: a, arcs: [{target: b, condition: .go != false}]}
  - {name: b, arcs: [{target: a}]}
  - {name: done, type: final}
)");
  const RunResult result = machine.run({}, {.max_transitions = 10});
  CHECK(result.code == errc::fsm_max_transitions);
  CHECK(result.error ==
        "fsm.max_transitions: more than 10 transitions were taken; the last states were b, a, b, a; end the "
        "loop or "
        "raise 'max_transitions'");
  CHECK(result.path.size() == 11);
}

TEST_CASE("a trace tells what happened, in order and with times") {
  Running r(std::make_shared<ManualClock>());
  r.thing("db");
  const Machine machine = r.chart(R"(
  - {name: a, resources: [db], functions: {transform: [nothing, {call: db.echo}, {jq: .}]}, arcs: [{target: done}]}
  - {name: done, type: final}
)");
  const RunResult result = machine.run({}, {.trace = true});
  std::vector<std::string> lines;
  for (const TraceEntry& entry : result.trace)
    lines.push_back(entry.what + " " + entry.state + " " + entry.subject);
  CHECK(lines == Names{"enter main.a ", "acquire main.a db", "action main.a nothing", "call main.a db.echo",
                       "jq main.a ", "release main.a db", "exit main.a ", "transition main.a done",
                       "enter main.done ", "exit main.done "});
  CHECK(machine.run({}).trace.empty());
  CHECK(to_json(result)["trace"].size() == 10);
}

TEST_CASE("many threads run one machine at once") {
  Running r;
  r.thing("db", 2);
  const Machine machine = r.chart(R"(
  - {name: a, resources: [db], functions: {transform: {call: db.echo, with: {n: "${{ .n + 0 }}"}, into: .out}}, arcs: [{target: done}]}
  - {name: done, type: final}
)");
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 25; ++i)
          right += machine.run({{"n", t * 100 + i}}).data["out"]["n"] == t * 100 + i;
      });
  }
  CHECK(right == 100);
  CHECK(r.lent().empty());
}
