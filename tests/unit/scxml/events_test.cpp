// SCXML 3.12, 4.2, 5.10, 6.2, 6.3: events and what comes with them, raising, sending, delaying, cancelling.

#include "playing.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using nlohmann::json;

TEST_CASE("SCXML 3.12.1: a transition matches by prefixes of whole tokens") {
  struct Match {
    const char* descriptors;
    const char* event;
    bool matches;
  };
  const Match table[] = {
      {"error", "error", true},
      {"error", "error.send", true},
      {"error", "error.send.failed", true},
      {"error", "errors.my.custom", false},
      {"error", "errorhandler.mistake", false},
      {"error", "error_send", false},
      {"[error, foo]", "foo.bar", true},
      {"[error, foo]", "fool", false},
      {"error.*", "error.send", true},
      {"error.*", "error", true},
      {"a.b", "a", false},
      {"a.b", "a.b.c", true},
      {"a.b", "a.bc", false},
      {"'*'", "anything.at.all", true},
      {"['x', '*']", "y", true},
      {"Foo", "foo", false},
      {"a b", "b.c", true},  // as SCXML writes a list
      {"' a  b '", "a", true},
      {"a b", "a b", false},
      {"[a b, c]", "b", true},
  };
  Playing p;
  for (const Match& row : table) {
    CAPTURE(row.descriptors);
    CAPTURE(row.event);
    Execution run = p.chart(std::string("  - {name: a, arcs: [{event: ") + row.descriptors +
                            ", target: b}]}\n  - {name: b}\n")
                        .start({});
    run.send(row.event);
    CHECK((run.configuration() == Names{"b"}) == row.matches);
  }
}

TEST_CASE("SCXML 3.12: * does not stand for no event") {
  Playing p;
  p.play("  - {name: a, arcs: [{event: '*', target: b}]}\n  - {name: b}\n", {{"", "a"}, {"x", "b"}});
}

TEST_CASE("SCXML 4.2: raised events wait in line at the end of the internal queue") {
  Playing p;
  p.play(R"(
  - name: a
    on_entry: [{raise: one}, {raise: two}]
    arcs:
    - {event: one, actions: [say, {raise: three}]}
    - {event: '*', actions: [say]}
)",
         {{"", "a", "a!one a!two a!three"}});
}

TEST_CASE("SCXML 5.10: an event's name and data are there while it is handled, and until the next") {
  Playing p;
  p.functions.guard("large", [](const Context& c) { return c.event.data["amount"] > 100; });
  p.functions.action("keep", [](Context& c) { c.data["seen"].push_back({c.event.name, c.event.data}); });
  const Machine machine = p.chart(R"(
  - name: a
    arcs:
    - {event: order, target: b, condition: large, actions: [keep]}
    - {event: order, target: c, condition: '$event.data.amount > 10'}
  - name: b
    on_entry: [keep, {raise: own, data: {of: '${{ $event.name }}', twice: '${{ $event.data.amount * 2 }}'}}]
    arcs: [{event: own, target: d, actions: [keep]}]
  - {name: c, on_entry: [{jq: '.amount = $event.data.amount'}]}
  - {name: d, on_entry: [keep]}
)");
  Execution run = machine.start({{"seen", json::array()}});
  run.send("order.new", {{"amount", 5}});
  CHECK(run.configuration() == Names{"a"});
  run.send("order.new", {{"amount", 500}});
  CHECK(run.configuration() == Names{"d"});
  const json order = {"order.new", {{"amount", 500}}};
  const json own = {"own", {{"of", "order.new"}, {"twice", 1000}}};
  CHECK(run.result().data["seen"] == json::array({order, order, own, own}));
  Execution small = machine.start({{"seen", json::array()}});
  small.send("order", {{"amount", 50}});
  CHECK(small.configuration() == Names{"c"});
  CHECK(small.result().data["amount"] == 50);
}

TEST_CASE("SCXML 5.10.1: nothing is bound to $event before the first event") {
  Playing p;
  p.play(R"(
  - {name: a, arcs: [{target: b, condition: '$event == null'}, {event: never, target: a}]}
  - {name: b}
)",
         {{"", "b"}});
}

TEST_CASE("SCXML 6.2: a delayed event comes when its time has passed, in the order of due times") {
  Playing p;
  p.play(R"(
  - name: a
    on_entry: [{send: slow, after: 3s}, {send: fast, after: 1s}, {send: also_slow, after: 3s}]
    arcs: [{event: '*', actions: [say]}]
)",
         {{"", "a", ""}, {"+1s", "a", "a!fast"}, {"+1s", "a", ""}, {"+1s", "a", "a!slow a!also_slow"}});
}

