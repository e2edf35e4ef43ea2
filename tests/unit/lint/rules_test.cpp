#include "linted.hpp"

#include <doctest/doctest.h>

using namespace leasehold;
using namespace leasehold::fsm;
using test::findings;
using test::findings_in;
using test::header;
using test::rules_of;

using Lines = std::vector<std::string>;

TEST_CASE("a sound network has no findings") {
  CHECK(findings_in("  - {name: s, arcs: [{target: e, condition: .x}, {target: s2}]}\n"
                    "  - {name: s2, arcs: [{target: s}]}\n"
                    "  - {name: e, type: final}\n")
            .empty());
}

TEST_CASE("unreachable-state: nothing leads to a state") {
  CHECK(findings_in("  - {name: s, catch: {target: f}, arcs: [{target: e}]}\n"
                    "  - {name: lost, states: [{name: inside}], arcs: [{target: e}]}\n"
                    "  - {name: f, type: final}\n"
                    "  - {name: e, type: final}\n") ==
        Lines{"8:5 unreachable-state: nothing leads to the state 'lost'; add an arc to it, or remove it"});
  // An arc from a state that nothing leads to leads nowhere.
  CHECK(rules_of(findings_in("  - {name: s, arcs: [{target: e}]}\n"
                             "  - {name: lost, arcs: [{target: lost_too}]}\n"
                             "  - {name: lost_too, arcs: [{target: e}]}\n"
                             "  - {name: e, type: final}\n")) ==
        Lines{"unreachable-state", "unreachable-state"});
}

TEST_CASE(
    "unreachable-state: not what is entered by default, by history, by a fault, a push or after a failure") {
  CHECK(findings_in("  - name: s\n"
                    "    states:\n"
                    "    - {name: in, arcs: [{target: in2, event: x}]}\n"
                    "    - {name: in2}\n"
                    "    - {name: h, type: history, initial: in3}\n"
                    "    - {name: in3}\n"
                    "    catch: {target: caught}\n"
                    "    arcs: [{event: go, target: p}]\n"
                    "  - {name: p, type: parallel, states: [{name: l}, {name: r}], "
                    "arcs: [{event: z, target: h}, {event: e, target: e}]}\n"
                    "  - {name: caught, arcs: [{target_network: other, return_state: back}]}\n"
                    "  - {name: back, arcs: [{target: e}]}\n"
                    "  - {name: clean_up, run_on_failure: true}\n"
                    "  - {name: e, type: final}\n"
                    "- {name: other, states: [{name: e, type: final}]}\n")
            .empty());
}

TEST_CASE("unreachable-network: nothing runs a network") {
  CHECK(findings("name: m\nnetworks:\n- {name: main, states: [{name: e, type: final}]}\n"
                 "- {name: other, states: [{name: e, type: final}]}\n") ==
        Lines{"4:3 unreachable-network: nothing runs the network 'other'; push to it with target_network, or "
              "choose it with main: other"});
}

TEST_CASE("unreachable-network: not one that is pushed, or chosen with main") {
  CHECK(findings("name: m\nmain: other\nnetworks:\n- {name: one, states: [{name: e, type: final}]}\n"
                 "- {name: other, states: [{name: s, arcs: [{target_network: one, return_state: e}]}, "
                 "{name: e, type: final}]}\n")
            .empty());
}

TEST_CASE("no-path-to-final: a state that leads to no end, a network without one") {
  CHECK(findings_in("  - {name: s, arcs: [{target: e, condition: .x}, {target: stuck}]}\n"
                    "  - {name: stuck}\n"
                    "  - {name: e, type: final}\n") ==
        Lines{"8:5 no-path-to-final: no path leads from the state 'stuck' to a final state; add an arc that "
              "does"});
  CHECK(
      findings_in(
          "  - {name: s, arcs: [{target: e, condition: .x}, {event: x, target: a}, {event: y, target: b}]}\n"
          "  - {name: a, arcs: [{event: x, target: b}]}\n"
          "  - {name: b, states: [{name: in}], arcs: [{event: x, target: a}]}\n"
          "  - {name: e, type: final}\n") ==
      Lines{"8:5 no-path-to-final: no path leads from the states 'a', 'b' and 'in' to a final state; add an "
            "arc that does"});
  CHECK(
      findings_in("  - {name: s, arcs: [{target: t}]}\n  - {name: t}\n") ==
      Lines{
          "4:3 no-path-to-final: the network 'main' has no final state; add one: {name: done, type: final}"});
}

