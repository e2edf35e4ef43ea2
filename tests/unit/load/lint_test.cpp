#include "loaded.hpp"

#include <doctest/doctest.h>

using namespace leasehold;
using namespace leasehold::fsm;
using test::Document;

namespace {

// The warnings of a network with these states (lines from 6 on).
std::vector<std::string> warnings(const std::string& states, const std::string& network = "") {
  const Document m(
      "name: m\nresources: {a: {type: database}, b: {type: database}, small: {type: http, pool: {max_size: "
      "1}}}\n"
      "networks:\n- name: main\n  initial: s" +
      network + "\n  states:\n" + states);
  CHECK(Document::text(m.errors) == "");
  return Document::lines(m.warnings);
}

}  // namespace

TEST_CASE("a sound network has no warnings") {
  CHECK(warnings("  - {name: s, arcs: [{target: e, condition: .x}, {target: s2}]}\n"
                 "  - {name: s2, arcs: [{target: s}]}\n"
                 "  - {name: e, type: final}\n")
            .empty());
}

TEST_CASE("lint finds states that nothing leads to") {
  CHECK(warnings("  - {name: s, catch: {target: f}, arcs: [{target: e}]}\n"
                 "  - {name: lost, states: [{name: inside}], arcs: [{target: e}]}\n"
                 "  - {name: f, type: final}\n"
                 "  - {name: e, type: final}\n") ==
        std::vector<std::string>{
            "8:5 fsm.target nothing leads to the state 'lost'; add an arc to it, or remove it"});
}

TEST_CASE("lint finds states that lead to no end") {
  CHECK(warnings("  - {name: s, arcs: [{target: e, condition: .x}, {target: stuck}]}\n"
                 "  - {name: stuck}\n"
                 "  - {name: e, type: final}\n") ==
        std::vector<std::string>{
            "8:5 fsm.target no path leads from the state 'stuck' to a final state; add an arc that does"});
  CHECK(warnings("  - {name: s, arcs: [{target: t}]}\n  - {name: t}\n") ==
        std::vector<std::string>{
            "4:3 fsm.target the network 'main' has no final state; add one: {name: done, type: final}"});
  CHECK(
      warnings("  - {name: s, arcs: [{event: x, target: t}]}\n  - {name: t, arcs: [{event: z, target: s}]}\n")
          .empty());
}

TEST_CASE("lint finds arcs that are never taken") {
  CHECK(warnings("  - name: s\n"
                 "    arcs:\n"
                 "    - {event: order, target: e}\n"
                 "    - {event: order.paid, target: s}\n"
                 "    - {event: [order.x, other], target: s}\n"
                 "    - {event: other, target: e, priority: -1}\n"
                 "  - {name: e, type: final}\n") ==
        std::vector<std::string>{
            "10:7 fsm.invalid this arc is never taken: the one in line 9 always is; give that one a "
            "condition, or put this one before it",
            "12:7 fsm.invalid this arc is never taken: the one in line 11 always is; give that one "
            "a condition, or put this one before it"});
  CHECK(warnings("  - {name: s, arcs: [{target: e}, {target: s}]}\n  - {name: e, type: final}\n").size() ==
        1);
}

TEST_CASE("lint finds states that lead to each other without end") {
  CHECK(warnings("  - {name: s, arcs: [{target: t}]}\n"
                 "  - {name: t, arcs: [{event: x, target: e}, {target: s}]}\n"
                 "  - {name: e, type: final}\n") ==
        std::vector<std::string>{
            "7:5 fsm.max_transitions the states lead to each other without end: s -> t -> s; give one "
            "of the arcs a condition or an event"});
}

TEST_CASE("lint finds acquires that outlast their state") {
  CHECK(warnings("  - {name: s, timeout: 1s, resources: [{name: a, timeout: 5s}], arcs: [{target: e}]}\n"
                 "  - {name: e, type: final}\n") ==
        std::vector<std::string>{
            "7:5 config.value the state 's' may wait 5s for 'a' but ends after 1s; lower the timeout "
            "of the resource, or raise that of the state"});
}

TEST_CASE("lint finds resources that are acquired in different orders") {
  CHECK(warnings("  - {name: s, resources: a, states: [{name: s1, resources: b, arcs: [{target: t}]}]}\n"
                 "  - {name: t, resources: b, states: [{name: t1, resources: a, arcs: [{target: e}]}]}\n"
                 "  - {name: e, type: final}\n") ==
        std::vector<std::string>{
            "7:38 acquire.deadlock executions can wait for each other: 'b' is acquired while 'a' is held "
            "(line 7), 'a' is "
            "acquired while 'b' is held (line 8); acquire them together, in one state or in the network"});
  // What two states in a row both need stays held between them.
  CHECK(warnings("  - {name: s, resources: a, arcs: [{target: t, condition: .x}, {target: u}]}\n"
                 "  - {name: t, resources: [a, b], arcs: [{target: e}]}\n"
                 "  - {name: u, resources: b, arcs: [{target: t}]}\n"
                 "  - {name: e, type: final}\n")
            .size() == 1);
  CHECK(warnings("  - {name: s, resources: [a, b], arcs: [{target: t}]}\n"
                 "  - {name: t, resources: [b, a], arcs: [{target: e}]}\n"
                 "  - {name: e, type: final}\n")
            .empty());
}

TEST_CASE("lint finds pools that one execution would wait for itself in") {
  const std::string both =
      "  - name: s\n    type: parallel\n    states:\n    - {name: l, resources: small}\n    - {name: r, "
      "resources: small}\n"
      "    arcs: [{event: x, target: e}]\n  - {name: e, type: final}\n";
  CHECK(warnings(both) ==
        std::vector<std::string>{
            "4:3 acquire.deadlock one execution of the network 'main' holds 2 of 'small' at once, but "
            "its pool has 1; raise pool: {max_size: 2}, or hold it in the state around"});
  CHECK(warnings(both, "\n  resources: small").empty());
}

TEST_CASE("lint finds networks that nothing runs") {
  const Document m(
      "name: m\nnetworks:\n- {name: main, states: [{name: e, type: final}]}\n"
      "- {name: other, states: [{name: e, type: final}]}\n");
  CHECK(Document::lines(m.warnings) ==
        std::vector<std::string>{
            "4:3 fsm.target nothing runs the network 'other'; push to it with target_network, or "
            "choose it with main: other"});
}
