// Leases follow scope: who holds what, when, and under which name.

#include "running.hpp"

#include <thread>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using nlohmann::json;

TEST_CASE("a state's resources are held from before its first function until it is left") {
  Running r;
  r.thing("db");
  r.thing("files");
  const auto look = [&r](Context&) {
    std::string all;
    for (const std::string& one : r.lent()) all += one + " ";
    r.seen.push_back(all);
  };
  r.functions.action("look", look);
  const Machine machine = r.chart(R"(
  - {name: a, resources: [files, db], on_entry: [look], on_exit: [look], arcs: [{target: b}]}
  - {name: b, on_entry: [look], arcs: [{target: done}]}
  - {name: done, type: final}
)");
  CHECK(machine.run({}, {.id = "1"}).success);
  CHECK(r.seen == Names{"db=m/main.a#1 files=m/main.a#1 ", "db=m/main.a#1 files=m/main.a#1 ", ""});
}

TEST_CASE("a network's resources are held while it runs, an arc's for its actions") {
  Running r;
  r.thing("files");
  r.thing("db");
  r.functions.action("look", [&r](Context& c) {
    for (const std::string& one : r.lent()) r.seen.push_back(std::string(c.state) + " " + one);
  });
  const Machine machine = r.chart(R"(
  - {name: a, on_entry: [look], arcs: [{target: done, resources: [db], actions: [look]}]}
  - {name: done, type: final, on_entry: [look]}
)",
                                  "  resources: [files]\n");
  CHECK(machine.run({}, {.id = "1"}).error == "");
  CHECK(r.seen == Names{"a files=m/main#1", "a files=m/main#1", "a db=m/main.a#1", "done files=m/main#1"});
  CHECK(r.lent().empty());
}

TEST_CASE("what source and target both need changes hands without going back to the pool") {
  Running r;
  const auto provider = r.thing("db", 1);
  std::jthread competitor;
  std::atomic<bool> competing = false;
  std::atomic<bool> got_it = false;
  r.functions.action("compete", [&](Context& c) {
    r.seen.push_back(c.owner.name() + " " + std::to_string(c.resource<Thing>("db").number));
    if (competing.exchange(true)) return;
    competitor = std::jthread([&] {
      const Lease lease = r.manager.acquire("db", "competitor");
      got_it = true;
    });
    while (r.manager.get_resource_status("db").waiting_count == 0) std::this_thread::yield();
  });
  r.functions.action("still_waiting", [&](Context& c) {
    r.seen.push_back(c.owner.name() + " " + std::to_string(c.resource<Thing>("db").number));
    CHECK_FALSE(got_it);
    CHECK(r.manager.get_resource_owners("db") == Names{c.owner.name()});
  });
  const Machine machine = r.chart(R"(
  - {name: a, resources: [db], functions: {transform: compete}, arcs: [{target: b, resources: [db], actions: [still_waiting]}]}
  - {name: b, resources: [db], functions: {transform: still_waiting}, arcs: [{target: done}]}
  - {name: done, type: final}
)");
  const RunResult result = machine.run({}, {.trace = true, .id = "1"});
  competitor.join();
  CHECK(result.error == "");
  CHECK(r.seen == Names{"m/main.a#1 1", "m/main.a#1 1", "m/main.b#1 1"});
  CHECK(got_it);
  std::size_t handed_over = 0;
  for (const TraceEntry& entry : result.trace) handed_over += entry.what == "hand_over";
  CHECK(handed_over == 2);
  CHECK(provider->made == 1);
}

TEST_CASE("a state never runs without what it requires") {
  Running r;
  const auto provider = r.thing("db", 1, std::chrono::milliseconds(1));
  const Lease taken = r.manager.acquire("db", "somebody", {.timeout = std::chrono::seconds(30)});
  const Machine machine = r.chart(R"(
  - {name: a, resources: [db], functions: {transform: leases}, arcs: [{target: done}]}
  - {name: done, type: final}
)");
  const RunResult result = machine.run({});
  CHECK(result.code == errc::acquire_timeout);
  CHECK(result.final_state == "a");
  CHECK(r.seen.empty());
}

TEST_CASE("all of a state's resources are had or none") {
  Running r;
  r.thing("db");
  const auto files = r.thing("files");
  files->refuse = 1;
  const Machine machine = r.chart(R"(
  - {name: a, resources: [db, files], catch: [{errors: [db.unreachable], target: b}], arcs: [{target: done}]}
  - {name: b, on_entry: [leases], functions: {transform: leases}, arcs: [{target: done}]}
  - {name: done, type: final}
)");
  r.functions = {};
  const RunResult result = machine.run({});
  CHECK(result.path == Names{"a", "b", "done"});
  CHECK(r.lent().empty());
}