TEST_CASE("no-path-to-final: not a machine that events drive for ever, nor a state whose parent leads on") {
  CHECK(findings_in("  - {name: s, arcs: [{event: x, target: t}]}\n"
                    "  - {name: t, arcs: [{event: z, target: s}]}\n")
            .empty());
  CHECK(findings_in("  - {name: s, states: [{name: in}], arcs: [{event: x, target: e}]}\n"
                    "  - {name: e, type: final}\n")
            .empty());
}

TEST_CASE("shadowed-arc: an arc that another is always taken before") {
  CHECK(findings_in("  - name: s\n"
                    "    arcs:\n"
                    "    - {event: order, target: e}\n"
                    "    - {event: order.paid, target: s}\n"
                    "    - {event: [order.x, other], target: s}\n"
                    "    - {event: other, target: e, priority: -1}\n"
                    "  - {name: e, type: final}\n") ==
        Lines{"10:7 shadowed-arc: this arc is never taken: the one in line 9 always is; give that one a "
              "condition, or put this one before it",
              "12:7 shadowed-arc: this arc is never taken: the one in line 11 always is; give that one a "
              "condition, or put this one before it"});
  for (const char* arcs :
       {"[{target: e}, {target: s}]", "[{target: e, condition: true}, {target: s, condition: .x}]",
        "[{target: e, condition: .x > 1}, {target: s, condition: .x > 1}, {target: e}]",
        "[{target: e, condition: {not: is_large}}, {target: s, condition: {not: is_large}}, "
        "{target: e}]"}) {
    CAPTURE(arcs);
    CHECK(rules_of(findings_in(std::string("  - {name: s, arcs: ") + arcs +
                               "}\n  - {name: e, type: final}\n")) == Lines{"shadowed-arc"});
  }
}

TEST_CASE("shadowed-arc: an arc that all states inside have another before") {
  CHECK(findings_in("  - name: s\n"
                    "    arcs:\n"
                    "    - {event: order.paid, target: e}\n"
                    "    - {event: other, target: e}\n"
                    "    states:\n"
                    "    - {name: a, arcs: [{event: order, target: b}]}\n"
                    "    - name: b\n"
                    "      arcs: [{event: '*', actions: [{raise: x}]}]\n"
                    "      states: [{name: c, arcs: [{event: go, target: d}]}, {name: d, arcs: [{event: "
                    "order.paid, target: c}, {event: x, "
                    "target: d}]}]\n"
                    "  - {name: e, type: final}\n") ==
        Lines{"9:7 shadowed-arc: this arc is never taken: every state inside 's' has one that always is; "
              "give one of "
              "those a condition, or remove this one"});
}

TEST_CASE(
    "shadowed-arc: not where a state inside has none, where it has a condition, or where errors may strike") {
  for (const char* states :
       {"arcs: [{event: x, target: e}], states: [{name: a, arcs: [{event: x, target: b}]}, {name: b, arcs: "
        "[{event: y, "
        "target: a}]}]",
        "arcs: [{event: x, target: e}], states: [{name: a, arcs: [{event: x, target: a, condition: .n > "
        "1}]}]",
        "arcs: [{event: error, target: e}], states: [{name: a, arcs: [{event: error, target: a}]}]",
        "arcs: [{event: x, target: e}], states: [{name: a, arcs: [{event: x, target: f}]}, {name: f, type: "
        "final}]",
        "type: parallel, arcs: [{event: x, target: e}], states: [{name: a, arcs: [{event: x, actions: "
        "[{raise: y}]}]}, "
        "{name: b}]",
        "arcs: [{after: 1s, target: e}], states: [{name: a, arcs: [{event: x, target: a}]}]"}) {
    CAPTURE(states);
    CHECK(findings_in(std::string("  - {name: s, ") + states + "}\n  - {name: e, type: final}\n").empty());
  }
}