TEST_CASE("SCXML 6.2: what was sent comes even if the state that sent it has been left") {
  Playing p;
  p.play(R"(
  - {name: a, on_entry: [{send: late, after: 5s}], arcs: [{event: go, target: b}]}
  - {name: b, arcs: [{event: late, target: c}]}
  - {name: c}
)",
         {{"", "a"}, {"go", "b"}, {"+5s", "c"}});
}

TEST_CASE("SCXML 6.2: data of an event is computed when it is sent, not when it comes") {
  Playing p;
  const RunResult result = p.play(R"(
  - {name: a, on_entry: [{jq: '.n = 1'}, {send: late, after: 2s, data: {n: '${{ .n }}'}}, {jq: '.n = 2'}], arcs: [{event: late, target: b, actions: [{jq: '.got = $event.data.n'}]}]}
  - {name: b}
)",
                                  {{"", "a"}, {"+2s", "b"}});
  CHECK(result.data["got"] == 1);
  CHECK(result.data["n"] == 2);
}

TEST_CASE("SCXML 6.3: cancel takes back every delayed event of the id, and no other") {
  Playing p;
  p.play(R"(
  - name: a
    on_entry:
    - {send: one, after: 1s, id: x}
    - {send: two, after: 1s, id: z}
    - {send: three, after: 1s}
    - {send: four, after: 2s, id: x}
    - {cancel: x}
    - {cancel: unknown}
    arcs: [{event: '*', actions: [say]}]
)",
         {{"", "a", ""}, {"+2s", "a", "a!two a!three"}});
}

TEST_CASE("SCXML 6.3: cancelling comes too late for what has been delivered") {
  Playing p;
  p.play(R"(
  - {name: a, on_entry: [{send: e, after: 1s, id: x}], arcs: [{event: e, actions: [say, {cancel: x}]}]}
)",
         {{"", "a", ""}, {"+1s", "a", "a!e"}, {"+9s", "a", ""}});
}

TEST_CASE("after: a delay counts from entry, starts anew on re-entry, and ends with the state") {
  Playing p;
  p.play(R"(
  - name: a
    arcs: [{after: 5s, target: late}, {event: again, target: a}, {event: stay, actions: [say]}, {event: go, target: b}]
  - {name: b, arcs: [{event: back, target: a}]}
  - {name: late}
)",
         {{"", "a"},
          {"+4s", "a"},
          {"again", "a"},
          {"+4s", "a"},
          {"stay", "a"},
          {"go", "b"},
          {"+9s", "b"},
          {"back", "a"},
          {"+4s", "a"},
          {"+1s", "late"}});
}

TEST_CASE("after: an outer state's delay goes on while its inner states change; a condition may refuse it") {
  Playing p;
  p.play(R"(
  - name: a
    arcs: [{after: 3s, target: late}]
    states:
    - {name: a1, arcs: [{after: 1s, target: late, condition: '.never'}, {event: next, target: a2}]}
    - {name: a2}
  - {name: late}
)",
         {{"", "a a1"}, {"+2s", "a a1"}, {"next", "a a2"}, {"+1s", "late"}});
}

TEST_CASE("after: regions have delays of their own") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    states:
    - {name: left, states: [{name: l1, arcs: [{after: 2s, target: l2}]}, {name: l2}]}
    - {name: right, states: [{name: r1, arcs: [{after: 1s, target: r2}]}, {name: r2, arcs: [{after: 1s, target: r1}]}]}
)",
         {{"", "both left l1 right r1"}, {"+1s", "both left l1 right r2"}, {"+1s", "both left l2 right r1"}});
}

TEST_CASE(
    "SCXML 6.2: a delay and an id may be computed; cancel finds what has the same id, and no error else") {
  Playing p;
  const RunResult result =
      p.play(R"(
  - name: a
    on_entry:
    - {send: first, after: "${{ .wait }}", id: "order-${{ .n }}"}
    - {send: second, after: "${{ \"\\(.n)s\" }}", id: other}
    - {cancel: "order-${{ .n + 1 }}"}
    - {cancel: nothing}
    arcs: [{event: [first, second], actions: say}, {event: stop, actions: [{cancel: "order-${{ .n }}"}]}]
)",
             {{"", "a"}, {"+1", "a", ""}, {"stop", "a"}, {"+2", "a", "a!second"}, {"+9", "a", ""}},
             {{"wait", "2500ms"}, {"n", 3}});
  CHECK(result.error == "");
}

TEST_CASE("a delay that is none is a fault that names the event") {
  Playing p;
  const RunResult result =
      p.play("  - {name: a, on_entry: {send: late, after: '${{ .wait }}'}}\n", {{"", "."}}, {{"wait", 3}});
  CHECK(result.error ==
        "fsm.expression: the delay of 'late' is no duration; let it give a text with a unit, such as 250ms "
        "or 1.5s");
}
