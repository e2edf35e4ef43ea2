// Tests of the W3C SCXML implementation report that do not need a data language, told in YAML: each ends in
// the final state "pass". Numbers are those of the report.

#include "playing.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;

namespace {

struct Assertion {
  const char* test;
  const char* rule;  // section and what it says
  const char* states;
};

const char* const ends = R"(
  - {name: pass, type: final}
  - {name: fail, type: final, success: false}
)";

const Assertion assertions[] = {
    {"144", "4.2: raised events are appended to the internal queue in order", R"(
  - {name: s0, on_entry: [{raise: foo}, {raise: bar}], arcs: [{event: foo, target: s1}, {event: '*', target: fail}]}
  - {name: s1, arcs: [{event: bar, target: pass}, {event: '*', target: fail}]}
)"},
    {"147", "4.3: the first arc whose condition holds is taken (if)", R"(
  - name: s0
    on_entry: [{jq: '.v1 = 0'}]
    arcs:
    - {target: fail, condition: 'false'}
    - {target: s1, condition: 'true', actions: [{raise: bar}, {jq: '.v1 += 1'}]}
    - {target: fail, actions: [{raise: baz}]}
  - {name: s1, arcs: [{event: bar, condition: '.v1 == 1', target: pass}, {event: '*', target: fail}]}
)"},
    {"148", "4.3: without one, the arc without condition is taken (else)", R"(
  - name: s0
    on_entry: [{jq: '.v1 = 0'}]
    arcs:
    - {target: fail, condition: 'false'}
    - {target: fail, condition: 'false'}
    - {target: s1, actions: [{raise: baz}, {jq: '.v1 += 1'}]}
  - {name: s1, arcs: [{event: baz, condition: '.v1 == 1', target: pass}, {event: '*', target: fail}]}
)"},
    {"149", "4.3: neither: nothing is done", R"(
  - name: s0
    on_entry: [{jq: '.v1 = 0'}, {raise: bat}]
    arcs:
    - {event: bat, condition: '.v1 != 0', target: fail}
    - {event: bat, condition: '.v1 == 0', target: pass}
    - {event: '*', target: fail}
)"},
    {"158", "4: executable content runs in document order", R"(
  - {name: s0, on_entry: [{raise: event1}, {raise: event2}], arcs: [{event: event1, target: s1}, {event: '*', target: fail}]}
  - {name: s1, arcs: [{event: event2, target: pass}, {event: '*', target: fail}]}
)"},
    {"159", "4: an error ends the block it happens in", R"(
  - {name: s0, on_entry: [unreachable, {jq: '.v1 = 1'}], arcs: [{event: error, condition: '.v1 == 1', target: fail}, {event: error, target: pass}]}
)"},
    {"175", "6.2.4: a delay is kept to", R"(
  - {name: s0, on_entry: [{send: event2, after: 1s}, {send: event1, after: 500ms}], arcs: [{event: event1, target: s1}, {event: event2, target: fail}]}
  - {name: s1, arcs: [{event: event2, target: pass}, {event: '*', target: fail}]}
)"},
    {"185", "6.2: events with a delay come later than those without", R"(
  - {name: s0, on_entry: [{send: event2, after: 1s}, {send: event1}], arcs: [{event: event1, target: s1}, {event: '*', target: fail}]}
  - {name: s1, arcs: [{event: event2, target: pass}, {event: '*', target: fail}]}
)"},
    {"186", "6.2: the arguments of a send are evaluated when it is executed", R"(
  - {name: s0, on_entry: [{jq: '.v1 = 1'}, {send: event1, after: 1s, data: {aParam: '${{ .v1 }}'}}, {jq: '.v1 = 2'}], arcs: [{event: event1, target: s1, actions: [{jq: '.v2 = $event.data.aParam'}]}, {event: '*', target: fail}]}
  - {name: s1, arcs: [{condition: '.v2 == 1', target: pass}, {target: fail}]}
)"},
    {"189", "6.2: the internal queue comes before the external one", R"(
  - {name: s0, on_entry: [{send: event2}, {raise: event1}], arcs: [{event: event1, target: pass}, {event: event2, target: fail}]}
)"},
    {"198", "6.2: a delayed send to oneself comes as an external event", R"(
  - {name: s0, on_entry: [{send: timeout, after: 5s}, {send: event1}], arcs: [{event: event1, target: pass}, {event: '*', target: fail}]}
)"},
    {"208", "6.3: cancel by id", R"(
  - {name: s0, on_entry: [{send: event1, after: 1s, id: foo}, {send: event2, after: 1500ms}, {cancel: foo}], arcs: [{event: event2, target: pass}, {event: '*', target: fail}]}
)"},
    {"294", "5.5: the data of a final state are those of done.state", R"(
  - name: s0
    arcs: [{event: done.state.s0, condition: '$event.data.Var1 == 1', target: s1}, {event: '*', target: fail}]
    states: [{name: s01, arcs: [{target: s02}]}, {name: s02, type: final, data: {Var1: 1}}]
  - name: s1
    arcs: [{event: done.state.s1, condition: '$event.data == "foo"', target: pass}, {event: '*', target: fail}]
    states: [{name: s11, arcs: [{target: s12}]}, {name: s12, type: final, data: foo}]
)"},
    {"298", "5.7: data that cannot be computed are an error", R"(
  - name: s0
    arcs: [{event: error.execution, target: pass}, {event: '*', target: fail}]
    states: [{name: s01, arcs: [{target: s02}]}, {name: s02, type: final, data: '${{ .input.none }}'}]
)"},
    {"343", "5.7: and done.state comes after it, without data", R"(
  - name: s0
    arcs: [{event: error.execution, target: s1}, {event: done.state.s0, target: fail}]
    states: [{name: s01, arcs: [{target: s02}]}, {name: s02, type: final, data: {someParam: '${{ .input.none }}'}}]
  - {name: s1, arcs: [{event: done.state.s0, condition: '$event.data == null', target: pass}, {event: '*', target: fail}]}
)"},
    {"355", "3.2: the default initial state is the first in document order", R"(
  - {name: s0, arcs: [{target: pass}]}
  - {name: s1, arcs: [{target: fail}]}
)"},
    {"364", "3.3: initial states: by the attribute, by the element, by document order", R"(
  - name: s1
    initial: [s11p112, s11p122]
    arcs: [{event: timeout, target: fail}]
    on_entry: [{send: timeout, after: 1s}]
    states:
    - name: s11
      states: [{name: s111}, {name: s112}]
    - name: s11p1
      type: parallel
      states:
      - {name: s11p11, initial: s11p111, states: [{name: s11p111}, {name: s11p112, on_entry: [{raise: in_s11p112}]}]}
      - {name: s11p12, initial: s11p121, states: [{name: s11p121}, {name: s11p122, arcs: [{event: in_s11p112, target: s2}]}]}
  - name: s2
    initial: s21p112
    arcs: [{event: timeout, target: fail}]
    states:
    - name: s21
      states:
      - {name: s21p111, arcs: [{target: fail}]}
      - {name: s21p112, arcs: [{target: s3}]}
  - name: s3
    arcs: [{target: fail}]
    states: [{name: s31, states: [{name: s311, states: [{name: s3111, arcs: [{target: pass}]}, {name: s3112}]}, {name: s312}]}, {name: s32}]
)"},
    {"372", "3.7: done.state is raised after on_entry of the final state and before its exit", R"(
  - name: s0
    initial: s0final
    on_entry: [{jq: '.v1 = 1'}, {send: timeout, after: 1s}]
    arcs: [{event: done.state.s0, condition: '.v1 == 2', target: pass}, {event: '*', target: fail}]
    states:
    - {name: s0final, type: final, on_entry: [{jq: '.v1 = 2'}], on_exit: [{jq: '.v1 = 3'}]}
)"},
    {"375", "3.8: on_entry runs in document order", R"(
  - {name: s0, on_entry: [{raise: event1}, {raise: event2}], arcs: [{event: event1, target: s1}, {event: '*', target: fail}]}
  - {name: s1, arcs: [{event: event2, target: pass}, {event: '*', target: fail}]}
)"},
    {"377", "3.9: on_exit runs in document order", R"(
  - {name: s0, on_exit: [{raise: event1}, {raise: event2}], arcs: [{target: s1}]}
  - {name: s1, arcs: [{event: event1, target: s2}, {event: '*', target: fail}]}
  - {name: s2, arcs: [{event: event2, target: pass}, {event: '*', target: fail}]}
)"},
    {"387", "3.10: default histories, shallow and deep", R"(
  - {name: start, arcs: [{target: s3}]}
  - name: s0
    initial: s01
    arcs: [{event: enteringS011, target: s4}, {event: '*', target: fail}]
    states:
    - {name: s0HistShallow, type: history, initial: s01}
    - {name: s0HistDeep, type: history, deep: true, initial: s022}
    - name: s01
      initial: s011
      states:
      - {name: s011, on_entry: [{raise: enteringS011}]}
      - {name: s012, on_entry: [{raise: enteringS012}]}
    - name: s02
      initial: s021
      states:
      - {name: s021, on_entry: [{raise: enteringS021}]}
      - {name: s022, on_entry: [{raise: enteringS022}]}
  - name: s1
    initial: s11
    arcs: [{event: enteringS122, target: pass}, {event: '*', target: fail}]
    states:
    - {name: s1HistShallow, type: history, initial: s11}
    - {name: s1HistDeep, type: history, deep: true, initial: s122}
    - {name: s11, states: [{name: s111, on_entry: [{raise: enteringS111}]}, {name: s112, on_entry: [{raise: enteringS112}]}]}
    - {name: s12, states: [{name: s121, on_entry: [{raise: enteringS121}]}, {name: s122, on_entry: [{raise: enteringS122}]}]}
  - {name: s3, on_entry: [{send: timeout, after: 1s}], arcs: [{target: s0HistShallow}]}
  - {name: s4, arcs: [{target: s1HistDeep}]}
)"},
    {"388", "3.10: histories remember", R"(
  - {name: start, on_entry: [{jq: '.v1 = 0'}], arcs: [{target: s012}]}
  - name: s0
    initial: s01
    on_entry: [{jq: '.v1 += 1'}]
    arcs:
    - {event: entering.s012, condition: '.v1 == 1', target: s1, actions: [{send: timeout, after: 2s}]}
    - {event: entering.s012, condition: '.v1 == 2', target: s2}
    - {event: entering, condition: '.v1 == 2', target: fail}
    - {event: entering.s011, condition: '.v1 == 3', target: pass}
    - {event: '*', condition: '.v1 == 3', target: fail}
    states:
    - {name: s0HistShallow, type: history, initial: s02}
    - {name: s0HistDeep, type: history, deep: true, initial: s022}
    - {name: s01, initial: s011, states: [{name: s011, on_entry: [{raise: entering.s011}]}, {name: s012, on_entry: [{raise: entering.s012}]}]}
    - {name: s02, initial: s021, states: [{name: s021, on_entry: [{raise: entering.s021}]}, {name: s022, on_entry: [{raise: entering.s022}]}]}
  - {name: s1, arcs: [{target: s0HistDeep}]}
  - {name: s2, arcs: [{target: s0HistShallow}]}
)"},
    {"396", "3.12.1: the event's name as it was raised is matched", R"(
  - {name: s0, on_entry: [{raise: foo}], arcs: [{event: foo, condition: '$event.name == "foo"', target: pass}, {event: '*', target: fail}]}
)"},
    {"399", "3.12.1: several descriptors, prefixes, whole tokens, .* and *", R"(
  - name: s0
    initial: s01
    on_entry: [{send: timeout, after: 2s}]
    arcs: [{event: timeout, target: fail}]
    states:
    - {name: s01, on_entry: [{raise: foo}], arcs: [{event: [foo, bar], target: s02}]}
    - {name: s02, on_entry: [{raise: bar}], arcs: [{event: [foo, bar], target: s03}]}
    - {name: s03, on_entry: [{raise: foo.zoo}], arcs: [{event: [foo, bar], target: s04}]}
    - {name: s04, on_entry: [{raise: foos}], arcs: [{event: foo, target: fail}, {event: foos, target: s05}]}
    - {name: s05, on_entry: [{raise: foo.zoo}], arcs: [{event: 'foo.*', target: s06}]}
    - {name: s06, on_entry: [{raise: foo}], arcs: [{event: '*', target: pass}]}
)"},
    {"401", "3.12.1: errors go to the internal queue", R"(
  - {name: s0, on_entry: [{send: foo}, unreachable], arcs: [{event: foo, target: fail}, {event: error, target: pass}]}
)"},
    {"403a", "3.13: optimal enablement: inner first, document order, conditions", R"(
  - name: s0
    initial: s01
    on_entry: [{send: timeout, after: 1s}]
    arcs: [{event: timeout, target: fail}, {event: event1, target: fail}, {event: event2, target: pass}]
    states:
    - {name: s01, on_entry: [{raise: event1}], arcs: [{event: event1, target: s02}, {event: '*', target: fail}]}
    - {name: s02, on_entry: [{raise: event2}], arcs: [{event: event1, target: fail}, {event: event2, condition: 'false', target: fail}]}
)"},
    {"403b", "3.13: optimal enablement: a transition of two regions is taken once", R"(
  - name: s0
    initial: p0
    on_entry: [{jq: '.v1 = 0'}, {send: timeout, after: 1s}]
    arcs: [{event: event2, condition: '.v1 == 1', target: pass}, {event: event2, target: fail}, {event: timeout, target: fail}]
    states:
    - name: p0
      type: parallel
      arcs: [{event: event1, actions: [{jq: '.v1 += 1'}]}]
      states:
      - {name: p0s1, on_entry: [{raise: event1}]}
      - {name: p0s2, on_entry: [{raise: event2}]}
)"},
    {"403c", "3.13: optimal enablement: of conflicting ones the first region's", R"(
  - name: s0
    initial: p0
    on_entry: [{jq: '.v1 = 0'}, {raise: event1}, {send: event2, after: 1s}, {send: timeout, after: 2s}]
    arcs: [{event: event2, condition: '.v1 == 2', target: pass}, {event: event2, target: fail}]
    states:
    - name: p0
      type: parallel
      states:
      - {name: p0s1, arcs: [{event: event1, actions: [{jq: '.v1 += 1'}]}, {event: event2, condition: '.v1 != 2', target: fail}]}
      - {name: p0s2, arcs: [{event: event1, target: p0s1, condition: '.v1 == 9'}, {event: event1, actions: [{jq: '.v1 += 1'}]}]}
      - {name: p0s3, arcs: [{event: event1, target: fail, condition: '.v1 == 9'}]}
)"},
    {"404", "3.13: exit order: inner first, reverse document order; then the transition", R"(
  - name: s0
    initial: s01p
    states:
    - name: s01p
      type: parallel
      on_exit: [{raise: event3}]
      arcs: [{target: s02, actions: [{raise: event4}]}]
      states:
      - {name: s01p1, on_exit: [{raise: event2}]}
      - {name: s01p2, on_exit: [{raise: event1}]}
    - {name: s02, arcs: [{event: event1, target: s03}, {event: '*', target: fail}]}
    - {name: s03, arcs: [{event: event2, target: s04}, {event: '*', target: fail}]}
    - {name: s04, arcs: [{event: event3, target: s05}, {event: '*', target: fail}]}
    - {name: s05, arcs: [{event: event4, target: pass}, {event: '*', target: fail}]}
)"},
    {"405", "3.13: the contents of several transitions run in document order", R"(
  - name: s0
    initial: s01p
    on_entry: [{send: timeout, after: 1s}]
    arcs: [{event: timeout, target: fail}]
    states:
    - name: s01p
      type: parallel
      arcs: [{event: event1, target: s02}]
      states:
      - name: s01p1
        initial: s01p11
        states:
        - {name: s01p11, on_exit: [{raise: event2}], arcs: [{target: s01p12, actions: [{raise: event3}]}]}
        - {name: s01p12}
      - name: s01p2
        initial: s01p21
        states:
        - {name: s01p21, on_exit: [{raise: event1}], arcs: [{target: s01p22, actions: [{raise: event4}]}]}
        - {name: s01p22}
    - {name: s02, arcs: [{event: event2, target: s03}, {event: '*', target: fail}]}
    - {name: s03, arcs: [{event: event3, target: s04}, {event: '*', target: fail}]}
    - {name: s04, arcs: [{event: event4, target: pass}, {event: '*', target: fail}]}
)"},
    {"406", "3.13: entry order: parents first, document order, after the transition", R"(
  - name: s0
    initial: s01
    on_entry: [{send: timeout, after: 1s}]
    arcs: [{event: timeout, target: fail}]
    states:
    - {name: s01, arcs: [{target: s0p2, actions: [{raise: event1}]}]}
    - name: s0p2
      type: parallel
      on_entry: [{raise: event2}]
      arcs: [{event: event1, target: s03}]
      states:
      - {name: s01p21, on_entry: [{raise: event3}]}
      - {name: s01p22, on_entry: [{raise: event4}]}
    - {name: s03, arcs: [{event: event2, target: s04}, {event: '*', target: fail}]}
    - {name: s04, arcs: [{event: event3, target: s05}, {event: '*', target: fail}]}
    - {name: s05, arcs: [{event: event4, target: pass}, {event: '*', target: fail}]}
)"},
    {"407", "3.13: on_exit has run when the state has been left", R"(
  - {name: s0, on_entry: [{jq: '.v1 = 0'}], on_exit: [{jq: '.v1 += 1'}], arcs: [{target: s1}]}
  - {name: s1, arcs: [{condition: '.v1 == 1', target: pass}, {target: fail}]}
)"},
    {"409", "3.13: a state is active while its on_exit runs, its children are not any more", R"(
  - name: s0
    initial: s01
    on_entry: [{send: timeout, after: 1s}]
    on_exit: [check_s011]
    arcs: [{event: timeout, target: pass}, {event: event1, target: fail}]
    states:
    - name: s01
      initial: s011
      on_exit: [check_s011]
      states: [{name: s011, arcs: [{target: s02}]}]
    - {name: s02}
)"},
    {"411", "3.13: a state is active when its on_entry runs, its children are not yet", R"(
  - name: s0
    initial: s01
    on_entry: [{send: timeout, after: 1s}, check_s01]
    arcs: [{event: timeout, target: fail}, {event: event1, target: fail}, {event: event2, target: pass}]
    states: [{name: s01, on_entry: [check_s01]}]
)"},
    {"413", "3.13: the chart starts in the states that initial names", R"(
  - {name: s0, arcs: [{target: s2p122, condition: 'false'}, {target: s2p122}]}
  - name: s2
    initial: s2p1
    states:
    - name: s2p1
      type: parallel
      arcs: [{target: fail, condition: {not: {in: s2p122}}}]
      states:
      - {name: s2p11, initial: s2p111, states: [{name: s2p111}, {name: s2p112}]}
      - {name: s2p12, initial: s2p121, states: [{name: s2p121, arcs: [{target: fail}]}, {name: s2p122, arcs: [{target: pass, condition: {in: s2p111}}]}]}
)"},
    {"416", "3.13: done.state of a compound state whose final child is entered", R"(
  - name: s1
    initial: s11
    on_entry: [{send: timeout, after: 1s}]
    arcs: [{event: timeout, target: fail}]
    states:
    - name: s11
      initial: s111
      arcs: [{event: done.state.s11, target: pass}]
      states: [{name: s111, arcs: [{target: s11final}]}, {name: s11final, type: final}]
)"},
    {"417", "3.13: done.state of a parallel state whose children are all in final states", R"(
  - name: s1
    initial: s1p1
    on_entry: [{send: timeout, after: 1s}]
    arcs: [{event: timeout, target: fail}]
    states:
    - name: s1p1
      type: parallel
      arcs: [{event: done.state.s1p1, target: pass}]
      states:
      - {name: s1p11, initial: s1p111, states: [{name: s1p111, arcs: [{target: s1p11final}]}, {name: s1p11final, type: final}]}
      - {name: s1p12, initial: s1p121, states: [{name: s1p121, arcs: [{target: s1p12final}]}, {name: s1p12final, type: final}]}
)"},
    {"419", "3.13: eventless transitions come before those with events", R"(
  - {name: s1, on_entry: [{raise: internalEvent}, {send: externalEvent}], arcs: [{event: '*', target: fail}, {target: pass}]}
)"},
    {"421", "3.13: internal events come before external ones", R"(
  - name: s1
    initial: s11
    on_entry: [{send: externalEvent}, {raise: internalEvent1}, {raise: internalEvent2}, {raise: internalEvent3}, {raise: internalEvent4}]
    arcs: [{event: externalEvent, target: fail}]
    states:
    - {name: s11, arcs: [{event: internalEvent3, target: s12}]}
    - {name: s12, arcs: [{event: internalEvent4, target: pass}]}
)"},
    {"423", "3.13: external events are taken off the queue until one enables something", R"(
  - {name: s0, on_entry: [{send: externalEvent1}, {send: externalEvent2, after: 1s}, {raise: internalEvent}], arcs: [{event: internalEvent, target: s1}, {event: '*', target: fail}]}
  - {name: s1, arcs: [{event: externalEvent2, target: pass}, {event: internalEvent, target: fail}]}
)"},
    {"503", "3.13: a targetless transition has an empty exit set", R"(
  - {name: s1, on_entry: [{jq: '.v1 = 0'}, {jq: '.v2 = 0'}, {raise: foo}, {raise: bar}], arcs: [{target: s2}]}
  - {name: s2, on_exit: [{jq: '.v1 += 1'}], arcs: [{event: foo, actions: [{jq: '.v2 += 1'}]}, {event: bar, condition: '.v2 == 1', target: s3}, {event: bar, target: fail}]}
  - {name: s3, arcs: [{condition: '.v1 == 1', target: pass}, {target: fail}]}
)"},
    {"504", "3.13: an external transition leaves everything below the least common compound ancestor", R"(
  - {name: s1, on_entry: [{jq: '. + {v1: 0, v2: 0, v3: 0, v4: 0, v5: 0}'}, {raise: foo}, {raise: bar}], arcs: [{target: p}]}
  - name: around
    initial: p
    states:
    - name: p
      type: parallel
      on_exit: [{jq: '.v1 += 1'}]
      arcs: [{event: foo, target: ps1, actions: [{jq: '.v4 += 1'}]}, {event: bar, condition: '.v4 == 1', target: s2}, {event: bar, target: fail}]
      states:
      - {name: ps1, on_exit: [{jq: '.v2 += 1'}]}
      - {name: ps2, on_exit: [{jq: '.v3 += 1'}]}
    on_exit: [{jq: '.v5 += 1'}]
  - {name: s2, arcs: [{condition: '[.v1, .v2, .v3, .v5] == [2, 2, 2, 1]', target: pass}, {target: fail}]}
)"},
    {"505", "3.13: an internal transition leaves the descendants of its source only", R"(
  - {name: s1, on_entry: [{jq: '. + {v1: 0, v2: 0, v3: 0}'}, {raise: foo}, {raise: bar}], arcs: [{target: s11}]}
  - name: s1c
    on_exit: [{jq: '.v1 += 1'}]
    arcs: [{event: foo, target: s11, internal: true, actions: [{jq: '.v3 += 1'}]}, {event: bar, condition: '.v3 == 1', target: s2}, {event: bar, target: fail}]
    states: [{name: s11, on_exit: [{jq: '.v2 += 1'}]}]
  - {name: s2, arcs: [{condition: '[.v1, .v2] == [1, 2]', target: pass}, {target: fail}]}
)"},
    {"506", "3.13: an internal transition whose target is no descendant is external", R"(
  - {name: s1, on_entry: [{jq: '. + {v1: 0, v2: 0, v3: 0}'}, {raise: foo}, {raise: bar}], arcs: [{target: s2}]}
  - name: s2
    initial: s21
    on_exit: [{jq: '.v1 += 1'}]
    arcs: [{event: foo, target: s2, internal: true, actions: [{jq: '.v3 += 1'}]}, {event: bar, condition: '.v3 == 1', target: s3}, {event: bar, target: fail}]
    states: [{name: s21, on_exit: [{jq: '.v2 += 1'}]}]
  - {name: s3, arcs: [{condition: '[.v1, .v2] == [2, 2]', target: pass}, {target: fail}]}
)"},
    {"533", "3.13: an internal transition whose source is not compound is external", R"(
  - {name: s1, on_entry: [{jq: '. + {v1: 0, v2: 0, v3: 0, v4: 0}'}, {raise: foo}, {raise: bar}], arcs: [{target: p}]}
  - name: p
    type: parallel
    on_exit: [{jq: '.v1 += 1'}]
    arcs: [{event: foo, target: ps1, internal: true, actions: [{jq: '.v4 += 1'}]}, {event: bar, condition: '.v4 == 1', target: s2}, {event: bar, target: fail}]
    states:
    - {name: ps1, on_exit: [{jq: '.v2 += 1'}]}
    - {name: ps2, on_exit: [{jq: '.v3 += 1'}]}
  - {name: s2, arcs: [{condition: '[.v1, .v2, .v3] == [2, 2, 2]', target: pass}, {target: fail}]}
)"},
    {"550", "5.3: data is there from the start", R"(
  - {name: s0, arcs: [{condition: '.input == 1', target: pass}, {target: fail}]}
)"},
    {"570", "3.7: done.state of a parallel state comes after those of its children", R"(
  - name: p0
    type: parallel
    on_entry: [{send: timeout, after: 2s}, {raise: e1}, {raise: e2}]
    arcs: [{event: done.state.p0s1, actions: [{jq: '.v1 = 1'}]}, {event: done.state.p0, condition: '.v1 == 1', target: pass}, {event: done.state.p0, target: fail}, {event: timeout, target: fail}]
    states:
    - {name: p0s1, initial: p0s11, states: [{name: p0s11, arcs: [{event: e1, target: p0s1final}]}, {name: p0s1final, type: final}]}
    - {name: p0s2, initial: p0s21, states: [{name: p0s21, arcs: [{event: e2, target: p0s2final}]}, {name: p0s2final, type: final}]}
)"},
    {"412",
     "3.3.2: what the initial transition does comes after on_entry of the state and before its children", R"(
  - name: s0
    initial: s01
    on_entry: [{send: timeout, after: 1s}]
    arcs: [{event: timeout, target: fail}, {event: event1, target: fail}, {event: event2, target: pass}]
    states:
    - name: s01
      on_entry: [{raise: event1}]
      initial: {target: s011, actions: [{raise: event2}]}
      states: [{name: s011, on_entry: [{raise: event3}], arcs: [{target: s02}]}]
    - {name: s02, arcs: [{event: event1, target: s03}, {event: '*', target: fail}]}
    - {name: s03, arcs: [{event: event2, target: s04}, {event: '*', target: fail}]}
    - {name: s04, arcs: [{event: event3, target: pass}, {event: '*', target: fail}]}
)"},
    {"527", "5.5: the data may be one expression", R"(
  - name: s0
    arcs: [{event: done.state.s0, condition: '$event.data == 21', target: pass}, {event: done.state.s0, target: fail}]
    states: [{name: s01, arcs: [{target: s02}]}, {name: s02, type: final, data: '${{ .input * 21 }}'}]
)"},
    {"528", "5.5: one that fails is an error, and done.state has no data", R"(
  - name: s0
    arcs: [{event: error.execution, target: s1}, {event: done.state.s0, target: fail}]
    states: [{name: s01, arcs: [{target: s02}]}, {name: s02, type: final, data: '${{ .input.none }}'}]
  - {name: s1, arcs: [{event: done.state.s0, condition: '$event.data == null', target: pass}, {event: '*', target: fail}]}
)"},
    {"529", "5.5: or a constant", R"(
  - name: s0
    arcs: [{event: done.state.s0, condition: '$event.data == 21', target: pass}, {event: done.state.s0, target: fail}]
    states: [{name: s01, arcs: [{target: s02}]}, {name: s02, type: final, data: 21}]
)"},
    {"576", "3.2: the initial states of the chart may be several and deep", R"(
  - {name: s0, arcs: [{target: [s11p112, s11p122]}]}
  - name: s1
    initial: s11
    on_entry: [{send: timeout, after: 1s}]
    arcs: [{event: timeout, target: fail}]
    states:
    - {name: s11, states: [{name: s111}]}
    - name: s11p1
      type: parallel
      states:
      - {name: s11p11, initial: s11p111, states: [{name: s11p111}, {name: s11p112, on_entry: [{raise: in_s11p112}]}]}
      - {name: s11p12, initial: s11p121, states: [{name: s11p121}, {name: s11p122, arcs: [{event: in_s11p112, target: pass}]}]}
)"},
    {"579", "3.10.2: what the default transition of a history does: before its target is entered, and once",
     R"(
  - name: s0
    on_entry: [{send: timeout, after: 1s}, {raise: event1}]
    initial: sh1
    arcs: [{event: event0, target: fail, condition: '.again'}, {event: timeout, target: fail}]
    states:
    - {name: sh1, type: history, arcs: [{target: s01, actions: [{raise: event3}]}]}
    - {name: s01, on_entry: [{raise: event2}], arcs: [{event: event1, target: s02}, {event: '*', target: fail}]}
    - {name: s02, arcs: [{event: event3, target: s03}, {event: event2, target: fail}]}
    - {name: s03, arcs: [{event: event2, target: s1}, {event: event3, target: fail}, {event: event1, condition: '.again', actions: [{raise: check}]}, {event: check, target: pass}]}
  - {name: s1, on_entry: [{jq: '.again = true'}], arcs: [{target: s2}]}
  - {name: s2, arcs: [{target: sh1, condition: '.rounds == null', actions: [{jq: '.rounds = 1'}]}, {target: pass}]}
)"},
    {"580", "3.10: a history is never part of the configuration", R"(
  - name: p1
    type: parallel
    on_entry: [{send: timeout, after: 2s}]
    states:
    - {name: s0, arcs: [{condition: {in: sh1}, target: fail}, {event: timeout, target: fail}]}
    - name: s1
      initial: sh1
      on_exit: [{jq: '.v1 = (.v1 // 0) + 1'}]
      states:
      - {name: sh1, type: history, initial: s11}
      - {name: s11, arcs: [{condition: {in: sh1}, target: fail}, {target: s12}]}
      - {name: s12, arcs: [{condition: '.v1 == null', target: s0b}, {target: pass, condition: '.v1 == 1'}]}
  - {name: s0b, arcs: [{target: sh1}]}
)"},
};

}  // namespace

TEST_CASE("the W3C's SCXML tests pass") {
  for (const Assertion& assertion : assertions) {
    Playing p;
    // In(): what is not active raises nothing.
    p.functions.action("check_s011", [](Context& c) {
      if (c.in("s011")) c.raise("event1");
    });
    p.functions.action("check_s01", [](Context& c) {
      if (c.in("s01")) c.raise(c.state == "s01" ? "event2" : "event1");
    });
    SUBCASE((std::string("SCXML test ") + assertion.test + ", section " + assertion.rule).c_str()) {
      Execution run = p.chart(assertion.states + std::string(ends)).start({{"input", 1}});
      for (int seconds = 0; seconds < 4 && !run.finished(); ++seconds) {
        p.clock->advance(std::chrono::seconds(1));
        run.advance();
      }
      CAPTURE(Playing::joined(run.result().path));
      CHECK(run.result().error == "");
      CHECK(run.result().final_state == "pass");
    }
  }
}