TEST_CASE("shadowed-arc: not arcs with other conditions, events, delays or a higher priority") {
  for (const char* arcs :
       {"[{target: e, condition: .x > 1}, {target: s, condition: .x > 2}, {target: e}]",
        "[{event: a, target: e}, {event: ab, target: s}]", "[{event: a.b, target: e}, {event: a, target: s}]",
        "[{after: 1s, target: e}, {after: 2s, target: s}]", "[{target: e, condition: .x}, {target: s}]",
        "[{event: a, target: e}, {event: [a, b], target: s}]",
        "[{target: s}, {target: e, condition: .x, priority: 1}]"}) {
    CAPTURE(arcs);
    CHECK(
        findings_in(std::string("  - {name: s, arcs: ") + arcs + "}\n  - {name: e, type: final}\n").empty());
  }
}

TEST_CASE("eventless-cycle: states that lead to each other without end") {
  CHECK(
      findings_in("  - {name: s, arcs: [{target: t}]}\n"
                  "  - {name: t, arcs: [{event: x, target: e}, {target: s}]}\n"
                  "  - {name: e, type: final}\n") ==
      Lines{
          "7:5 eventless-cycle: the states lead to each other without end: s -> t -> s; give one of the arcs "
          "a condition or an event"});
  // Through a state inside another, whose arc is the way out, and a condition that is none.
  CHECK(
      findings_in("  - {name: s, states: [{name: in}], arcs: [{target: t, condition: true}]}\n"
                  "  - {name: t, arcs: [{event: x, target: e}, {target: s}]}\n"
                  "  - {name: e, type: final}\n") ==
      Lines{"7:24 eventless-cycle: the states lead to each other without end: in -> t -> in; give one of the "
            "arcs a condition or an event"});
}

TEST_CASE("eventless-cycle: not one that a condition, an event or a delay can end") {
  for (const std::string arcs :
       {"[{target: e, condition: .x}, {target: s}]", "[{event: x, target: s}, {event: stop, target: e}]",
        "[{after: 1s, target: s}, {event: stop, target: e}]"}) {
    CAPTURE(arcs);
    CHECK(findings_in("  - {name: s, arcs: [{target: t}]}\n  - {name: t, arcs: " + arcs +
                      "}\n  - {name: e, type: final}\n")
              .empty());
  }
}

TEST_CASE("lock-order-cycle: resources that are acquired in different orders") {
  CHECK(findings_in("  - {name: s, resources: a, states: [{name: s1, resources: b, arcs: [{target: t}]}]}\n"
                    "  - {name: t, resources: b, states: [{name: t1, resources: a, arcs: [{target: e}]}]}\n"
                    "  - {name: e, type: final}\n") ==
        Lines{"7:38 lock-order-cycle: executions can wait for each other: 'b' is acquired while 'a' is held "
              "(line "
              "7), 'a' is acquired while 'b' is held (line 8); acquire them together, in one state or in the "
              "network"});
}

TEST_CASE("lock-order-cycle: what is handed over stays held, around the target and inside it, too") {
  CHECK(rules_of(findings_in("  - {name: s, resources: a, arcs: [{target: t, condition: .x}, {target: u}]}\n"
                             "  - {name: t, resources: [a, b], arcs: [{target: e}]}\n"
                             "  - {name: u, resources: b, arcs: [{target: t}]}\n"
                             "  - {name: e, type: final}\n")) == Lines{"lock-order-cycle"});
  CHECK(rules_of(findings_in(
            "  - {name: s, resources: a, arcs: [{target: t1, condition: .x}, {target: u}]}\n"
            "  - {name: t, resources: b, states: [{name: t1, resources: a, arcs: [{target: e}]}]}\n"
            "  - {name: u, resources: b, arcs: [{target: v}]}\n"
            "  - {name: v, resources: [a, b], arcs: [{target: e}]}\n"
            "  - {name: e, type: final}\n")) == Lines{"lock-order-cycle"});
}

