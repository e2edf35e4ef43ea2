// Hierarchy, regions, history, events and delays, by the rules of W3C SCXML (sections 3 and appendix D).

#include "execution/selection.hpp"
#include "running.hpp"

#include <thread>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const char* const nested = R"(
  - name: dark
    arcs: [{event: power, target: lit}]
  - name: lit
    initial: idle
    on_entry: [enter]
    on_exit: [leave]
    arcs: [{event: power, target: dark}, {event: reset, target: lit}, {event: soft, target: idle, internal: true}]
    states:
    - {name: idle, on_entry: [enter], on_exit: [leave], arcs: [{event: go, target: busy}]}
    - {name: busy, on_entry: [enter], on_exit: [leave], arcs: [{event: [stop, power.inner], target: idle}]}
    - {name: memory, type: history}
  - {name: away, arcs: [{event: back, target: memory}]}
  - {name: done, type: final}
)";

struct Charting : Running {
  explicit Charting(std::shared_ptr<Clock> clock = nullptr) : Running(std::move(clock)) {
    functions.action("enter", [this](Context& c) { seen.push_back("+" + std::string(c.state)); });
    functions.action("leave", [this](Context& c) { seen.push_back("-" + std::string(c.state)); });
  }
  Names take() { return std::exchange(seen, {}); }
};

}  // namespace

TEST_CASE("3.12.1: an event descriptor covers an event by whole tokens") {
  CHECK(event_matches("error", "error"));
  CHECK(event_matches("error", "error.send.failed"));
  CHECK(event_matches("error.*", "error.send"));
  CHECK(event_matches("error.", "error"));
  CHECK(event_matches("*", "anything"));
  CHECK_FALSE(event_matches("error", "errors.my.custom"));
  CHECK_FALSE(event_matches("error.send", "error"));
  CHECK_FALSE(event_matches("error", "myerror"));
}

TEST_CASE("3.3, 3.13: entering is outer first, leaving inner first, the inner state is asked first") {
  Charting r;
  Execution run = r.chart(nested).start({});
  CHECK(run.configuration() == Names{"dark"});
  CHECK(run.send("power"));
  CHECK(run.configuration() == Names{"lit", "idle"});
  CHECK(r.take() == Names{"+lit", "+idle"});
  run.send("go");
  CHECK(r.take() == Names{"-idle", "+busy"});
  run.send("unknown");
  CHECK(run.configuration() == Names{"lit", "busy"});
  run.send("power.inner");  // of busy, though lit listens to power too
  CHECK(r.take() == Names{"-busy", "+idle"});
  run.send("go");
  r.take();
  run.send("power");
  CHECK(r.take() == Names{"-busy", "-lit"});
  CHECK(run.configuration() == Names{"dark"});
  CHECK_FALSE(run.finished());
}

TEST_CASE("3.5: an external transition leaves its source, an internal one does not") {
  Charting r;
  Execution run = r.chart(nested).start({});
  run.send("power");
  run.send("go");
  r.take();
  run.send("reset");
  CHECK(r.take() == Names{"-busy", "-lit", "+lit", "+idle"});
  run.send("go");
  r.take();
  run.send("soft");
  CHECK(r.take() == Names{"-busy", "+idle"});
}

TEST_CASE("3.4: a parallel state is in all its regions, and done when all are") {
  Charting r;
  Execution run = r.chart(R"(
  - name: both
    type: parallel
    arcs: [{event: done.state.both, target: end}]
    states:
    - name: left
      initial: l1
      states:
      - {name: l1, arcs: [{event: go, target: l2}]}
      - {name: l2, arcs: [{event: finish, target: lf, condition: {in: r2}}]}
      - {name: lf, type: final}
    - name: right
      initial: r1
      states:
      - {name: r1, arcs: [{event: go, target: r2}]}
      - {name: r2, arcs: [{event: done.state.left, target: rf}]}
      - {name: rf, type: final}
  - {name: end, type: final}
)")
                      .start({});
  CHECK(run.configuration() == Names{"both", "left", "l1", "right", "r1"});
  run.send("go");
  CHECK(run.configuration() == Names{"both", "left", "l2", "right", "r2"});
  CHECK_FALSE(run.finished());
  run.send("finish");
  CHECK(run.finished());
  CHECK(run.result().final_state == "end");
  CHECK(run.result().success);
  CHECK_FALSE(run.send("go"));
}

