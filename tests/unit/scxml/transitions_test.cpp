// SCXML 3.5, 3.13 and appendix D: which transitions are taken, and what they leave and enter.

#include "playing.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using nlohmann::json;

namespace {

// Everything notes its entry and exit.
const char* const three_deep = R"(
  - name: a
    on_entry: [enter]
    on_exit: [leave]
    arcs:
    - {event: external, target: a12}
    - {event: internal, target: a12, internal: true}
    - {event: self, target: a}
    - {event: self_internal, target: a, internal: true}
    - {event: nothing, actions: [say]}
    states:
    - name: a1
      on_entry: [enter]
      on_exit: [leave]
      arcs: [{event: sibling, target: a2}, {event: up, target: a, actions: [say]}]
      states:
      - {name: a11, on_entry: [enter], on_exit: [leave], arcs: [{event: far, target: b, actions: [say]}, {event: cousin, target: a2}]}
      - {name: a12, on_entry: [enter], on_exit: [leave]}
    - {name: a2, on_entry: [enter], on_exit: [leave], arcs: [{event: back, target: a11}]}
  - {name: b, on_entry: [enter], on_exit: [leave]}
)";

}  // namespace

TEST_CASE("SCXML 3.5.1: a targetless transition leaves and enters nothing") {
  Playing p;
  p.play(three_deep, {{"", "a a1 a11"}, {"nothing", "a a1 a11", "a!nothing"}});
}

TEST_CASE("SCXML 3.13: a transition that only names an event keeps it from the states around") {
  Playing p;
  p.play(R"(
  - name: outer
    arcs: [{event: '*', target: other}]
    states:
    - name: inner
      arcs: [{event: quiet}, {event: other.quiet, condition: 'false'}]
  - {name: other}
)",
         {{"", "outer inner"},
          {"quiet", "outer inner"},
          {"quiet.too", "outer inner"},
          {"other.quiet", "other"}});
}

TEST_CASE("SCXML 3.5, 3.13: an external transition to a descendant leaves its source") {
  Playing p;
  p.play(three_deep, {{"", "a a1 a11"}, {"external", "a a1 a12", "-a11 -a1 -a +a +a1 +a12"}});
}

TEST_CASE("SCXML 3.5, 3.13: an internal transition to a descendant does not") {
  Playing p;
  p.play(three_deep, {{"", "a a1 a11"}, {"internal", "a a1 a12", "-a11 -a1 +a1 +a12"}});
}

TEST_CASE(
    "SCXML 3.13: a transition to its own source leaves and enters it; internal changes nothing about that") {
  Playing p;
  p.play(three_deep, {{"", "a a1 a11"},
                      {"self", "a a1 a11", "-a11 -a1 -a +a +a1 +a11"},
                      {"self_internal", "a a1 a11", "-a11 -a1 -a +a +a1 +a11"}});
}

TEST_CASE("SCXML 3.13: internal counts for compound sources only") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    on_entry: [enter]
    on_exit: [leave]
    arcs: [{event: e, target: l2, internal: true}]
    states:
    - {name: left, states: [{name: l1}, {name: l2}]}
    - {name: right, states: [{name: r1}]}
)",
         {{"", "both left l1 right r1"}, {"e", "both left l2 right r1", "-both +both"}});
}

TEST_CASE("SCXML 3.13: the least common compound ancestor is neither left nor entered") {
  Playing p;
  p.play(three_deep, {{"", "a a1 a11"},
                      {"sibling", "a a2", "-a11 -a1 +a2"},
                      {"back", "a a1 a11", "-a2 +a1 +a11"},
                      {"cousin", "a a2", "-a11 -a1 +a2"}});
}

TEST_CASE("SCXML 3.13: to a proper ancestor: the ancestor itself is left and entered") {
  Playing p;
  p.play(three_deep, {{"", "a a1 a11"}, {"up", "a a1 a11", "-a11 -a1 -a a1!up +a +a1 +a11"}});
}

TEST_CASE("SCXML 3.13: exits come before the transition's content, which comes before entries") {
  Playing p;
  p.play(three_deep, {{"", "a a1 a11"}, {"far", "b", "-a11 -a1 -a a11!far +b"}});
}

