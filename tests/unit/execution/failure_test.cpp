// Retry, catch, enclosing catch, on_error, failed; and time running out.

#include "running.hpp"

#include <thread>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("a state that fails is run again, with the data as it was on entry") {
  auto clock = std::make_shared<JumpingClock>();
  Running r(clock);
  r.thing("db");
  int runs = 0;
  r.functions.action("flaky", [&](Context& c) {
    r.seen.push_back(c.data.dump() + " " + std::to_string(r.lent().size()));
    c.data["dirt"] = true;
    if (++runs < 3) c.call("db", "fail", {{"code", "db.unreachable"}});
  });
  const Machine machine = r.chart(R"(
  - name: a
    resources: [db]
    functions: {transform: [{jq: '.x = 1'}, flaky]}
    retry: {errors: [connection], attempts: 3, delay: 100ms, backoff: 3}
    arcs: [{target: done}]
  - {name: done, type: final}
)");
  const Clock::time_point start = clock->now();
  const RunResult result = machine.run({{"in", 1}}, {.trace = true});
  CHECK(result.error == "");
  CHECK(result.data == json({{"in", 1}, {"x", 1}, {"dirt", true}}));
  CHECK(r.seen == Names(3, R"({"in":1,"x":1} 1)"));
  CHECK(result.metadata["retries"] == 2);
  CHECK(clock->now() - start == 400ms);  // 100 ms, then 300 ms
}

TEST_CASE("only the errors that are named are tried again, and only so often") {
  Running r;
  int runs = 0;
  r.functions.action("unreachable", [&](Context&) {
    ++runs;
    throw_error(errc::http_unreachable, "nobody there");
  });
  const auto run = [&](const std::string& retry) {
    runs = 0;
    return r
        .chart("  - {name: a, functions: {transform: unreachable}, retry: {" + retry +
               ", delay: 1us}, arcs: [{target: done}]}\n  - {name: done, type: final}\n")
        .run({});
  };
  CHECK(run("errors: [timeout, db], attempts: 3").error == "http.unreachable: nobody there");
  CHECK(runs == 1);
  CHECK(run("errors: [http], attempts: 4").code == errc::http_unreachable);
  CHECK(runs == 4);
  CHECK(run("errors: ['*'], attempts: 2").metadata["retries"] == 1);
  CHECK(runs == 2);
}

TEST_CASE("an acquire that fails is tried again, holding nothing meanwhile") {
  auto clock = std::make_shared<JumpingClock>();
  Running r(clock);
  r.thing("db");
  const auto files = r.thing("files");
  files->refuse = 1;
  Names held_meanwhile = {"unknown"};
  const Machine machine = r.chart(R"(
  - {name: a, resources: [db, files], retry: {attempts: 2, delay: 1s}, arcs: [{target: done}]}
  - {name: done, type: final}
)");
  clock->on_wait = [&](Duration wait) {
    CHECK(wait == 1s);
    held_meanwhile = r.lent();
  };
  CHECK(machine.run({}).error == "");
  CHECK(held_meanwhile.empty());
}

TEST_CASE("a catch takes the first handler that covers the error, after the leases are back") {
  Running r;
  r.thing("db");
  r.functions.action("look", [&](Context&) { r.seen = r.lent(); });
  r.seen = {"not looked"};
  const Machine machine = r.chart(R"(
  - name: a
    resources: [db]
    functions: {transform: [{jq: '.dirt = 1'}, {call: db.fail, with: {code: "${{ .code }}"}}]}
    catch:
    - {errors: [db.constraint], target: special}
    - {errors: [db], target: general, into: .why}
    - {errors: ['*'], target: special}
    arcs: [{target: done}]
  - {name: special, arcs: [{target: done}]}
  - {name: general, functions: {transform: look}, arcs: [{target: done}]}
  - {name: done, type: final}
)");
  const RunResult result = machine.run({{"code", "db.full"}});
  CHECK(result.success);
  CHECK(result.error.empty());
  CHECK(result.path == Names{"a", "general", "done"});
  CHECK(result.data["why"] ==
        json({{"code", "db.full"}, {"message", "told to fail"}, {"state", "a"}, {"resource", "db"}}));
  CHECK_FALSE(result.data.contains("dirt"));
  CHECK(r.seen.empty());
  CHECK(machine.run({{"code", "db.constraint"}}).path == Names{"a", "special", "done"});
  CHECK(machine.run({{"code", "http.status"}}).path == Names{"a", "special", "done"});
}

