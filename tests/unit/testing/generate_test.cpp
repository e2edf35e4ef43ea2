#include "kit.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;

namespace {

// The scenarios generated for a machine, run as they are.
struct Generated : Kit {
  explicit Generated(const std::string& machine) : Kit(machine) {
    text = generate_tests(*this / "m.yaml", *this / "m.test.yaml", options());
    report = run(text);
  }
  std::string text;
  TestReport report;

  double arcs() const { return Coverage::percent(report.coverage.at(0).arcs); }
};

}  // namespace

TEST_CASE("paths reach every arc through nested, parallel and pushed states, history and delays") {
  const Generated all(R"(name: m
resources: {db: {type: service}}
networks:
- name: main
  initial: idle
  states:
  - {name: idle, arcs: [{event: start, target: running}, {event: help.*, target_network: aid, return_state: idle}]}
  - name: running
    initial: slow
    resources: [db]
    arcs: [{event: pause, target: paused}, {event: split, target: both}]
    states:
    - {name: slow, arcs: [{event: faster, target: fast}]}
    - {name: fast, arcs: [{event: slower, target: slow}, {event: count, actions: [{raise: counted}]}]}
    - {name: was, type: history, initial: slow}
  - {name: paused, arcs: [{event: resume, target: was}, {after: 1h, target: end}]}
  - name: both
    type: parallel
    arcs: [{event: done.state.both, target: end}]
    states:
    - {name: left, initial: l1, states: [{name: l1, arcs: [{event: l, target: l2}]}, {name: l2, type: final}]}
    - {name: right, initial: r1, states: [{name: r1, arcs: [{event: r, target: r2}]}, {name: r2, type: final}]}
  - {name: end, type: final}
- name: aid
  initial: ask
  states:
  - {name: ask, arcs: [{target: told}]}
  - {name: told, type: final}
)");
  INFO(all.text);
  for (const ScenarioResult& one : all.report.scenarios)
    for (const Diagnostic& failure : one.failures) MESSAGE(to_text(failure));
  CHECK(all.report.passed());
  CHECK(all.arcs() == 100);
}

TEST_CASE("a path through a condition says what must hold, and passes once it does") {
  const Generated guarded(R"(name: m
resources: {db: {type: service}}
states:
- name: a
  arcs: [{event: go, target: b, condition: '.n > 1'}, {event: go, target: c}]
- {name: b, type: final}
- {name: c, type: final}
)");
  CHECK(
      guarded.text ==
      R"(# Paths that reach every arc of 'm'. Give each scenario the data for which the conditions named in it
# hold, and the doubles their replies; then it passes.
machine: "m.yaml"
given:
  resources:  # doubles that answer null
    "db": {}
scenarios:
  - name: "main.a: go -> c"
    steps:
      # in main.a must not hold: .n > 1
      - send: "go"
      - expect: {final_state: "c"}
  - name: "main.a: go [.n > 1] -> b"
    steps:
      # in main.a must hold: .n > 1
      - send: "go"
      - expect: {final_state: "b"}
)");
  CHECK_FALSE(guarded.report.scenarios[1].passed());
  std::string filled = guarded.text;
  filled.replace(filled.rfind("    steps:"), 10, "    input: {n: 2}\n    steps:");
  CHECK(guarded.run(filled).passed());
}

TEST_CASE("arcs that no path reaches are listed") {
  const Generated unreachable(R"(name: m
states:
- {name: a, arcs: [{event: go, target: b}]}
- {name: b, type: final}
- {name: island, arcs: [{event: swim, target: b}]}
)");
  CHECK(unreachable.text.find("# No path was found to these arcs:\n#   line 5: main.island: swim -> b\n") !=
        std::string::npos);
  CHECK(unreachable.report.passed());
}