TEST_CASE("lock-order-cycle: across networks, arcs, and three resources") {
  // What the pushing state holds stays held while the other network runs.
  CHECK(rules_of(findings_in(
            "  - {name: s, resources: a, arcs: [{target_network: other, return_state: t}]}\n"
            "  - {name: t, resources: b, states: [{name: t1, resources: a, arcs: [{target: e}]}]}\n"
            "  - {name: e, type: final}\n"
            "- {name: other, states: [{name: o, resources: b, arcs: [{target: e}]}, "
            "{name: e, type: final}]}\n")) == Lines{"lock-order-cycle"});
  CHECK(rules_of(
            findings_in("  - {name: s, resources: a, arcs: [{target: t, resources: b, actions: [{jq: .}]}]}\n"
                        "  - {name: t, resources: b, arcs: [{target: e, resources: a, actions: [{jq: .}]}]}\n"
                        "  - {name: e, type: final}\n")) == Lines{"lock-order-cycle"});
  CHECK(findings_in("  - {name: s, resources: a, states: [{name: s1, resources: b, arcs: [{target: t}]}]}\n"
                    "  - {name: t, resources: b, states: [{name: t1, resources: c, arcs: [{target: u}]}]}\n"
                    "  - {name: u, resources: c, states: [{name: u1, resources: a, arcs: [{target: e}]}]}\n"
                    "  - {name: e, type: final}\n")
            .size() == 1);
}

TEST_CASE("lock-order-cycle: not what is acquired together, in one order, or in no order at all") {
  CHECK(findings_in("  - {name: s, resources: [a, b], arcs: [{target: t}]}\n"
                    "  - {name: t, resources: [b, a], arcs: [{target: e}]}\n"
                    "  - {name: e, type: final}\n")
            .empty());
  CHECK(findings_in("  - {name: s, resources: a, states: [{name: s1, resources: b, arcs: [{target: t}]}]}\n"
                    "  - {name: t, resources: a, states: [{name: t1, resources: b, arcs: [{target: e}]}]}\n"
                    "  - {name: e, type: final}\n")
            .empty());
  // Nothing is kept: one goes back before the other is acquired.
  CHECK(findings_in("  - {name: s, resources: a, arcs: [{target: t}]}\n"
                    "  - {name: t, resources: b, arcs: [{target: s, condition: .x}, {target: e}]}\n"
                    "  - {name: e, type: final}\n")
            .empty());
  // What pushes a network holds it already.
  CHECK(findings_in("  - {name: s, resources: a, arcs: [{target_network: other, return_state: e}]}\n"
                    "  - {name: e, type: final}\n"
                    "- {name: other, resources: b, states: [{name: o, resources: a, arcs: [{target: f}]}, "
                    "{name: f, type: final}]}\n")
            .empty());
}

TEST_CASE("pool-too-small: one execution waits for itself") {
  const std::string both =
      "  - name: s\n    type: parallel\n    states:\n    - {name: l, resources: small}\n    - {name: r, "
      "resources: small}\n"
      "    arcs: [{event: x, target: e}]\n  - {name: e, type: final}\n";
  CHECK(
      findings_in(both) ==
      Lines{
          "4:3 pool-too-small: one execution of the network 'main' holds 2 of 'small' at once, but its pool "
          "has 1; raise pool: {max_size: 2}, or hold it in the state around"});
  const std::string pushed =
      "  - name: s\n    type: parallel\n    states:\n    - {name: l, resources: small}\n"
      "    - {name: r, states: [{name: r1, arcs: [{event: go, target_network: other}]}]}\n"
      "    arcs: [{event: x, target: e}]\n  - {name: e, type: final}\n"
      "- {name: other, resources: small, states: [{name: e, type: final}]}\n";
  CHECK(rules_of(findings_in(pushed)) == Lines{"pool-too-small"});
}

