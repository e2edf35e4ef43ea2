// SCXML 3.12.2, 5.9: errors as events, and how they fit with retry, catch and on_error.

#include "playing.hpp"

#include <thread>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using nlohmann::json;

TEST_CASE(
    "SCXML 3.12.2: a fault that nobody catches is an event that arcs may take, by any prefix of its name") {
  struct Row {
    const char* function;
    const char* descriptor;
    bool takes;
  };
  const Row rows[] = {
      {"constraint", "error", true},
      {"constraint", "'error.*'", true},
      {"constraint", "'*'", true},
      {"constraint", "error.execution", true},
      {"constraint", "error.db", true},
      {"constraint", "error.db.constraint", true},
      {"constraint", "error.db.full", false},
      {"constraint", "error.http", false},
      {"constraint", "error.communication", false},
      {"constraint", "[go, error.db]", true},
      {"unreachable", "error.communication", true},
      {"unreachable", "error.execution", true},
      {"unreachable", "error.http.unreachable", true},
      {"boom", "error.fsm.action", true},
      {"boom", "error.communication", false},
      {"odd", "error.execution", true},
  };
  Playing p;
  for (const Row& row : rows) {
    CAPTURE(row.function);
    CAPTURE(row.descriptor);
    Execution run = p.chart(std::string("  - {name: start, arcs: [{event: go, target: a}]}\n") +
                            "  - {name: a, on_entry: [" + row.function +
                            "], arcs: [{event: " + row.descriptor + ", target: b}]}\n  - {name: b}\n")
                        .start({});
    run.send("go");
    CHECK(run.finished() == !row.takes);
    CHECK((run.configuration() == Names{"b"}) == row.takes);
  }
}

TEST_CASE("SCXML 5.10: the event of an error says what, where and of which resource") {
  Playing p;
  Execution run = p.chart(R"(
  - name: a
    on_entry: [constraint]
    arcs:
    - {event: error, target: c, condition: '$event.data.code != "db.constraint"'}
    - {event: error, target: b, condition: '$event.code == "db.constraint"', actions: [{jq: '.why = $event.data | .name = $event.name'}]}
  - {name: b}
  - {name: c}
)")
                      .start({});
  CHECK(run.configuration() == Names{"b"});
  CHECK(run.result().data["why"] == json({{"code", "db.constraint"},
                                          {"message", "there is one already"},
                                          {"state", "a"},
                                          {"resource", "db"}}));
  CHECK(run.result().data["name"] == "error.db.constraint");
}

TEST_CASE("the way of a fault: catch, enclosing catch, error arcs inner first, on_error, failure") {
  Playing p;
  const auto run = [&](const std::string& inner, const std::string& outer, const std::string& network) {
    const RunResult result =
        p.chart("  - name: around\n    " + outer + "\n    states:\n    - {name: a, " + inner +
                    " on_entry: [boom]}\n"
                    "  - {name: i, type: final}\n  - {name: o, type: final}\n"
                    "  - {name: ia, type: final}\n  - {name: oa, type: final}\n"
                    "  - {name: net, type: final}\n  - {name: wait, arcs: [{event: x, target: net}]}\n",
                network)
            .start({})
            .result();
    return result.final_state + (result.success ? "" : " " + result.error);
  };
  const std::string own_catch = "catch: [{target: i}], ";
  const std::string own_arc = "arcs: [{event: error, target: ia}],";
  const std::string outer_catch = "catch: [{target: o}]";
  const std::string outer_arc = "arcs: [{event: error, target: oa}]";
  const std::string both = outer_catch + "\n    " + outer_arc;
  const std::string on_error = "  on_error: [{target: net}]\n";
  CHECK(run(own_catch + own_arc, both, on_error) == "i");
  CHECK(run(own_arc, both, on_error) == "o");
  CHECK(run(own_arc, outer_arc, on_error) == "ia");
  CHECK(run("", outer_arc, on_error) == "oa");
  CHECK(run("", "", on_error) == "net");
  CHECK(run("", "", "") == "a fsm.action: the function 'boom' in the state 'main.a' failed: boom");
  CHECK(run("arcs: [{event: error.db, target: ia}],", "", on_error) == "net");
}

TEST_CASE("retry comes before error arcs") {
  Playing p;
  int runs = 0;
  p.functions.action("flaky", [&](Context&) {
    if (++runs < 3) throw std::runtime_error("not yet");
  });
  p.play(
      "  - {name: a, on_entry: [flaky], retry: {attempts: 3, delay: 0ms}, arcs: [{event: error, target: "
      "b}]}\n"
      "  - {name: b}\n",
      {{"", "a"}});
  CHECK(runs == 3);
}

TEST_CASE("a transition whose action fails does not arrive; the source's arc for the error is taken") {
  Playing p;
  p.play(R"(
  - name: a
    on_exit: [leave]
    arcs: [{event: pay, target: shipped, actions: [say, boom, say]}, {event: error, target: unpaid, actions: [say]}]
  - {name: shipped, on_entry: [enter]}
  - {name: unpaid, on_entry: [enter]}
)",
         {{"", "a"}, {"pay", "unpaid", "-a a!pay a!error.fsm.action +unpaid"}});
}