TEST_CASE(
    "a path goes where the machine goes: inner arcs first, the first of those that conflict, raised events") {
  const Generated ordered(R"(name: m
networks:
- name: main
  states:
  - name: a
    arcs: [{event: go, target: p}, {event: go, target: never}]
    states: [{name: a1, arcs: [{event: go, target: a2}]}, {name: a2}]
  - name: p
    type: parallel
    states:
    - {name: left, states: [{name: l1, arcs: [{event: out, target: q}]}]}
    - {name: right, states: [{name: r1, arcs: [{event: out, target: never}, {event: told, target: r2}]}, {name: r2}]}
  - {name: q, on_entry: [{raise: told}, {send: later, after: 2s, id: x}, {send: later, after: 1s, id: y}, {cancel: x}], arcs: [{event: told, target: p, actions: {send: told}}, {event: later, target: never}]}
  - {name: never}
)");
  INFO(ordered.text);
  for (const ScenarioResult& one : ordered.report.scenarios)
    for (const Diagnostic& failure : one.failures) MESSAGE(to_text(failure));
  CHECK(ordered.report.passed());
  CHECK(ordered.text.find("# No path was found to these arcs:\n"
                          "#   line 6: main.a: go -> never\n"
                          "#   line 12: main.r1: out -> never\n") != std::string::npos);
}

TEST_CASE("time passes to the next delay, in the order in which delays end") {
  const Generated timed(R"(name: m
networks:
- name: main
  states:
  - name: p
    type: parallel
    arcs: [{event: done.state.p, target: end}]
    states:
    - {name: left, states: [{name: l1, arcs: [{after: 3s, target: l2}]}, {name: l2, type: final}]}
    - name: right
      states:
      - {name: r1, arcs: [{after: 1s, target: r2}]}
      - {name: r2, on_entry: {send: next, after: 1s}, arcs: [{event: next, target: r3}, {after: 2s, target: r1}]}
      - {name: r3, arcs: [{after: 5s, target: r4}]}
      - {name: r4, type: final}
  - {name: end, type: final}
)");
  INFO(timed.text);
  for (const ScenarioResult& one : timed.report.scenarios)
    for (const Diagnostic& failure : one.failures) MESSAGE(to_text(failure));
  CHECK(timed.report.passed());
  CHECK(timed.text.find("#   line 13: main.r2: after 2s -> r1\n") != std::string::npos);
}

TEST_CASE("what has no arc runs to where it starts") {
  CHECK(Generated("name: m\nstates: [{name: a, states: [{name: b}]}]\n").report.passed());
  CHECK(Generated("name: m\nstates: [{name: a, type: final}]\n").report.passed());
}

TEST_CASE("variables without a value get one that stands in") {
  const Kit kit(
      "name: m\nmetadata: {x: \"${NOT_SET_ANYWHERE}\", y: \"${NOR_THIS:-1}\"}\nstates: [{name: a, type: "
      "final}]\n");
  const std::string text = generate_tests(kit / "m.yaml", "", options());
  CHECK(text.find("  env:\n    NOT_SET_ANYWHERE: http://localhost\n") != std::string::npos);
  CHECK(text.find("NOR_THIS") == std::string::npos);
}

TEST_CASE("a path goes on to where the machine goes by itself") {
  const Generated onward(R"(name: m
networks:
- name: main
  initial: a
  states:
  - name: a
    arcs: [{event: done.state.a, target: b}]
    initial: a1
    states: [{name: a1, arcs: [{after: 1s, target: a2}]}, {name: a2, arcs: [{target: a3}]}, {name: a3, type: final}]
  - {name: b, arcs: [{event: again, target: a}]}
)");
  INFO(onward.text);
  CHECK(onward.report.passed());
  CHECK(onward.arcs() == 100);
}

TEST_CASE("regions take the same event together, as far as conditions do not need data") {
  const Generated together(R"(name: m
networks:
- name: main
  initial: p
  states:
  - name: p
    type: parallel
    arcs: [{event: done.state.p, target: end}]
    states:
    - {name: left, states: [{name: l1, arcs: [{event: go, target: l2}, {event: wait, actions: [{raise: x}]}]}, {name: l2, type: final}]}
    - {name: right, states: [{name: r1, arcs: [{event: go, target: r2, condition: {in: l1}}]}, {name: r2, arcs: [{event: [go, further], target: r3, condition: {all: [{not: {in: l1}}, {any: [{in: r1}, {in: r2}]}]}}]}, {name: r3, type: final}]}
  - {name: end, type: final}
)");
  INFO(together.text);
  for (const ScenarioResult& one : together.report.scenarios)
    for (const Diagnostic& failure : one.failures) MESSAGE(to_text(failure));
  CHECK(together.report.passed());
  CHECK(together.arcs() == 100);
}
