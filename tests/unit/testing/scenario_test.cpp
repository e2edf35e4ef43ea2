#include "kit.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;

namespace {

constexpr const char* orders = R"(name: orders
resources:
  db: {type: service, pool: {max_size: 1}}
  settings: {data: {limit: 10}}
networks:
- name: main
  initial: idle
  states:
  - name: idle
    resources: [settings]
    arcs: [{event: order.*, target: busy, actions: [{jq: '.order = $event.data'}]}]
  - name: busy
    resources: [db]
    functions: {transform: [{call: db.get, with: {id: 7}, into: .got}]}
    retry: {errors: [db], attempts: 3, delay: 1h}
    catch: [{errors: [http], target: refused}]
    arcs: [{event: done, target: end}, {after: 1d, target: late}]
  - {name: refused, type: final, success: false}
  - {name: late, type: final, success: false}
  - {name: end, type: final}
)";

const std::string head =
    "machine: m.yaml\nscenarios:\n- name: one\n  given: {resources: {db: {replies: {get: [{a: 1}]}}}}\n";

}  // namespace

TEST_CASE("a scenario says what is given, what happens and what is expected then") {
  const Kit kit(orders);
  Service::opened = 0;
  const TestReport report = kit.run(head + R"(  input: {n: 1}
  steps:
  - expect: {states: idle, leases: [settings], finished: false}
  - {send: order.received, data: {amount: 3}}
  - expect:
      states: [main.busy]
      data: {n: 1, got: {a: 1}, order: {amount: 3}}
      jq: ['.got.a == 1', '.order.amount > 2']
      leases: {db: main.busy}
      calls: {db: {get: [{id: 7}], put: 0, acquire: 1}}
  - send: done
  expect: {finished: true, success: true, final_state: end, path: [idle, busy, end], error: none, leases: []}
)");
  CHECK(report.passed());
  REQUIRE(report.scenarios.size() == 1);
  CHECK(report.scenarios[0].name == "one");
  CHECK(Service::opened == 0);
}

TEST_CASE("a state is meant by its whole name, also if that has dots") {
  const Kit kit(R"(name: dots
networks:
- name: main
  initial: a.b
  states:
  - {name: a.b, arcs: [{event: go, target: c.b}]}
  - {name: b, arcs: [{event: go, target: c.b}]}
  - {name: c.b, type: final}
)");
  const std::string scenario = "machine: m.yaml\nscenarios:\n- name: one\n";
  CHECK(kit.run(scenario + R"(  steps: [{expect: {states: a.b}}, {expect: {states: main.a.b}}, {send: go}]
  expect: {final_state: c.b, path: [a.b, main.c.b]}
)")
            .passed());
  for (const char* wrong : {"  expect: {states: b}\n", "  steps: [{send: go}]\n  expect: {final_state: b}\n",
                            "  steps: [{send: go}]\n  expect: {path: [b, c.b]}\n"}) {
    CAPTURE(wrong);
    CHECK_FALSE(kit.run(scenario + wrong).passed());
  }
  CHECK(kit.refusals(scenario + "  expect: {states: c.bb}\n") ==
        Texts{"4:20 the machine has no state 'c.bb'; did you mean 'c.b'?"});
}

TEST_CASE("a resource that several regions hold is held by each of them") {
  const Kit kit(R"(name: regions
resources: {db: {type: service, pool: {max_size: 2}}}
networks:
- name: main
  states:
  - name: both
    type: parallel
    states:
    - {name: a, resources: [db], arcs: [{event: go, target: c}]}
    - {name: b, resources: [db], arcs: [{event: x, target: b}]}
  - {name: c, resources: [db], arcs: [{event: x, target: both}]}
)");
  const std::string start =
      "machine: m.yaml\nscenarios:\n- name: one\n  given: {resources: {db: {}}}\n  steps:\n";
  CHECK(kit.failures(start + R"(  - expect: {leases: [db]}
  - expect: {leases: {db: [main.b, a]}}
  - {send: go}
  - expect: {leases: {db: c}}
)")
            .empty());
  CHECK(kit.failures(start + "  - expect: {leases: {db: a}}\n") ==
        std::vector<std::string>{"6:22 leases: expected {\"db\":\"a\"}, got [db by main.a, db by main.b]"});
}

