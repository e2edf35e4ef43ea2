// SCXML 3.3 to 3.9: states, where they start and end, what runs on the way in and out.

#include "playing.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using nlohmann::json;

TEST_CASE("SCXML 3.2: without initial, the first state in document order is entered") {
  Playing p;
  const Machine machine = p.load(R"(
networks:
- name: main
  states:
  - {name: first}
  - {name: second, arcs: [{event: x, target: first}]}
)");
  CHECK(machine.start({}).configuration() == Names{"first"});
}

TEST_CASE("SCXML 3.2: initial of a network may lie deep inside and may be several states") {
  Playing p;
  const Machine machine = p.load(R"(
networks:
- name: main
  initial: [l2, r2]
  states:
  - {name: other}
  - name: both
    type: parallel
    states:
    - {name: left, initial: l1, states: [{name: l1}, {name: l2}]}
    - {name: right, initial: r1, states: [{name: r1}, {name: r2, arcs: [{event: x, target: other}]}]}
)");
  CHECK(machine.start({}).configuration() == Names{"both", "left", "l2", "right", "r2"});
}

TEST_CASE(
    "SCXML 3.2, 3.3, 3.5: several states may stand with spaces between them; a name may have spaces, too") {
  Playing p;
  p.play(
      R"(
  - name: idle
    arcs: [{event: go, target: l2  r2}, {event: odd, target: three words}]
  - name: both
    type: parallel
    states:
    - {name: left, initial: l1, states: [{name: l1}, {name: l2}]}
    - {name: right, initial: r1, states: [{name: r1}, {name: r2, arcs: [{event: far, target: around}]}]}
  - name: around
    initial: x2 y2
    states:
    - name: inside
      type: parallel
      states:
      - {name: left_x, states: [{name: x1}, {name: x2}]}
      - {name: right_y, states: [{name: y1}, {name: y2, arcs: [{event: odd, target: three words}]}]}
  - name: three words
    states: [{name: end of it, type: final}]
    arcs: [{event: done.state.three words, target: idle}]
)",
      {{"", "idle"},
       {"go", "both left l2 right r2"},
       {"far", "around inside left_x x2 right_y y2"},
       {"odd", "idle"}});
}

TEST_CASE("SCXML 3.3.1: initial names the default child; without it, it is the first in document order") {
  Playing p;
  p.play(R"(
  - name: a
    states: [{name: a1, states: [{name: a11}, {name: a12}]}, {name: a2}]
    arcs: [{event: go, target: b}]
  - {name: b, initial: b2, states: [{name: b1}, {name: b2}]}
)",
         {{"", "a a1 a11"}, {"go", "b b2"}});
}

TEST_CASE("SCXML 3.3.1, 3.6: initial may be any descendant, with all that is between") {
  Playing p;
  p.play(R"(
  - {name: start, arcs: [{event: go, target: a}]}
  - name: a
    initial: a22
    on_entry: [enter]
    states:
    - {name: a1, on_entry: [enter]}
    - {name: a2, on_entry: [enter], states: [{name: a21, on_entry: [enter]}, {name: a22, on_entry: [enter]}]}
)",
         {{"", "start"}, {"go", "a a2 a22", "+a +a2 +a22"}});
}

TEST_CASE("SCXML 3.3.1, 3.6: initial may be states of several regions") {
  Playing p;
  p.play(R"(
  - name: a
    initial: [l2, r2]
    states:
    - name: both
      type: parallel
      states:
      - {name: left, states: [{name: l1}, {name: l2}]}
      - {name: middle, states: [{name: m1}, {name: m2}]}
      - {name: right, states: [{name: r1}, {name: r2}]}
    arcs: [{event: x, target: a}]
)",
         {{"", "a both left l2 middle m1 right r2"}});
}

TEST_CASE("SCXML 3.3.1: a target that is not atomic is entered with its default descendants") {
  Playing p;
  p.play(R"(
  - {name: start, arcs: [{event: go, target: a}, {event: deep, target: a2}]}
  - name: a
    initial: a1
    states:
    - {name: a1, initial: a12, states: [{name: a11}, {name: a12}]}
    - {name: a2, states: [{name: a21}, {name: a22}]}
    arcs: [{event: back, target: start}]
)",
         {{"", "start"}, {"go", "a a1 a12"}, {"back", "start"}, {"deep", "a a2 a21"}});
}