TEST_CASE("3.10: history brings back what was active, and its leases") {
  Charting r;
  r.thing("db");
  Execution run = r.chart(R"(
  - name: work
    initial: a
    arcs: [{event: leave, target: away}]
    states:
    - {name: a, arcs: [{event: next, target: b}]}
    - name: b
      initial: b1
      states:
      - {name: b1, arcs: [{event: next, target: b2}]}
      - {name: b2, resources: [db]}
    - {name: shallow, type: history}
    - {name: deep, type: history, deep: true}
  - name: away
    arcs: [{event: shallow, target: shallow}, {event: deep, target: deep}, {event: end, target: done}]
  - {name: done, type: final}
)")
                      .start({});
  run.send("next");
  run.send("next");
  CHECK(run.leases() == Names{"db"});
  run.send("leave");
  CHECK(run.leases().empty());
  run.send("shallow");
  CHECK(run.configuration() == Names{"work", "b", "b1"});
  run.send("next");
  run.send("leave");
  run.send("deep");
  CHECK(run.configuration() == Names{"work", "b", "b2"});
  CHECK(run.leases() == Names{"db"});
}

TEST_CASE("D: raised events come before sent ones, eventless arcs before both") {
  Charting r;
  r.functions.action("note", [&](Context& c) { r.seen.push_back(c.event.name + ":" + c.event.data.dump()); });
  Execution run = r.chart(R"(
  - name: a
    arcs:
    - {event: start, target: b, actions: [{send: outer}, {raise: inner}]}
  - name: b
    on_entry: [note]
    arcs: [{target: c}]
  - name: c
    arcs: [{event: outer, target: done, actions: [note]}, {event: inner, actions: [note]}]
  - {name: done, type: final}
)")
                      .start({});
  run.send("start", {{"n", 1}});
  CHECK(r.take() == Names{"start:{\"n\":1}", "inner:null", "outer:null"});
  CHECK(run.finished());
}

TEST_CASE("the event's data is there for guards, actions and jq") {
  Running r;
  r.functions.guard("large", [](const Context& c) { return c.event.data["amount"] > 100; });
  Execution run = r.chart(R"(
  - name: a
    arcs:
    - {event: order, target: big, condition: large}
    - {event: order, target: small, condition: '$event.data.amount > 10', actions: [{jq: '.got = [$event.name, $event.amount]'}]}
  - {name: big, type: final}
  - {name: small, type: final}
)")
                      .start({});
  run.send("order", {{"amount", 5}});
  CHECK(run.configuration() == Names{"a"});
  run.send("order.received", {{"amount", 50}});
  CHECK(run.result().final_state == "small");
  CHECK(run.result().data["got"] == json({"order.received", 50}));
}

TEST_CASE("delays pass on the manager's clock: after, send and cancel, the state's timeout") {
  auto clock = std::make_shared<ManualClock>();
  Running r(clock);
  const Machine machine = r.chart(R"(
  - name: a
    on_entry: [{send: late, after: 5s, id: one}, {send: never, after: 4s, id: two}, {cancel: two}]
    arcs: [{after: 10s, target: slow}, {event: late, target: b}, {event: never, target: slow}]
  - {name: b, timeout: 3s, catch: [{errors: [fsm.deadline], target: c}], arcs: [{event: x, target: slow}]}
  - {name: c, arcs: [{after: 2s, target: done}]}
  - {name: slow, type: final, success: false}
  - {name: done, type: final}
)");
  Execution run = machine.start({});
  CHECK_FALSE(run.advance());
  clock->advance(4999ms);
  CHECK_FALSE(run.advance());
  clock->advance(1ms);
  CHECK(run.advance());
  CHECK(run.configuration() == Names{"b"});
  clock->advance(3s);
  CHECK(run.advance());
  CHECK(run.configuration() == Names{"c"});
  CHECK_FALSE(run.wait(clock->now()));
  clock->advance(1min);
  CHECK(run.wait(clock->now()));
  CHECK(run.result().path == Names{"a", "b", "c", "done"});

  auto jumping = std::make_shared<JumpingClock>();
  Running s(jumping);
  const Clock::time_point start = jumping->now();
  CHECK(s.chart("  - {name: a, arcs: [{after: 10s, target: done}]}\n  - {name: done, type: final}\n")
            .run({})
            .success);
  CHECK(jumping->now() - start == 10s);
}

TEST_CASE("a run to the end does not wait for an event that cannot come") {
  Running r;
  const RunResult result =
      r.chart("  - {name: a, arcs: [{event: x, target: done}]}\n  - {name: done, type: final}\n").run({});
  CHECK(result.error ==
        "fsm.no_transition: the state 'main.a' waits for an event, which a run to the end cannot bring; "
        "drive the "
        "machine with start and send");
}