TEST_CASE(
    "a fault in a guard, in on_exit, in transform, in an acquire, in a contract: each may be taken by an "
    "arc") {
  Playing p;
  p.thing("db")->refuse = 100;
  const char* const states[] = {
      "arcs: [{event: go, target: wrong, condition: broken}, {event: error.fsm.expression, target: right}]",
      "on_exit: [boom], arcs: [{event: go, target: wrong}, {event: error.fsm.action, target: right}]",
      "arcs: [{event: go, target: inner}, {event: error.fsm.action, target: right}], states: [{name: first}, "
      "{name: "
      "inner, functions: {transform: [odd]}}]",
      "arcs: [{event: go, target: inner}, {event: error.db.unreachable, target: right}], states: [{name: "
      "first}, "
      "{name: inner, resources: [db]}]",
      "arcs: [{event: go, target: inner}, {event: error.fsm.contract, target: right}], states: [{name: "
      "first}, "
      "{name: inner, contract: {pre: ['false']}}]",
      "arcs: [{event: go, target: inner}, {event: error.fsm.expression, target: right}], states: [{name: "
      "first}, "
      "{name: inner, contract: {pre: [broken]}}]",
      "arcs: [{event: go, actions: [{jq: 'error(\"x\")'}]}, {event: error.fsm.expression, target: right}]"};
  for (const char* const state : states) {
    CAPTURE(state);
    Execution run =
        p.chart("  - {name: a, " + std::string(state) + "}\n  - {name: right}\n  - {name: wrong}\n")
            .start({});
    run.send("go");
    CHECK(run.configuration() == Names{"right"});
    CHECK(p.lent().empty());
  }
}

TEST_CASE("a state's timeout may be taken by an arc") {
  Playing p;
  p.play("  - {name: a, timeout: 3s, arcs: [{event: error.fsm.deadline, target: b}]}\n  - {name: b}\n",
         {{"", "a"}, {"+3s", "b"}});
}

TEST_CASE("an arc without target skips the rest of what failed; the state stays, with its leases") {
  Playing p;
  p.thing("db");
  const Machine machine = p.chart(R"(
  - name: a
    resources: [db]
    on_entry: [enter, boom, say]
    on_exit: [leave]
    arcs:
    - {event: error, actions: [say]}
    - {event: act, target: b, actions: [say, boom, say]}
    - {event: ask, target: b, condition: broken}
    - {event: ask, target: b, condition: '.never'}
    - {event: go, target: b}
    states: [{name: a1, on_entry: [enter]}]
  - {name: b, on_entry: [enter]}
)");
  Execution run = machine.start({});
  CHECK(run.configuration() == Names{"a", "a1"});
  CHECK(Playing::joined(std::exchange(p.seen, {})) == "+a +a1 a!error.fsm.action");
  CHECK(run.leases() == Names{"db"});
  run.send("ask");
  CHECK(Playing::joined(std::exchange(p.seen, {})) == "a!error.fsm.expression");
  CHECK(run.configuration() == Names{"a", "a1"});
  run.send("go");
  CHECK(Playing::joined(std::exchange(p.seen, {})) == "-a +b");
  CHECK(run.leases().empty());
}

TEST_CASE("another region may watch for errors; the one where they happen goes on") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    states:
    - name: work
      states:
      - {name: w1, arcs: [{event: go, target: w2}]}
      - {name: w2, on_entry: [enter, boom, say], arcs: [{event: back, target: w1}]}
    - name: watch
      states:
      - {name: calm, arcs: [{event: error, target: alarm, actions: [say]}]}
      - {name: alarm}
)",
         {{"", "both work w1 watch calm"},
          {"go", "both work w2 watch alarm", "+w2 calm!error.fsm.action"},
          {"back", "both work w1 watch alarm"},
          {"go", ".", "+w2"}});  // nobody listens any more
}

TEST_CASE("what needs no event waits until the error has been dealt with") {
  Playing p;
  p.play(R"(
  - {name: a, on_entry: [boom], arcs: [{target: b, actions: [say]}, {event: error, actions: [say]}]}
  - {name: b}
)",
         {{"", "b", "a!error.fsm.action a!error.fsm.action"}});
}

TEST_CASE(
    "SCXML test 402: an error that a state stays for comes after the events raised before it; one that it is "
    "left for comes at once") {
  const std::string after = R"(
  - {name: s2, arcs: [{event: error, target: s3}, {event: '*', target: fail}]}
  - {name: s3, arcs: [{event: second, target: pass}, {event: '*', target: fail}]}
  - {name: pass}
  - {name: fail}
)";
  const std::string first = R"(
  - name: s1
    on_entry: [{raise: first}, unreachable, {raise: never}]
    arcs: [{event: first, target: s2, actions: [{raise: second}]}, )";
  Playing p;
  p.play(first + "{event: error}]" + after, {{"", "pass"}});
  p.play(first + "{event: error, target: fail}]" + after, {{"", "fail"}});  // SCXML: pass
}