TEST_CASE("SCXML 3.4: entering a parallel state enters all its regions, leaving it leaves them all") {
  Playing p;
  const char* const chart = R"(
  - {name: start, arcs: [{event: go, target: both}, {event: aim, target: r2}]}
  - name: both
    type: parallel
    on_entry: [enter]
    on_exit: [leave]
    states:
    - name: left
      on_entry: [enter]
      on_exit: [leave]
      states: [{name: l1, on_entry: [enter], on_exit: [leave], arcs: [{event: out, target: start}]}]
    - name: right
      on_entry: [enter]
      on_exit: [leave]
      states:
      - {name: r1, on_entry: [enter], on_exit: [leave]}
      - {name: r2, on_entry: [enter], on_exit: [leave]}
)";
  p.play(chart, {{"", "start"},
                 {"go", "both left l1 right r1", "+both +left +l1 +right +r1"},
                 {"out", "start", "-r1 -right -l1 -left -both"},
                 {"aim", "both left l1 right r2", "+both +left +l1 +right +r2"}});
}

TEST_CASE("SCXML 3.4: regions take the same event independently, in document order") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    states:
    - name: left
      states:
      - {name: l1, on_exit: [leave], arcs: [{event: e, target: l2, actions: [say]}]}
      - {name: l2, on_entry: [enter]}
    - name: right
      states:
      - {name: r1, on_exit: [leave], arcs: [{event: e, target: r2, actions: [say]}]}
      - {name: r2, on_entry: [enter]}
)",
         {{"", "both left l1 right r1"}, {"e", "both left l2 right r2", "-r1 -l1 l1!e r1!e +l2 +r2"}});
}

TEST_CASE("SCXML 3.7: what has ended tells the final state it ended in; what has failed is nowhere") {
  Playing p;
  const Machine machine = p.chart(R"(
  - {name: a, arcs: [{event: good, target: b}, {event: poor, target: c}, {event: bad, actions: [boom], target: b}]}
  - {name: b, type: final}
  - {name: c, type: final, success: false}
)");
  const auto after = [&](const char* event) {
    Execution run = machine.start({});
    run.send(event);
    CHECK(run.finished());
    CHECK(run.snapshot().stack.empty());
    return run.configuration();
  };
  CHECK(after("good") == Names{"b"});
  CHECK(after("poor") == Names{"c"});
  CHECK(after("bad").empty());
  Execution cancelled = machine.start({});
  cancelled.cancel();
  CHECK(cancelled.configuration().empty());
}

TEST_CASE("SCXML 3.4, 3.7: done.state of a parallel state follows that of its last region") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    arcs:
    - {event: done.state.left, actions: [say]}
    - {event: done.state.right, actions: [say]}
    - {event: done.state.both, target: next, actions: [say]}
    states:
    - {name: left, states: [{name: l1, arcs: [{event: l, target: lf}]}, {name: lf, type: final}]}
    - {name: right, states: [{name: r1, arcs: [{event: r, target: rf}]}, {name: rf, type: final}]}
  - {name: next}
)",
         {{"", "both left l1 right r1"},
          {"l", "both left lf right r1", "both!done.state.left"},
          {"r", "next", "both!done.state.right both!done.state.both"}});
}

TEST_CASE("SCXML 3.4: both regions may finish at once; done.state of the parallel state comes once") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    arcs: [{event: done.state, actions: [say]}]
    states:
    - {name: left, states: [{name: l1, arcs: [{event: e, target: lf}]}, {name: lf, type: final}]}
    - {name: right, states: [{name: r1, arcs: [{event: e, target: rf}]}, {name: rf, type: final}]}
)",
         {{"", "both left l1 right r1"},
          {"e", "both left lf right rf", "both!done.state.left both!done.state.right both!done.state.both"}});
}

TEST_CASE("SCXML 3.4: a parallel region of a parallel state is finished when its regions are") {
  Playing p;
  p.play(R"(
  - name: outer
    type: parallel
    arcs: [{event: done.state.outer, target: next}]
    states:
    - name: inner
      type: parallel
      states:
      - {name: a, states: [{name: a1, arcs: [{event: a, target: af}]}, {name: af, type: final}]}
      - {name: b, states: [{name: b1, arcs: [{event: b, target: bf}]}, {name: bf, type: final}]}
    - {name: c, states: [{name: c1, arcs: [{event: c, target: cf}]}, {name: cf, type: final}]}
  - {name: next}
)",
         {{"", "outer inner a a1 b b1 c c1"},
          {"c", "outer inner a a1 b b1 c cf"},
          {"a", "outer inner a af b b1 c cf"},
          {"b", "next"}});
}