TEST_CASE("a final state that parks a caught error reports it") {
  Running r;
  const Machine machine = r.chart(R"(
  - {name: a, functions: {transform: boom}, catch: [{target: parked}], arcs: [{target: done}]}
  - {name: parked, type: final, success: false}
  - {name: done, type: final}
)");
  const RunResult result = machine.run({});
  CHECK_FALSE(result.success);
  CHECK(result.final_state == "parked");
  CHECK(result.code == errc::fsm_action);
  CHECK(result.error == "fsm.action: the function 'boom' in the state 'main.a' failed: boom");
}

TEST_CASE("the way out is the state's catch, the enclosing one, the network's on_error, failure") {
  Running r;
  const auto run = [&](const std::string& inner, const std::string& outer, const std::string& network) {
    return r
        .chart("  - {name: a, " + outer + " states: [{name: b, " + inner +
                   " functions: {transform: boom}, arcs: [{target: done}]}]}\n"
                   "  - {name: inner, type: final}\n  - {name: outer, type: final}\n"
                   "  - {name: network, type: final}\n  - {name: done, type: final}\n",
               network)
        .run({});
  };
  const std::string inner = "catch: [{errors: [fsm], target: inner}],";
  const std::string outer = "catch: [{target: outer}],";
  const std::string network = "  on_error: [{target: network}]\n";
  CHECK(run(inner, outer, network).final_state == "inner");
  CHECK(run("catch: [{errors: [db], target: inner}],", outer, network).final_state == "outer");
  CHECK(run("", outer, network).final_state == "outer");
  CHECK(run("", "", network).final_state == "network");
  const RunResult failed = run("", "", "");
  CHECK(failed.final_state == "b");
  CHECK(failed.code == errc::fsm_action);
}

TEST_CASE("a catch that fails itself goes on outwards and cannot loop for ever") {
  Running r;
  const RunResult loop = r.chart(R"(
  - {name: a, functions: {transform: boom}, catch: [{target: a}], arcs: [{target: done}]}
  - {name: done, type: final}
)")
                             .run({}, {.max_transitions = 20});
  CHECK(loop.code == errc::fsm_max_transitions);
  const RunResult outwards = r.chart(R"(
  - {name: a, functions: {transform: boom}, catch: [{target: b}], arcs: [{target: done}]}
  - {name: b, functions: {transform: odd}, arcs: [{target: done}]}
  - {name: done, type: final}
)")
                                 .run({});
  CHECK(outwards.path == Names{"a", "b"});
  CHECK(outwards.error ==
        "fsm.action: the function 'odd' in the state 'main.b' threw something that is no std::exception");
}

TEST_CASE("exit functions run for a state whose entry functions did, and their faults are faults") {
  Running r;
  r.functions.action("left", [&](Context& c) { r.seen.push_back(std::string(c.state)); });
  CHECK_FALSE(r.chart(R"(
  - {name: a, on_exit: [left], functions: {transform: boom}, arcs: [{target: done}]}
  - {name: done, type: final}
)")
                  .run({})
                  .success);
  CHECK(r.seen == Names{"a"});
  CHECK_FALSE(r.chart(R"(
  - {name: b, on_entry: [boom], on_exit: [left], arcs: [{target: done}]}
  - {name: done, type: final}
)")
                  .run({})
                  .success);
  CHECK(r.seen == Names{"a"});
  CHECK(r.chart(R"(
  - {name: c, on_exit: [boom], catch: [{target: saved}], arcs: [{target: done}]}
  - {name: saved, type: final}
  - {name: done, type: final}
)")
            .run({})
            .final_state == "saved");
}