TEST_CASE("events may be sent from many threads; one at a time handles them, none is lost") {
  Running r;
  std::atomic<int> inside = 0;
  r.functions.action("count", [&](Context& c) {
    CHECK(++inside == 1);
    c.data["n"] = c.data["n"].get<int>() + 1;
    --inside;
  });
  Execution run = r.chart(R"(
  - {name: a, arcs: [{event: tick, actions: [count]}, {event: stop, target: done}]}
  - {name: done, type: final}
)")
                      .start({{"n", 0}}, {.event_queue = 10'000});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) run.send("tick");
      });
  }
  run.send("stop");
  CHECK(run.wait(Clock::steady()->deadline_after(10s)));
  CHECK(run.result().data["n"] == 400);
}

TEST_CASE("the queue of events is bounded, also for what the machine sends itself") {
  Running r;
  Execution* self = nullptr;
  r.functions.action("flood", [&](Context&) {
    CHECK(self->send("x"));
    CHECK(self->send("x"));
    CHECK_THROWS_WITH(
        self->send("x"),
        "fsm.invalid: the event queue of 2 is full; send less, or raise RunOptions::event_queue");
  });
  Execution run = r.chart(R"(
  - {name: a, arcs: [{event: go, actions: [flood]}, {event: own, actions: [{send: x}, {send: x}, {send: x}]}, {event: stop, target: done}]}
  - {name: done, type: final}
)")
                      .start({}, {.event_queue = 2});
  self = &run;
  run.send("go");
  CHECK_FALSE(run.finished());
  run.send("own");
  CHECK(run.finished());
  CHECK(run.result().code == errc::fsm_invalid);
}

TEST_CASE("an execution can be cancelled, dropped and moved; its leases are back") {
  Charting r;
  r.thing("db");
  const Machine machine = r.chart(R"(
  - {name: a, resources: [db], on_exit: [leave], arcs: [{event: x, target: done}]}
  - {name: done, type: final}
)");
  {
    Execution run = machine.start({}, {.id = "1"});
    CHECK(r.lent() == Names{"db=m/main.a#1"});
    Execution moved = std::move(run);
    moved.cancel();
    CHECK(moved.finished());
    CHECK(moved.result().code == errc::fsm_cancelled);
    CHECK(moved.result().final_state == "a");
    CHECK(r.seen == Names{"-a"});
    CHECK(r.lent().empty());
  }
  {
    const Execution dropped = machine.start({});
    CHECK(r.lent().size() == 1);
  }
  CHECK(r.lent().empty());
  std::stop_source stop;
  Execution stopped = machine.start({}, {.stop = stop.get_token()});
  stop.request_stop();
  CHECK(stopped.wait(Clock::steady()->deadline_after(10s)));
  CHECK(stopped.result().code == errc::fsm_cancelled);
}

TEST_CASE("a fault while states are entered leaves a legal configuration with its leases") {
  Running r;
  r.thing("db");
  r.thing("files");
  Execution run = r.chart(R"(
  - {name: start, arcs: [{event: go, target: both}]}
  - name: both
    type: parallel
    resources: [files]
    states:
    - name: left
      initial: l1
      states:
      - {name: l1, resources: [db], functions: {transform: boom}, catch: [{target: l2}]}
      - {name: l2}
    - name: right
      initial: r1
      states:
      - {name: r1}
      - {name: r2}
)")
                      .start({});
  run.send("go");
  CHECK_FALSE(run.finished());
  CHECK(run.configuration() == Names{"both", "left", "l2", "right", "r1"});
  CHECK(run.leases() == Names{"files"});
}

TEST_CASE("advance ends though what it does takes longer than the next delay") {
  const auto clock = std::make_shared<ManualClock>();
  Running r(clock);
  int entered = 0;
  r.functions.action("work", [&](Context&) {
    REQUIRE(++entered < 20);
    clock->advance(std::chrono::seconds(2));
  });
  Execution run = r.chart(R"(
  - name: both
    type: parallel
    states:
    - {name: a, initial: a1, states: [{name: a1, on_entry: [work], arcs: [{after: 1s, target: a1}]}]}
    - {name: b, initial: b1, states: [{name: b1, on_entry: [work], arcs: [{after: 1s, target: b1}]}]}
)")
                      .start({});
  CHECK(entered == 2);
  clock->advance(std::chrono::seconds(1));
  CHECK(run.advance());
  CHECK(entered == 4);
  CHECK_FALSE(run.wait(clock->now()));
  CHECK(entered == 5);
}

TEST_CASE("no delay is nothing, so that time passes where states pass each other on") {
  Running r;
  CHECK_THROWS_WITH_AS(r.chart("  - {name: a, arcs: [{after: 0s, target: a}]}\n"),
                       doctest::Contains("a duration above zero or off is needed here, not \"0s\""),
                       ConfigError);
}