TEST_CASE("SCXML 3.7: entering a final child raises done.state of its parent, after its on_entry") {
  Playing p;
  p.play(R"(
  - name: a
    arcs: [{event: done.state.a, target: b, actions: [say]}, {event: own, actions: [say]}]
    states:
    - {name: a1, arcs: [{event: go, target: af}]}
    - {name: af, type: final, on_entry: [enter, {raise: own}], on_exit: [leave]}
  - {name: b}
)",
         {{"", "a a1"}, {"go", "b", "+af a!own -af a!done.state.a"}});
}

TEST_CASE("SCXML 3.7: a final child of the chart ends it; every active state is left, inner first") {
  Playing p;
  const RunResult result =
      p.play(R"(
  - name: both
    type: parallel
    on_exit: [leave]
    states:
    - {name: left, on_exit: [leave], states: [{name: l1, on_exit: [leave], arcs: [{event: end, target: fin}]}]}
    - {name: right, on_exit: [leave], states: [{name: r1, on_exit: [leave]}]}
  - {name: fin, type: final, on_entry: [enter, {raise: never}], on_exit: [leave]}
)",
             {{"", "both left l1 right r1"}, {"end", ".", "-r1 -right -l1 -left -both +fin -fin"}});
  CHECK(result.success);
  CHECK(result.final_state == "fin");
}

TEST_CASE("SCXML 3.8, 3.9: several things run on entry and exit in the order of the document") {
  Playing p;
  p.play(R"(
  - {name: a, on_entry: [enter, say, {raise: x}], on_exit: [say, leave], arcs: [{event: go, target: b}, {event: x, actions: [say]}]}
  - {name: b}
)",
         {{"", "a", "+a a! a!x"}, {"go", "b", "a!go -a"}});
}

TEST_CASE(
    "SCXML 3.8: on_entry of a state runs before that of its children, and before any arc is looked at") {
  Playing p;
  const RunResult result = p.play(R"(
  - name: a
    on_entry: [{jq: '.n = 1'}]
    arcs: [{target: wrong, condition: '.n == 1'}]
    states: [{name: a1, on_entry: [{jq: '.n = .n + 1'}], arcs: [{target: right, condition: '.n == 2'}]}]
  - {name: wrong, type: final, success: false}
  - {name: right, type: final}
)",
                                  {{"", "."}});
  CHECK(result.final_state == "right");
}

TEST_CASE("SCXML 3.10: history without one goes to its default, else to what was active") {
  Playing p;
  p.play(R"(
  - {name: away, arcs: [{event: shallow, target: hs}, {event: deep, target: hd}, {event: plain, target: work}]}
  - name: work
    initial: a
    arcs: [{event: leave, target: away}, {event: jump, target: b2}]
    states:
    - {name: hs, type: history, initial: b}
    - {name: hd, type: history, deep: true, initial: b2}
    - {name: a}
    - {name: b, initial: b1, states: [{name: b1}, {name: b2}]}
)",
         {{"", "away"},
          {"shallow", "work b b1"},
          {"jump", "work b b2"},
          {"leave", "away"},
          {"shallow", "work b b1"},
          {"jump", "work b b2"},
          {"leave", "away"},
          {"deep", "work b b2"},
          {"leave", "away"},
          {"plain", "work a"},
          {"leave", "away"},
          {"deep", "work a"}});
}

TEST_CASE("SCXML 3.10: what is remembered is what was active when the state was last left") {
  Playing p;
  p.play(R"(
  - name: work
    arcs: [{event: leave, target: away}]
    states:
    - {name: h, type: history, initial: a}
    - {name: a, arcs: [{event: next, target: b}]}
    - {name: b, arcs: [{event: next, target: c}]}
    - {name: c}
  - {name: away, arcs: [{event: back, target: h}]}
)",
         {{"", "work a"},
          {"next", "work b"},
          {"leave", "away"},
          {"back", "work b"},
          {"next", "work c"},
          {"leave", "away"},
          {"back", "work c"}});
}

TEST_CASE("SCXML 3.10: the history of a parallel state remembers every region") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    arcs: [{event: leave, target: away}]
    states:
    - {name: h, type: history, deep: true, initial: [l1, r1]}
    - {name: left, states: [{name: l1, arcs: [{event: l, target: l2}]}, {name: l2}]}
    - {name: right, states: [{name: r1, arcs: [{event: r, target: r2}]}, {name: r2}]}
  - {name: away, arcs: [{event: back, target: h}]}
)",
         {{"", "both left l1 right r1"},
          {"r", "both left l1 right r2"},
          {"leave", "away"},
          {"back", "both left l1 right r2"},
          {"l", "both left l2 right r2"},
          {"leave", "away"},
          {"back", "both left l2 right r2"}});
}