TEST_CASE("the letters y and n are names in a scenario as they are in a machine") {
  const Kit kit(R"(name: letters
resources: {n: {data: {}}}
networks:
- name: main
  states:
  - {name: y, resources: [n], arcs: [{event: n, target: n}]}
  - {name: n, type: final}
)");
  CHECK(kit.failures("machine: m.yaml\nscenarios:\n- name: y\n" + std::string(R"(  steps:
  - expect: {states: [y], path: [y], leases: {n: y}}
  - expect: {states: y, leases: [n]}
  - {send: n}
  - expect: {final_state: n, path: [y, n], leases: []}
)"))
            .empty());
}

TEST_CASE("what does not hold is told with both sides, at its place") {
  const Kit kit(orders);
  CHECK(kit.failures(head + R"(  steps:
  - {send: order.received}
  - expect:
      states: idle
      data: {got: {a: 2, b: 3}}
      jq: .got.a == 2
      leases: {db: main.idle}
      calls: {db: {get: [{id: 8}], put: 1}}
      path: [idle]
      finished: true
      success: true
      final_state: end
      error: db
  - expect: {states: refused}
)") == Texts{"8:15 states: expected [idle], got [main.busy]", "9:13 data at /got/a: expected 2, got 1",
             "9:13 data at /got/b: expected 3, got nothing",
             "10:11 jq: '.got.a == 2' does not hold on {\"got\":{\"a\":1},\"order\":null}",
             "11:15 leases: expected {\"db\":\"main.idle\"}, got [db by main.busy]",
             "12:14 calls of db.get, call 1: at /id: expected 8, got 7",
             "12:14 calls of db.put: expected 1, got 0", "13:13 path: expected [idle], got [idle, busy]",
             "14:17 finished: expected true, got false",
             "15:16 success: expected true, got a run that is not over",
             "16:20 final_state: expected end, got a run that is not over",
             "17:14 error: expected db, got a run that is not over"});
}

TEST_CASE("time is virtual: a day takes none, and a retry's delay is jumped over") {
  const Kit kit(orders);
  const auto start = std::chrono::steady_clock::now();
  CHECK(kit.failures(R"(machine: m.yaml
given: {resources: {db: {replies: {get: [1]}}}}
scenarios:
- name: late
  steps: [{send: order.a}, {advance: 23h}, {expect: {states: busy}}, {advance: 1h}, {expect: {final_state: late}}]
- name: retried
  given: {resources: {db: {faults: {get: {error: db.unreachable, on: [1, 2]}}}}}
  steps: [{send: order.a}, {expect: {states: busy, data: {got: 1}, calls: {db: {get: 3}}}}]
- name: caught
  given: {resources: {db: {faults: {get: http.status}}}}
  steps: [{send: order.a}, {expect: {final_state: refused, error: http.status, success: false}}]
- name: a scripted delay
  given: {resources: {db: {delays: {get: 2h, acquire: 10s}}}}
  steps: [{send: order.a}, {expect: {states: busy}}, {advance: 23h}, {expect: {states: busy}}]
)") == Texts{});
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
}

TEST_CASE("a run that fails where no expectation speaks of its end fails the scenario") {
  const Kit kit(orders);
  const std::string broken = R"(machine: m.yaml
scenarios:
- name: one
  given: {resources: {db: {faults: {acquire: db.auth}}}}
  steps: [{send: order.a}]
)";
  const Texts failed = kit.failures(broken);
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].find("3:3 the run failed: db.auth: ") == 0);
  CHECK(kit.failures(broken + "  expect: {error: db.auth}\n") == Texts{});
  CHECK(kit.failures(broken + "  expect: {error: timeout}\n").size() == 1);
}

TEST_CASE("events after the end fail the scenario") {
  const Kit kit(orders);
  CHECK(kit.failures(head + "  steps: [{send: order.a}, {send: done}, {send: order.b}]\n") ==
        Texts{"5:42 the run was over before 'order.b': it had ended in 'end'"});
}

TEST_CASE("everything wrong with a scenario file is refused at once, at its place") {
  const Kit kit(orders);
  CHECK(kit.refusals(R"(machine: m.yaml
scenarois: []
given: {envv: {}}
scenarios:
- name: one
  steps:
  - {sned: a}
  - {send: a, dta: 1}
  - {advance: 5}
  - expect: {}
  - expect: {stats: [idle]}
- name: one
)") == Texts{"2:1 a scenario file has no key 'scenarois'; did you mean 'scenarios'?",
             "3:9 given has no key 'envv'; did you mean 'env'?",
             "7:6 there is no step 'sned'; did you mean 'send'?",
             "8:15 a send has no key 'dta'; did you mean 'data'?",
             "9:15 a duration is needed here, not 5; write a number with its unit: 250ms, 5s, 1.5m, 2h",
             "10:13 nothing is expected here; write {states: [...]}, for one",
             "11:14 an expect has no key 'stats'; did you mean 'states'?",
             "12:9 there is a scenario 'one' already, in line 5; give it another name"});
}