TEST_CASE("a state's timeout bounds what runs inside and may be caught") {
  auto clock = std::make_shared<JumpingClock>();
  Running r(clock);
  r.thing("db");
  const auto run = [&](const std::string& more) {
    return r
        .chart("  - {name: a, resources: [db], timeout: 10s, functions: {transform: {call: db.hang}}, " +
               more +
               " arcs: [{target: done}]}\n  - {name: saved, type: final}\n  - {name: done, type: final}\n")
        .run({});
  };
  const RunResult failed = run("");
  CHECK(failed.code == errc::fsm_deadline);
  CHECK(failed.error ==
        "fsm.deadline: the state 'main.a' did not end within 10s: db.deadline: the statement did not end");
  CHECK(run("catch: [{errors: [fsm.deadline], target: saved}],").final_state == "saved");
  CHECK(run("retry: {attempts: 5}, catch: [{errors: [timeout], target: saved}],").metadata["retries"] == 0);
}

TEST_CASE("a function that overruns its state's timeout is found out") {
  auto clock = std::make_shared<JumpingClock>();
  Running r(clock);
  r.functions.action("slow", [&](Context& c) {
    CHECK(c.deadline == clock->now() + 10s);
    clock->advance(11s);
  });
  const RunResult result = r.chart(R"(
  - {name: a, timeout: 10s, functions: {transform: slow}, arcs: [{target: done}]}
  - {name: done, type: final}
)")
                               .run({});
  CHECK(result.error == "fsm.deadline: the state 'main.a' did not end within 10s");
}

TEST_CASE("the execution's deadline bounds every wait inside and cannot be caught") {
  auto clock = std::make_shared<JumpingClock>();
  Running r(clock);
  r.thing("db", 1, 1h);
  const std::string caught =
      "retry: {delay: 1h}, catch: [{target: done}], arcs: [{target: done}]}\n  - {name: done, type: final}\n";
  const auto run = [&](const std::string& state) {
    return r.chart("  - {name: a, " + state + ", " + caught).run({}, {.timeout = 20s});
  };
  CHECK(run("resources: [db], functions: {transform: {call: db.hang}}").error ==
        "fsm.deadline: the execution did not end within 20s: db.deadline: the statement did not end");
  CHECK(run("functions: {transform: boom}").error == "fsm.deadline: the execution did not end within 20s");
  Lease taken;
  std::thread([&] {
    taken = r.manager.acquire("db", "somebody");
  }).join();  // a thread must not wait for itself
  const Clock::time_point before = clock->now();
  const RunResult waiting = run("resources: [db]");
  CHECK(waiting.code == errc::fsm_deadline);
  CHECK(waiting.error.find("acquire.timeout") != std::string::npos);
  CHECK(clock->now() - before < 1min);
}

TEST_CASE("a stop request ends an execution wherever it waits, and nothing catches it") {
  Running r;
  r.thing("db", 1, 1h);
  std::stop_source stop;
  r.functions.action("stop", [&](Context&) { stop.request_stop(); });
  r.functions.action("after", [&](Context&) { FAIL("not reached"); });
  const std::string rest =
      " catch: [{target: done}], arcs: [{target: done}]}\n  - {name: done, type: final}\n";
  const RunResult between = r.chart("  - {name: a, functions: {transform: [stop, after]}," + rest)
                                .run({}, {.stop = stop.get_token()});
  CHECK(between.error == "fsm.cancelled: the execution was cancelled");
  for (const std::string where :
       {"functions: {transform: {call: db.hang}},", "functions: {transform: boom}, retry: {delay: 1h},"}) {
    std::stop_source later;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(5ms);
      later.request_stop();
    });
    const RunResult result =
        r.chart("  - {name: a, resources: [db], " + where + rest).run({}, {.stop = later.get_token()});
    CHECK(result.code == errc::fsm_cancelled);
    CHECK(r.lent().empty());
  }
  Lease taken;
  std::thread([&] { taken = r.manager.acquire("db", "somebody"); }).join();
  std::stop_source later;
  std::jthread stopper([&] {
    while (r.manager.get_resource_status("db").waiting_count == 0) std::this_thread::yield();
    later.request_stop();
  });
  CHECK(r.chart("  - {name: a, resources: [db], " + rest).run({}, {.stop = later.get_token()}).code ==
        errc::fsm_cancelled);
}