TEST_CASE("SCXML 3.10: a region with a history beside others: theirs start at their defaults") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    arcs: [{event: leave, target: away}]
    states:
    - name: left
      states: [{name: h, type: history}, {name: l1, arcs: [{event: e, target: l2}]}, {name: l2}]
    - {name: right, states: [{name: r1, arcs: [{event: e, target: r2}]}, {name: r2}]}
  - {name: away, arcs: [{event: back, target: h}]}
)",
         {{"", "both left l1 right r1"},
          {"e", "both left l2 right r2"},
          {"leave", "away"},
          {"back", "both left l2 right r1"}});
}

TEST_CASE("SCXML 3.10: a history that is asked for from inside enters nothing that is active") {
  Playing p;
  p.play(R"(
  - name: outer
    on_entry: [enter]
    on_exit: [leave]
    arcs: [{event: leave, target: away}]
    states:
    - {name: h, type: history, deep: true, initial: i1}
    - name: inner
      on_entry: [enter]
      on_exit: [leave]
      states:
      - {name: i1, on_entry: [enter], on_exit: [leave], arcs: [{event: next, target: i2}]}
      - {name: i2, on_entry: [enter], on_exit: [leave], arcs: [{event: h, target: h}]}
      - {name: i3, arcs: [{event: h, target: h}]}
  - {name: away, arcs: [{event: back, target: i3}]}
)",
         {{"", "outer inner i1"},
          {"leave", "away"},
          {"back", "outer inner i3"},
          {"h", "outer inner i1", "+i1"},
          {"next", "outer inner i2", "-i1 +i2"},
          {"h", "outer inner i1", "-i2 +i1"}});
}

TEST_CASE("SCXML 3.10.2: what the default arc of a history does runs after on_entry of its parent") {
  Playing p;
  const char* const chart = R"(
  - {name: away, arcs: [{event: in, target: h}]}
  - name: work
    on_entry: [enter]
    arcs: [{event: leave, target: away}]
    states:
    - {name: h, type: history, arcs: [{target: b, actions: [say]}]}
    - {name: a, on_entry: [enter]}
    - {name: b, on_entry: [enter]}
)";
  p.play(
      chart,
      {{"", "away"}, {"in", "work b", "+work work!in +b"}, {"leave", "away"}, {"in", "work b", "+work +b"}});
}

TEST_CASE(
    "SCXML 3.10, 3.6: a history without a default enters its parent by default, with the actions of that") {
  Playing test;
  test.play(
      R"(
  - name: away
    arcs: [{event: shallow, target: h}, {event: deep, target: d}, {event: own, target: o}]
  - name: work
    initial: {target: b, actions: [say]}
    on_entry: [enter]
    arcs: [{event: leave, target: away}]
    states:
    - {name: h, type: history}
    - {name: d, type: history, deep: true}
    - {name: o, type: history, initial: a}
    - {name: a, on_entry: [enter]}
    - {name: b, on_entry: [enter]}
)",
      {{"", "away", ""}, {"shallow", "work b", "+work work!shallow +b"}, {"leave", "away"}});
  const char* const rest =
      R"(
  - {name: away, arcs: [{event: deep, target: d}, {event: own, target: o}]}
  - name: work
    initial: {target: b, actions: [say]}
    on_entry: [enter]
    arcs: [{event: leave, target: away}]
    states:
    - {name: d, type: history, deep: true}
    - {name: o, type: history, initial: a}
    - {name: a, on_entry: [enter]}
    - {name: b, on_entry: [enter]}
)";
  test.play(rest, {{"", "away", ""},
                   {"deep", "work b", "+work work!deep +b"},
                   {"leave", "away"},
                   {"deep", "work b", "+work +b"}});  // now there is something to remember
  test.play(rest, {{"", "away", ""}, {"own", "work a", "+work +a"}});
}

TEST_CASE("SCXML 3.10: a history without a default stands for what its parent starts with") {
  Playing p;
  p.play(R"(
  - {name: away, arcs: [{event: shallow, target: h}, {event: own, target: oh}, {event: all, target: ph}]}
  - {name: work, initial: b, arcs: [{event: leave, target: away}], states: [{name: h, type: history}, {name: a}, {name: b}]}
  - {name: own, initial: oh, states: [{name: oh, type: history}, {name: o1, arcs: [{event: leave, target: away}]}, {name: o2}]}
  - name: both
    type: parallel
    states: [{name: ph, type: history}, {name: left, states: [{name: l1}]}, {name: right}]
)",
         {{"", "away"},
          {"shallow", "work b"},
          {"leave", "away"},
          {"own", "own o1"},
          {"leave", "away"},
          {"all", "both left l1 right"}});
}