TEST_CASE("pool-too-small: not what a state or a network around shares, nor a pool that is large enough") {
  const auto regions = [](const std::string& resource) {
    return "  - name: s\n    type: parallel\n    states:\n    - {name: l, resources: " + resource +
           "}\n    - {name: r, resources: " + resource +
           "}\n    arcs: [{event: x, target: e}]\n  - {name: e, type: final}\n";
  };
  CHECK(findings_in(regions("small"), "\n  resources: small").empty());
  CHECK(findings_in(regions("a")).empty());
  CHECK(findings_in(
            "  - {name: s, resources: small, states: [{name: in, resources: small, arcs: [{target: e}]}]}\n"
            "  - {name: e, type: final}\n")
            .empty());
  // Two regions cannot both be in a network that they push: one network runs at a time.
  CHECK(findings_in("  - name: s\n    type: parallel\n    states:\n"
                    "    - {name: l, states: [{name: l1, arcs: [{event: go, target_network: other}]}]}\n"
                    "    - {name: r, states: [{name: r1, arcs: [{event: go, target_network: other}]}]}\n"
                    "    arcs: [{event: x, target: e}]\n  - {name: e, type: final}\n"
                    "- {name: other, resources: small, states: [{name: e, type: final}]}\n")
            .empty());
}

TEST_CASE("acquire-outlasts-state: a wait that the state, one around it or the machine cuts short") {
  const std::string end = "  - {name: e, type: final}\n";
  CHECK(findings_in("  - {name: s, timeout: 1s, resources: [{name: a, timeout: 5s}], arcs: [{target: e}]}\n" +
                    end) == Lines{"7:5 acquire-outlasts-state: the state 's' may wait 5s for 'a' but ends "
                                  "after 1s; lower the timeout "
                                  "of the resource, or raise that of the state"});
  CHECK(
      findings_in("  - {name: s, timeout: 10s, resources: slow, arcs: [{target: e}]}\n" + end) ==
      Lines{"7:5 acquire-outlasts-state: the state 's' may wait 20s for 'slow' but ends after 10s; lower the "
            "acquire_timeout of its pool, or raise that of the state"});
  CHECK(
      findings_in("  - {name: s, timeout: 1s, states: [{name: in, resources: [{name: a, timeout: 5s}]}], "
                  "arcs: [{target: e}]}\n" +
                  end) ==
      Lines{
          "7:37 acquire-outlasts-state: the state 'in' may wait 5s for 'a' but the state 's' around it ends "
          "after 1s; lower the timeout of the resource, or raise that of the state 's' around it"});
  CHECK(
      findings(std::string(header) +
               "timeout: 1s\nnetworks:\n- name: main\n  resources: [{name: a, timeout: 5s}]\n"
               "  states:\n" +
               end) ==
      Lines{
          "5:3 acquire-outlasts-state: the network 'main' may wait 5s for 'a' but the machine ends after 1s; "
          "lower the timeout of the resource, or raise that of the machine"});
}

TEST_CASE("acquire-outlasts-state: not a wait that fits, nor a pool for which nobody chose a time") {
  CHECK(findings_in(
            "  - {name: s, timeout: 5s, resources: [{name: a, timeout: 5s}, {name: slow, timeout: 1s}, b], "
            "arcs: [{target: e}]}\n  - {name: e, type: final}\n")
            .empty());
}

TEST_CASE("unused-policy: nobody refers to a policy") {
  const std::string use =
      "name: m\nuse: {retries: {r: {attempts: 2}}, timeouts: {t: 1s}}\nnetworks:\n- name: main\n  states:\n";
  CHECK(findings(use + "  - {name: s, retry: r, arcs: [{target: e}]}\n  - {name: e, type: final}\n") ==
        Lines{"2:47 unused-policy: the timeout 't' is used by nobody; refer to it in a state, or remove it"});
  CHECK(
      findings(use + "  - {name: s, retry: r, timeout: t, arcs: [{target: e}]}\n  - {name: e, type: final}\n")
          .empty());
}

TEST_CASE("older-form: how it is written today") {
  CHECK(rules_of(findings("name: m\nstates: [{name: e, is_end: true}]\n")) ==
        Lines{"older-form", "older-form"});
  CHECK(findings("name: m\nnetworks: [{name: main, states: [{name: e, type: final}]}]\n").empty());
}