TEST_CASE("SCXML 3.13: a parallel state is no least common ancestor: it is left with all its regions") {
  Playing p;
  p.play(R"(
  - name: around
    on_exit: [leave]
    states:
    - name: both
      type: parallel
      on_entry: [enter]
      on_exit: [leave]
      states:
      - {name: left, on_exit: [leave], states: [{name: l1, arcs: [{event: cross, target: r2}]}, {name: l2}]}
      - {name: right, on_exit: [leave], states: [{name: r1}, {name: r2}]}
)",
         {{"", "around both left l1 right r1"},
          {"cross", "around both left l1 right r2", "-right -left -both +both"}});
}

TEST_CASE("SCXML 3.5: several targets are states of several regions, the others start at their defaults") {
  Playing p;
  p.play(R"(
  - {name: a, arcs: [{event: e, target: [r2, l2]}]}
  - name: both
    type: parallel
    states:
    - {name: left, states: [{name: l1}, {name: l2, on_entry: [enter]}]}
    - {name: middle, initial: m2, states: [{name: m1}, {name: m2, on_entry: [enter]}]}
    - {name: right, states: [{name: r1}, {name: r2, on_entry: [enter]}]}
)",
         {{"", "a"}, {"e", "both left l2 middle m2 right r2", "+l2 +m2 +r2"}});
}

TEST_CASE("SCXML 3.13 selection: a descendant's transition comes before an ancestor's") {
  Playing p;
  p.play(R"(
  - name: a
    arcs: [{event: e, target: c}]
    states: [{name: a1, arcs: [{event: e, target: b, condition: '.inner'}]}]
  - {name: b, arcs: [{event: back, target: a, actions: [{jq: '.inner = false'}]}]}
  - {name: c}
)",
         {{"", "a a1"}, {"e", "b"}, {"back", "a a1"}, {"e", "c"}}, {{"inner", true}});
}

TEST_CASE("SCXML 3.13 selection: within a state the first in document order whose condition holds") {
  Playing p;
  p.play(R"(
  - {name: a, arcs: [{event: e, target: b, condition: '.x'}, {event: e, target: c}, {event: e, target: d}]}
  - {name: b}
  - {name: c}
  - {name: d}
)",
         {{"", "a"}, {"e", "c"}}, {{"x", false}});
}

TEST_CASE("the guides' priority sorts the arcs of one state, and no more than that") {
  Playing p;
  p.play(R"(
  - name: a
    arcs: [{event: e, target: d, priority: 100}]
    states:
    - {name: a1, arcs: [{event: e, target: b}, {event: e, target: c, priority: 2}, {event: e, target: b, priority: 2}]}
  - {name: b}
  - {name: c}
  - {name: d}
)",
         {{"", "a a1"}, {"e", "c"}});
}

TEST_CASE("SCXML 3.13 selection: an ancestor's transition is taken once for all its regions") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    arcs: [{event: e, actions: [say]}]
    states: [{name: left}, {name: right}]
)",
         {{"", "both left right"}, {"e", "both left right", "both!e"}});
}

TEST_CASE("SCXML 3.13 preemption: of two that leave the same state the first in document order is taken") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    states:
    - {name: left, states: [{name: l1, arcs: [{event: e, target: out, actions: [say]}, {event: f, target: l2}]}, {name: l2}]}
    - {name: right, states: [{name: r1, arcs: [{event: e, target: r2, actions: [say]}, {event: f, target: out2}]}, {name: r2}]}
  - {name: out, arcs: [{event: back, target: both}]}
  - {name: out2}
)",
         {{"", "both left l1 right r1"},
          {"e", "out", "l1!e"},
          {"back", "both left l1 right r1"},
          {"f", "both left l2 right r1"}});
}

TEST_CASE(
    "SCXML 3.13 preemption: a descendant's transition wins over an ancestor's that another region found") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    arcs: [{event: e, target: out}]
    states:
    - {name: left, states: [{name: l1}, {name: l2}]}
    - {name: right, states: [{name: r1, arcs: [{event: e, target: r2}]}, {name: r2}]}
  - {name: out}
)",
         {{"", "both left l1 right r1"}, {"e", "both left l1 right r2"}});
}