TEST_CASE("what no run of this machine can fulfil is refused before anything runs") {
  const Kit kit(orders);
  CHECK(kit.refusals(R"(machine: m.yaml
scenarios:
- name: one
  given: {resources: {db: {replies: {gte: [1]}}, bd: {}}}
- name: two
  given: {resources: {db: {}}}
  expect:
    states: [ilde]
    leases: [bd]
    calls: {db: {gett: 1, put: x}, settings: {get: 1}}
    jq: '.a ='
    finished: maybe
    error: db.bad
  steps: [{expect: {leases: {db: [busy, main.bsuy]}}}]
- name: three
)") == Texts{"4:38 a service has no operation 'gte'; did you mean 'get'?",
             "4:50 the machine has no resource 'bd'; did you mean 'db'?",
             "8:14 the machine has no state 'ilde'; did you mean 'idle'?",
             "9:14 the machine has no resource 'bd'; did you mean 'db'?",
             "10:18 'db' has no operation 'gett'; did you mean 'get'?",
             "10:32 how many calls, or the arguments of each, are needed here; write 2, or [{...}, {...}]",
             "10:36 the calls of 'settings' are not known: it is no double; replace it: given: {resources: "
             "{settings: {}}}",
             "11:9 the jq '.a =' does not compile: syntax error, unexpected $end",
             "12:15 'finished' is true or false",
             "13:12 \"db.bad\" is no error; give a code such as db.constraint, an area, a class such as "
             "timeout, or "
             "none",
             "14:41 the machine has no state 'main.bsuy'; did you mean 'main.busy'?",
             "15:3 the resource 'db' (service) is neither replaced nor meant to be real; give db: {} for a "
             "double "
             "that answers null, or db: real"});
}

TEST_CASE("a machine that cannot be loaded is told once, however many scenarios it has") {
  Kit kit(orders);
  kit.write("m.yaml", "name: m\nstates: [{name: a, arcs: [{target: b}]}]\n");
  CHECK(kit.refusals("machine: m.yaml\nscenarios: [{name: one}, {name: two}]\n") ==
        Texts{"2:36 the network 'main' has no state 'b'; did you mean 'a'?"});
  CHECK(kit.refusals("machine: none.yaml\nscenarios: [{name: one}]\n").size() == 1);
}

TEST_CASE("a double keeps the schema of what it replaces, so the machine is still checked against it") {
  std::string wrong = orders;
  wrong.replace(wrong.find("{id: 7}"), 7, "{ID: 7}");
  const Kit kit(wrong);
  const Texts refused = kit.refusals(head);
  CHECK(refused == Texts{"14:50 'db.get' needs the argument 'id'; add it under with",
                         "14:51 'db.get' takes no argument 'ID'; did you mean 'id'?"});
}

TEST_CASE("jq stands in for C++ functions, and variables come from the scenario") {
  const Kit kit(R"(name: m
states:
- name: a
  functions: {transform: price}
  arcs: [{target: large, condition: is_large}, {target: small}]
- {name: large, type: final, metadata: {x: "${WHERE:?needed}"}}
- {name: small, type: final}
)");
  CHECK(kit.failures(R"(machine: m.yaml
given: {env: {WHERE: here}, functions: {price: '.price = .n * 2', is_large: '.price > 10'}}
scenarios:
- {name: large, input: {n: 6}, expect: {final_state: large, data: {price: 12}}}
- {name: small, input: {n: 5}, expect: {final_state: small}}
)") == Texts{});
}

TEST_CASE("coverage counts states and arcs over all scenarios") {
  const Kit kit(orders);
  const TestReport report = kit.run(R"(machine: m.yaml
given: {resources: {db: {}}}
scenarios:
- {name: a, steps: [{send: order.a}, {send: done}], expect: {success: true}}
- {name: b, steps: [{send: order.a}]}
)");
  REQUIRE(report.coverage.size() == 1);
  const Coverage& coverage = report.coverage[0];
  CHECK(Coverage::percent(coverage.states) == doctest::Approx(60));
  CHECK(Coverage::percent(coverage.arcs) == doctest::Approx(200.0 / 3));
  CHECK(coverage.states[0].name == "main.idle");
  CHECK(coverage.states[0].count == 2);
  CHECK(coverage.arcs[0].name == "main.idle: order.* -> busy");
  CHECK(coverage.arcs[0].count == 2);
  CHECK(coverage.arcs[1].count == 1);
  CHECK(coverage.arcs[2].name == "main.busy: after 1d -> late");
  CHECK(coverage.arcs[2].count == 0);
  CHECK(coverage.arcs[2].line == 17);
}