TEST_CASE("an error that was listened to and then is not taken is a failure after all") {
  Playing p;
  const RunResult result = p.play(R"(
  - name: both
    type: parallel
    states:
    - {name: work, states: [{name: w, on_entry: [{raise: first}], arcs: [{event: go, target: x}]}, {name: x, on_entry: [boom]}]}
    - name: watch
      states:
      - {name: calm, arcs: [{event: error, target: alarm}, {event: go, target: busy}]}
      - {name: busy}
      - {name: alarm}
)",
                                  {{"", "both work w watch calm"}, {"go", "."}});
  CHECK(result.error == "fsm.action: the function 'boom' in the state 'main.x' failed: boom");
  CHECK(result.final_state == "x");
}

TEST_CASE("a failure state that an error arc leads to reports the error") {
  Playing p;
  const RunResult result = p.play(
      "  - {name: a, on_entry: [constraint], arcs: [{event: error, target: parked}]}\n"
      "  - {name: parked, type: final, success: false}\n",
      {{"", "."}});
  CHECK(result.code == errc::db_constraint);
  CHECK_FALSE(result.success);
}

TEST_CASE("a fault in a pushed network reaches the arcs of the state that pushed it") {
  Playing p;
  const Machine machine = p.load(R"(
networks:
- name: main
  initial: a
  states:
  - {name: a, arcs: [{event: go, target_network: sub, return_state: b}, {event: error, target: c}]}
  - {name: b}
  - {name: c}
- name: sub
  initial: s
  states: [{name: s, on_entry: [boom], arcs: [{event: error.db, target: s}]}]
)");
  Execution run = machine.start({});
  run.send("go");
  CHECK(run.configuration() == Names{"c"});
}

TEST_CASE("an error arc that fails itself ends, and cannot loop for ever") {
  Playing p;
  const Machine loop =
      p.chart("  - {name: a, on_entry: [boom], arcs: [{event: error, target: a}]}\n  - {name: b}\n");
  CHECK(loop.start({}, {.max_transitions = 20}).result().code == errc::fsm_max_transitions);
  const Machine fails = p.chart(R"(
  - {name: a, on_entry: [boom], arcs: [{event: error, target: b, condition: broken}, {event: error, target: b, actions: [odd]}]}
  - {name: b}
)");
  CHECK(fails.start({}, {.max_transitions = 20}).finished());
}

TEST_CASE("a machine that sends itself events without end is ended, and one that others drive is not") {
  Playing p;
  const Machine machine = p.chart(R"(
  - {name: a, arcs: [{event: go, target: b, actions: [{send: go}]}, {event: step, target: a}]}
  - {name: b, arcs: [{event: go, target: a, actions: [{send: go}]}]}
)");
  Execution loop = machine.start({}, {.max_transitions = 20});
  loop.send("go");
  CHECK(loop.result().code == errc::fsm_max_transitions);
  Execution driven = machine.start({}, {.max_transitions = 20});
  for (int i = 0; i < 50; ++i) driven.send("step");
  CHECK_FALSE(driven.finished());
}

TEST_CASE("events that were raised before a fault stay, but for those of the attempt that failed") {
  Playing p;
  p.play(R"(
  - {name: a, arcs: [{event: go, target: b, actions: [{raise: before}]}]}
  - {name: b, on_entry: [{raise: within}, {send: late, after: 1s}, boom], catch: [{target: c}]}
  - {name: c, arcs: [{event: '*', actions: [say]}]}
)",
         {{"", "a"}, {"go", "c", "c!before"}, {"+2s", "c", ""}});
}

TEST_CASE("a machine that runs on data may take its errors by arcs, too") {
  Playing p;
  const RunResult result = p.chart(R"(
  - {name: a, functions: {transform: [constraint]}, arcs: [{target: done}, {event: error.db, target: saved}]}
  - {name: saved, type: final}
  - {name: done, type: final}
)")
                               .run({});
  CHECK(result.final_state == "saved");
  CHECK(p.chart("  - {name: a, arcs: [{target: a, condition: '.x'}, {event: error.db, target: done}]}\n"
                "  - {name: done, type: final}\n")
            .run({})
            .error ==
        "fsm.no_transition: no arc of the state 'main.a' could be taken: '.x' does not hold; add an arc "
        "without a "
        "condition");
}

TEST_CASE("what an error arc leases for its actions goes back, or to the target that needs it") {
  Playing p;
  p.thing("db");
  p.thing("files");
  Execution run = p.chart(R"(
  - {name: a, on_entry: [boom], arcs: [{event: error, target: b, resources: [db, files], actions: [say]}]}
  - {name: b, resources: [files]}
)")
                      .start({}, {.id = "1"});
  CHECK(run.configuration() == Names{"b"});
  CHECK(p.lent() == Names{"files=m/main.b#1"});
}