TEST_CASE("SCXML 3.13 preemption: targetless transitions preempt nothing and are not preempted") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    states:
    - {name: left, arcs: [{event: e, actions: [say]}]}
    - {name: right, arcs: [{event: e, target: out, actions: [say]}]}
  - {name: out}
)",
         {{"", "both left right"}, {"e", "out", "left!e right!e"}});
}

TEST_CASE("SCXML D: eventless transitions come first, then internal events, then external ones") {
  Playing p;
  p.play(R"(
  - name: a
    arcs:
    - {event: e, target: b, actions: [{send: outer}, {raise: inner}]}
  - {name: b, on_entry: [enter], arcs: [{target: c}, {event: inner, target: wrong}]}
  - {name: c, on_entry: [enter], arcs: [{event: outer, target: wrong}, {event: inner, target: d}]}
  - {name: d, on_entry: [enter], arcs: [{event: outer, target: e}]}
  - {name: e, on_entry: [enter]}
  - {name: wrong}
)",
         {{"", "a"}, {"e", "e", "+b +c +d +e"}});
}

TEST_CASE("SCXML D: a macrostep ends before the next external event is taken") {
  Playing p;
  p.play(R"(
  - {name: a, arcs: [{event: one, target: b, actions: [{send: two}]}]}
  - {name: b, on_entry: [{raise: r1}], arcs: [{event: r1, target: c, actions: [{raise: r2}]}, {event: two, target: wrong}]}
  - {name: c, arcs: [{event: r2, target: d}, {event: two, target: wrong}]}
  - {name: d, arcs: [{event: two, target: right}]}
  - {name: wrong}
  - {name: right}
)",
         {{"", "a"}, {"one", "right"}});
}

TEST_CASE("SCXML D: an event that enables nothing is dropped") {
  Playing p;
  p.play(R"(
  - {name: a, on_entry: [{raise: later}], arcs: [{event: e, target: b}]}
  - {name: b, arcs: [{event: later, target: wrong}]}
  - {name: wrong}
)",
         {{"", "a"}, {"unknown", "a", ""}, {"e", "b"}});
}

TEST_CASE("SCXML D: the conditions of one microstep see the configuration before it") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    states:
    - {name: left, states: [{name: l1, arcs: [{event: e, target: l2, condition: {in: r1}}]}, {name: l2}]}
    - {name: right, states: [{name: r1, arcs: [{event: e, target: r2, condition: {in: l1}}]}, {name: r2}]}
)",
         {{"", "both left l1 right r1"}, {"e", "both left l2 right r2"}});
}

TEST_CASE("SCXML D: an eventless transition in one region may wait for another region") {
  Playing p;
  p.play(R"(
  - name: both
    type: parallel
    states:
    - {name: left, states: [{name: l1, arcs: [{target: l2, condition: {in: r2}}]}, {name: l2}]}
    - {name: right, states: [{name: r1, arcs: [{event: e, target: r2}]}, {name: r2}]}
)",
         {{"", "both left l1 right r1"}, {"e", "both left l2 right r2"}});
}

TEST_CASE("SCXML 5.9.1: In holds for every active state, and for no other") {
  Playing p;
  p.functions.guard("in_left",
                    [](const Context& c) { return c.in("l1") && c.in("main.both") && !c.in("l2"); });
  p.play(R"(
  - name: both
    type: parallel
    states:
    - {name: left, states: [{name: l1}, {name: l2}]}
    - name: right
      arcs:
      - {event: e, target: no1, condition: {in: l2}}
      - {event: e, target: no2, condition: {all: [{in: both}, {in: l2}]}}
      - {event: e, target: no3, condition: {not: {any: [{in: l1}, {in: l2}]}}}
      - {event: e, target: good, condition: {all: [in_left, {in: both}, {in: left}, {in: l1}, {not: {in: good}}]}}
  - {name: no1}
  - {name: no2}
  - {name: no3}
  - {name: good}
)",
         {{"", "both left l1 right"}, {"e", "good"}});
}