TEST_CASE("an optional resource that cannot be had is an empty lease") {
  Running r;
  r.thing("db");
  const auto rates = r.thing("rates");
  rates->refuse = 1;
  r.functions.action("look", [&r](Context& c) {
    r.seen.push_back(c.lease("rates") ? "there" : "absent");
    CHECK_THROWS_AS(c.lease("files"), StateError);
  });
  const Machine machine = r.chart(R"(
  - {name: a, resources: [db, {name: rates, required: false}], functions: {transform: look}, arcs: [{target: b}]}
  - {name: b, resources: [{name: rates, required: false}], functions: {transform: look}, arcs: [{target: c}]}
  - {name: c, functions: {transform: nothing}, arcs: [{target: done}]}
  - {name: done, type: final}
)");
  CHECK(machine.run({}).error == "");
  CHECK(r.seen == Names{"absent", "there"});
  rates->refuse = 1;
  r.manager.evict("rates");
  const RunResult result = r.chart(R"(
  - {name: a, resources: [{name: rates, required: false}], functions: {transform: {call: rates.echo}}, arcs: [{target: done}]}
  - {name: done, type: final}
)")
                               .run({});
  CHECK(result.error ==
        "fsm.resource: the resource 'rates' is optional and absent; require it, or test before the call");
}

TEST_CASE("an inner state adds to what outer ones hold and finds it by name or role") {
  Running r;
  r.thing("db");
  r.thing("files");
  r.functions.action("look", [&r](Context& c) {
    r.seen.push_back(std::to_string(c.resource<Thing>("db").number) + c.lease("store").owner().name() + " " +
                     c.lease("files").owner().name() + " " + std::to_string(r.lent().size()));
  });
  const Machine machine = r.chart(R"(
  - name: outer
    resources: [{name: db, as: store}]
    states:
    - {name: inner, resources: [files, db], functions: {transform: look}, arcs: [{target: done}]}
  - {name: done, type: final}
)");
  CHECK(machine.run({}, {.id = "1"}).error == "");
  CHECK(r.seen == Names{"1m/main.outer#1 m/main.inner#1 2"});
}

TEST_CASE("a role around a state is not the resource of that name") {
  Running r;
  r.thing("orders");
  r.thing("db");
  r.thing("files");
  r.functions.action("look", [&r](Context& c) {
    r.seen.push_back(c.lease("db").name() + " " + c.lease("orders").name() + " " + c.lease("store").name());
  });
  const Machine machine = r.chart(R"(
  - name: outer
    resources: [{name: orders, as: db}]
    states:
    - name: inner
      resources: [db, files]
      states:
      - name: innermost
        resources: [{name: db, as: store}]
        functions: {transform: look}
        arcs: [{target: left, actions: look, resources: [{name: db, as: store}]}]
      - {name: left, arcs: [{target: done}]}
  - {name: done, type: final}
)");
  CHECK(machine.run({}).error == "");
  CHECK(r.seen == Names{"db orders db", "db orders db"});
}

TEST_CASE("what a state declares it finds by that name, whatever is called so around it") {
  Running r;
  for (const char* const name : {"db", "orders"}) r.thing(name);
  r.thing("spare")->refuse = 2;
  r.functions.action("look", [&r](Context& c) {
    for (const char* const sought : {"db", "spare"})
      r.seen.push_back(c.lease(sought) ? c.lease(sought).name() : "absent");
  });
  const Machine machine = r.chart(R"(
  - name: all
    resources: [db]
    states:
    - name: outer
      resources: [{name: orders, as: db}]
      states:
      - name: middle
        resources: [{name: orders, as: spare}]
        states:
        - name: inner
          resources: [db, {name: spare, required: false}]
          functions: {transform: look}
          arcs: [{target: done, actions: look}]
  - {name: done, type: final}
)");
  CHECK(machine.run({}).error == "");
  CHECK(r.seen == Names{"db", "absent", "db", "absent"});
}