TEST_CASE("SCXML 3.2: a chart that nothing happens in waits in its initial state; a run to the end says so") {
  Playing p;
  const Machine machine = p.chart("  - {name: a, timeout: 5s, states: [{name: b}]}\n");
  Execution run = machine.start({});
  CHECK(run.configuration() == Names{"a", "b"});
  CHECK_FALSE(run.finished());
  run.send("x");
  CHECK(run.configuration() == Names{"a", "b"});
  p.clock->advance(std::chrono::seconds(5));
  CHECK(run.advance());
  CHECK(run.result().code == errc::fsm_deadline);
  CHECK(p.chart("  - {name: a}\n").run({}).error ==
        "fsm.no_transition: the state 'main.a' is not final and has no arc; add an arc or make the state "
        "final");
}

TEST_CASE("an invariant is looked at whenever the machine waits in the state") {
  Playing p;
  const Machine machine = p.chart(R"(
  - name: a
    contract: {invariant: ['.total >= 0']}
    catch: [{errors: [fsm.contract], target: broken, into: .why}]
    states: [{name: a1, arcs: [{event: take, actions: [{jq: '.total -= 2'}]}]}]
  - {name: broken}
)");
  Execution run = machine.start({{"total", 3}});
  run.send("take");
  CHECK(run.configuration() == Names{"a", "a1"});
  run.send("take");
  CHECK(run.configuration() == Names{"broken"});
  CHECK(run.result().data["why"]["message"] ==
        "the state 'main.a' must keep '.total >= 0', which does not hold");
}

TEST_CASE("SCXML 3.3.2: actions of initial run where it is the default, and nowhere else") {
  Playing p;
  const char* const states = R"(
  - {name: idle, arcs: [{event: default, target: a}, {event: direct, target: a2}]}
  - name: a
    on_entry: enter
    resources: [db]
    initial: {target: a1, actions: [say, leases]}
    arcs: [{event: back, target: idle}]
    states:
    - {name: a1, on_entry: enter}
    - {name: a2, on_entry: enter}
)";
  p.thing("db");
  p.play(states, {{"", "idle"},
                  {"default", "a a1", "+a a!default a:db +a1"},
                  {"back", "idle", ""},
                  {"direct", "a a2", "+a +a2"}});
}

TEST_CASE("SCXML 3.3.2, 3.10: actions of initial come before those of a history that it leads to") {
  Playing p;
  const char* const states = R"(
  - name: a
    initial: {target: h, actions: [{jq: '.order += ["initial"]'}]}
    on_entry: {jq: '.order += ["entry"]'}
    arcs: [{event: next, target: b}]
    states:
    - {name: h, type: history, initial: {target: a2, actions: [{jq: '.order += ["history"]'}]}}
    - {name: a1}
    - {name: a2, on_entry: {jq: '.order += ["a2"]'}}
  - {name: b, arcs: [{event: next, target: a}]}
)";
  const RunResult result =
      p.play(states, {{"", "a a2"}, {"next", "b"}, {"next", "a a2"}}, {{"order", json::array()}});
  CHECK(result.data["order"] == json({"entry", "initial", "history", "a2", "entry", "initial", "a2"}));
}

TEST_CASE("SCXML 3.3.2: an action of initial that fails ends the list, or goes to the state's catch") {
  Playing p;
  p.play(R"(
  - name: a
    initial: {target: a1, actions: [say, unreachable, say]}
    arcs: [{event: error.http, actions: [say]}]
    states: [{name: a1, on_entry: enter}]
)",
         {{"", "a a1", "a! +a1 a!error.http.unreachable"}});
  p.play(R"(
  - name: a
    on_exit: leave
    initial: {target: a1, actions: [unreachable]}
    catch: [{errors: [http], target: b}]
    states: [{name: a1, on_entry: enter}]
  - {name: b}
)",
         {{"", "b", "-a"}});
}

TEST_CASE("SCXML 3.7, 5.5: the data of a final state are computed when it is entered, after its functions") {
  Playing p;
  const RunResult result = p.play(R"(
  - name: a
    arcs: [{event: done.state.a, target: b, actions: [{jq: '{got: $event.data}'}]}]
    states:
    - {name: a1, arcs: [{event: go, target: a2}]}
    - {name: a2, type: final, on_entry: {jq: '.n = 2'}, functions: {transform: {jq: '.n += 1'}}, data: {n: "${{ .n }}", of: "${{ $event.name }}"}}
  - {name: b}
)",
                                  {{"", "a a1"}, {"go", "b"}});
  CHECK(result.data == json({{"got", {{"n", 3}, {"of", "go"}}}}));
}