TEST_CASE("a state that runs on failure does so after one, and only then") {
  Running r;
  r.thing("db");
  r.functions.action("clean", [&](Context& c) {
    r.seen.push_back("clean " + std::string(c.state) + (c.lease("db") ? " db" : ""));
  });
  const auto machine = [&](const std::string& function) {
    return r.chart("  - {name: a, functions: {transform: " + function + "}, arcs: [{target: done}]}\n" + R"(
  - {name: cleanup, run_on_failure: true, resources: [db], functions: {transform: clean}, arcs: [{target: done}]}
  - {name: broken_cleanup, run_on_failure: true, functions: {transform: boom}, arcs: [{target: done}]}
  - {name: done, type: final}
)");
  };
  CHECK(machine("nothing").run({}).success);
  CHECK(r.seen.empty());
  const RunResult result = machine("odd").run({});
  CHECK(r.seen == Names{"clean cleanup db"});
  CHECK(result.final_state == "a");
  CHECK(result.error.find("'odd'") != std::string::npos);
  CHECK(r.lent().empty());
}

TEST_CASE("jq that does not end is bounded by its state, by the execution and by its cancellation") {
  Running r;
  const std::string loop = "on_entry: {jq: 'def f: f; f'}";
  SUBCASE("the state's timeout") {
    const Machine machine = r.chart("  - {name: a, timeout: 30ms, " + loop +
                                    ", catch: [{errors: [timeout], target: late, into: .why}]}\n"
                                    "  - {name: late, type: final, success: false}\n");
    const RunResult result = machine.run({});
    CHECK(result.final_state == "late");
    CHECK(result.data["why"]["code"] == "fsm.deadline");
    CHECK(result.data["why"]["message"].get<std::string>().starts_with(
        "the state 'main.a' did not end within 30ms: "));
  }
  SUBCASE("a condition") {
    const Machine machine = r.chart(
        "  - {name: a, timeout: 30ms, arcs: [{target: b, condition: '[repeat(1)] | length > 0'}]}\n"
        "  - {name: b, type: final}\n");
    CHECK(machine.run({}).code == errc::fsm_deadline);
  }
  SUBCASE("the execution's own") {
    const Machine machine =
        r.chart("  - {name: a, " + loop + ", arcs: [{target: b}]}\n  - {name: b, type: final}\n");
    const RunResult result = machine.run({}, {.timeout = 30ms});
    CHECK(result.error.starts_with(
        "fsm.deadline: the execution did not end within 30ms: fsm.deadline: the jq 'def f: f; f' failed: "));
  }
  SUBCASE("its cancellation") {
    const Machine machine =
        r.chart("  - {name: a, " + loop + ", arcs: [{target: b}]}\n  - {name: b, type: final}\n");
    std::stop_source stop;
    std::thread canceller([&] {
      std::this_thread::sleep_for(20ms);
      stop.request_stop();
    });
    CHECK(machine.run({}, {.stop = stop.get_token()}).code == errc::fsm_cancelled);
    canceller.join();
  }
}

TEST_CASE("what a provider throws when asked for its operations is not shown, neither at load nor in a run") {
  Running running;
  const auto db = running.thing("db");
  const std::string states =
      "  - {name: a, resources: [db], functions: {transform: [{call: db.number}]}, arcs: [{target: b}]}\n"
      "  - {name: b, type: final}\n";
  const Machine machine = running.chart(states);
  db->secretive = true;
  const RunResult result = machine.run({});
  CHECK(result.error ==
        "resource.operation: the operations of 'db' cannot be had: std::runtime_error; see the "
        "provider's own log");
  try {
    running.chart(states);
    FAIL("it loads");
  } catch (const LoadError& error) {
    CHECK(std::string(error.what()).find("the operations of 'db' cannot be had") != std::string::npos);
    CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
  }
}