TEST_CASE("an arc's actions find what its source has by the source's role, whoever holds it") {
  Running r;
  r.thing("db");
  r.functions.action("look", [&r](Context& c) {
    r.seen.push_back(c.lease("leaf").name() + " of " + c.lease("leaf").owner().name());
  });
  const Machine machine = r.chart(R"(
  - name: outer
    resources: [db]
    states:
    - {name: inner, resources: [{name: db, as: leaf}], arcs: [{target: other, actions: look}]}
    - name: other
      resources: [{name: db, as: leaf}]
      arcs: [{target: alone, actions: [look, {call: leaf.number, into: .n}]}]
  - {name: alone, resources: [{name: db, as: leaf}], arcs: [{target: done, actions: look}]}
  - {name: done, on_entry: look, type: final}
)");
  const RunResult result = machine.run({}, {.id = "1"});
  CHECK(r.seen == Names{"db of m/main.outer#1", "db of m/main.outer#1", "db of m/main.alone#1"});
  CHECK(result.data == nlohmann::json{{"n", 1}});
  CHECK(result.error ==
        "fsm.resource: the resource 'leaf' is not leased in the state 'main.done'; declare it under the "
        "state's 'resources'");
}

TEST_CASE("arcs that are taken together find each what its own source had") {
  Running r;
  for (const char* const name : {"one", "two"}) r.thing(name);
  r.functions.action(
      "look", [&r](Context& c) { r.seen.push_back(std::string(c.state) + ": " + c.lease("tool").name()); });
  r.functions.action(
      "other", [&r](Context& c) { r.seen.push_back(std::string(c.state) + ": " + c.lease("two").name()); });
  const Machine machine = r.chart(R"(
  - name: both
    type: parallel
    states:
    - name: left
      states:
      - {name: a, resources: [{name: one, as: tool}], arcs: [{event: go, target: a2, actions: look}]}
      - {name: a2, resources: [one], arcs: [{event: go, target: a, actions: other}]}
    - name: right
      states:
      - {name: b, resources: [{name: two, as: tool}], arcs: [{event: go, target: b2, actions: look}]}
      - {name: b2}
)");
  Execution run = machine.start({});
  run.send("go");
  CHECK(r.seen == Names{"a: one", "b: two"});
  CHECK(run.leases() == Names{"one"});
  run.send("go");
  CHECK(run.result().code == errc::fsm_resource);  // a2 never had it
}

TEST_CASE("an optional resource that the source did not get is an empty lease for its arcs, too") {
  Running r;
  r.thing("db")->refuse = 2;
  r.functions.action("look", [&r](Context& c) { r.seen.push_back(c.lease("db") ? "there" : "absent"); });
  const Machine machine = r.chart(R"(
  - {name: a, resources: [{name: db, required: false}], on_entry: look, arcs: [{target: b, actions: look}]}
  - {name: b, resources: [{name: db, required: false}], arcs: [{target: c, actions: {call: db.number}}]}
  - {name: c, type: final}
)");
  CHECK(machine.run({}).error ==
        "fsm.resource: the resource 'db' is optional and absent; require it, or test before the call");
  CHECK(r.seen == Names{"absent", "absent"});
}

TEST_CASE("whatever happens, everything is back afterwards") {
  Running r;
  r.thing("db");
  r.thing("files");
  for (const std::string where :
       {"on_entry: [boom]", "on_exit: [boom]", "functions: {transform: [boom]}",
        "functions: {transform: [odd]}", "on_exit: [odd]", "functions: {transform: [{jq: '.x.y.z | error'}]}",
        "contract: {post: [.no]}"}) {
    CAPTURE(where);
    const RunResult result = r.chart("  - {name: a, resources: [db], " + where +
                                         ", arcs: [{target: done}]}\n  - {name: done, type: final}\n",
                                     "  resources: [files]\n")
                                 .run({});
    CHECK_FALSE(result.success);
    CHECK(result.error != "");
    CHECK(r.lent().empty());
  }
  const RunResult result = r.chart(R"(
  - {name: a, arcs: [{target: done, resources: [db], actions: [nothing, odd]}]}
  - {name: done, type: final}
)")
                               .run({});
  CHECK(result.error ==
        "fsm.action: the function 'odd' in the state 'main.a' threw something that is no std::exception");
  CHECK(r.lent().empty());
}

TEST_CASE("a resource with a timeout of 0 is taken if it is there, and not waited for") {
  Running r(std::make_shared<ManualClock>());  // which stands still: who waits does so for ever
  r.thing("db", 1);
  r.manager.acquire("db", "somebody").release();
  const Machine machine = r.chart(R"(
  - {name: a, resources: [{name: db, timeout: 0s}], arcs: [{target: done}]}
  - {name: done, type: final}
)");
  CHECK(machine.run({}).success);
  const Lease taken = r.manager.acquire("db", "somebody");
  CHECK(machine.run({}).code == errc::acquire_timeout);
}
