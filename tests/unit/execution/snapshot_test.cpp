#include "running.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;

TEST_CASE("a snapshot shows the stack of networks, who holds what, the data and when something is due") {
  Running running(std::make_shared<ManualClock>());
  running.thing("a");
  running.thing("b");
  const Machine machine = running.load(R"(networks:
- name: main
  resources: [a]
  initial: one
  states:
  - {name: one, arcs: [{event: go, target_network: inner, return_state: two}]}
  - {name: two, type: final}
- name: inner
  initial: wait
  states:
  - {name: wait, resources: [b], arcs: [{after: 5s, target: end}]}
  - {name: end, type: final}
)");
  Execution run = machine.start({{"n", 1}}, {.trace = true, .id = "7"});
  CHECK_FALSE(run.snapshot().next_due);
  run.send("go");
  const Snapshot inner = run.snapshot();
  REQUIRE(inner.stack.size() == 2);
  CHECK(inner.stack[0].network == "main");
  CHECK(inner.stack[0].states == Names{"one"});
  CHECK(inner.stack[1].network == "inner");
  CHECK(inner.stack[1].states == Names{"wait"});
  REQUIRE(inner.leases.size() == 2);
  CHECK(inner.leases[0].resource == "a");
  CHECK(inner.leases[0].owner == "m/main#7");
  CHECK(inner.leases[1].owner == "m/inner.wait#7");
  CHECK(inner.data["n"] == 1);
  CHECK(inner.next_due == running.manager.clock()->now() + std::chrono::seconds(5));

  std::static_pointer_cast<ManualClock>(running.manager.clock())->advance(std::chrono::seconds(5));
  run.advance();
  CHECK(run.snapshot().stack.empty());
  CHECK(run.snapshot().leases.empty());
  CHECK_FALSE(run.snapshot().next_due);
}

TEST_CASE("the trace says which arc was taken, in the order in which a state looks at them") {
  Running running;
  const Machine machine = running.chart(R"(  - name: one
    arcs:
    - {target: two, condition: '.n > 1'}
    - {target: two, condition: '.n == 1', priority: 5}
  - {name: two, type: final}
)");
  const auto taken = [&](int n) {
    const RunResult result = machine.run({{"n", n}}, {.trace = true});
    std::size_t arc = 0;
    for (const TraceEntry& entry : result.trace)
      if (entry.what == "transition") arc = entry.arc;
    return arc;
  };
  CHECK(taken(1) == 1);
  CHECK(taken(2) == 2);
}
