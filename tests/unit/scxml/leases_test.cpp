// Leases follow the configuration, also where faults strike: item by item what a chart may rely on.

#include "playing.hpp"

#include <algorithm>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using nlohmann::json;

namespace {

struct Leasing : Playing {
  Leasing() {
    for (const char* name : {"a", "b", "c", "d"}) thing(name, 2);
  }
  // "resource=state" of all that is lent.
  std::string holders() {
    Names all;
    for (const std::string& one : lent()) {
      std::string holder = one;
      holder.erase(holder.find('=') + 1, std::string("m/main.").size());
      all.push_back(holder.substr(0, holder.find('#')));
    }
    return joined(all);
  }
};

}  // namespace

TEST_CASE("regions hold their own, an ancestor holds for all of them, and each gives back by itself") {
  Leasing p;
  Execution run = p.chart(R"(
  - name: both
    type: parallel
    resources: [a]
    states:
    - {name: left, resources: [b], states: [{name: l1, resources: [c], arcs: [{event: e, target: l2}]}, {name: l2}]}
    - {name: right, resources: [b], states: [{name: r1, resources: [c], arcs: [{event: f, target: r2}]}, {name: r2, resources: [c]}]}
)")
                      .start({});
  CHECK(p.holders() == "a=both b=left b=right c=l1 c=r1");
  run.send("e");
  CHECK(p.holders() == "a=both b=left b=right c=r1");
  run.send("f");
  CHECK(p.holders() == "a=both b=left b=right c=r2");
}

TEST_CASE("a resource that source and target both need is handed over across regions and depths") {
  Leasing p;
  std::string at_arc;
  p.functions.action("look", [&](Context&) { at_arc = p.holders(); });
  Execution run = p.chart(R"(
  - name: around
    states:
    - {name: x, resources: [a, b], arcs: [{event: e, target: z, actions: [look]}]}
    - {name: w, resources: [b], states: [{name: z, resources: [a, c]}]}
)")
                      .start({}, {.trace = true});
  run.send("e");
  CHECK(at_arc == "a=x b=x");
  CHECK(p.holders() == "a=z b=w c=z");
  std::size_t handed_over = 0;
  for (const TraceEntry& entry : run.result().trace) handed_over += entry.what == "hand_over";
  CHECK(handed_over == 2);
}

TEST_CASE("a targetless or internal transition keeps the leases of what is not left") {
  Leasing p;
  Execution run = p.chart(R"(
  - name: x
    resources: [a]
    arcs: [{event: stay, actions: [say]}, {event: inside, target: x2, internal: true}]
    states: [{name: x1, resources: [b]}, {name: x2, resources: [c]}]
)")
                      .start({}, {.trace = true});
  run.send("stay");
  run.send("inside");
  CHECK(p.holders() == "a=x c=x2");
  std::size_t acquired = 0;
  for (const TraceEntry& entry : run.result().trace)
    acquired += entry.what == "acquire" && entry.subject == "a";
  CHECK(acquired == 1);
}

TEST_CASE("history restores states and acquires anew") {
  Leasing p;
  Execution run = p.chart(R"(
  - name: work
    resources: [a]
    arcs: [{event: leave, target: away}]
    states:
    - {name: h, type: history, deep: true}
    - {name: w1, arcs: [{event: e, target: w22}]}
    - {name: w2, resources: [b], states: [{name: w21}, {name: w22, resources: [c]}]}
  - {name: away, arcs: [{event: back, target: h}]}
)")
                      .start({});
  run.send("e");
  run.send("leave");
  CHECK(p.holders() == "");
  run.send("back");
  CHECK(p.holders() == "a=work b=w2 c=w22");
}

TEST_CASE(
    "a fault in the third of five entry actions, in exit, in a guard, while three states are entered, "
    "foreign") {
  struct Case {
    const char* what;
    const char* states;
    const char* configuration;
    const char* holders;
  };
  const Case cases[] = {{"third of five entry actions, caught", R"(
  - {name: s, resources: [a], arcs: [{event: go, target: t}]}
  - {name: t, resources: [a, b], on_entry: [say, say, boom, say, say], catch: [{target: u}]}
  - {name: u, resources: [c]}
)",
                         "u", "c=u"},
                        {"the same, taken by an arc", R"(
  - {name: s, resources: [a], arcs: [{event: go, target: t}]}
  - {name: t, resources: [a, b], on_entry: [say, say, odd, say, say], arcs: [{event: error, target: u}]}
  - {name: u, resources: [b]}
)",
                         "u", "b=u"},
                        {"the same, dealt with in place", R"(
  - {name: s, resources: [a], arcs: [{event: go, target: t}]}
  - {name: t, resources: [a, b], on_entry: [say, say, odd, say, say], arcs: [{event: error, actions: [say]}]}
)",
                         "t", "a=t b=t"},
                        {"exit action", R"(
  - name: s
    resources: [a]
    catch: [{target: u}]
    states: [{name: s1, resources: [b], on_exit: [odd], arcs: [{event: go, target: t}]}]
  - {name: t, resources: [a]}
  - {name: u, resources: [d]}
)",
                         "u", "d=u"},
                        {"exit action of one region; the other is left, too", R"(
  - name: s
    type: parallel
    resources: [a]
    on_exit: [leave]
    states: [{name: s1, resources: [b], arcs: [{event: go, target: t}]}, {name: s2, resources: [c], on_exit: [odd], catch: [{target: u}]}]
  - {name: t}
  - {name: u, resources: [d]}
)",
                         "u", "d=u"},
                        {"guard", R"(
  - name: s
    type: parallel
    resources: [a]
    states:
    - {name: s1, resources: [b], states: [{name: s11, resources: [d], arcs: [{event: go, target: s12, condition: broken}], catch: [{target: s12}]}, {name: s12, resources: [c]}]}
    - {name: s2, resources: [b]}
)",
                         "s s1 s12 s2", "a=s b=s1 b=s2 c=s12"},
                        {"in the middle of entering three nested states, caught outside", R"(
  - {name: s, resources: [a], arcs: [{event: go, target: n3}], catch: [{target: s}]}
  - name: n1
    resources: [a]
    catch: [{target: u}]
    states: [{name: n2, resources: [b], on_entry: [odd], states: [{name: n3, resources: [c]}]}]
  - {name: u}
)",
                         "u", ""},
                        {"in the middle of entering three nested states, caught inside the outermost", R"(
  - {name: s, arcs: [{event: go, target: n3}]}
  - name: n1
    resources: [a]
    states:
    - {name: n2, resources: [b], catch: [{target: o}], states: [{name: n3, resources: [c], on_entry: [say, odd]}]}
    - {name: o, resources: [d]}
)",
                         "n1 o", "a=n1 d=o"},
                        {"in an inner state of a region, before the other region is entered", R"(
  - {name: s, arcs: [{event: go, target: both}]}
  - name: both
    type: parallel
    resources: [a]
    states:
    - {name: left, resources: [b], initial: l1, states: [{name: l1, on_entry: [odd], catch: [{target: l2}]}, {name: l2, resources: [c]}]}
    - {name: right, resources: [b], states: [{name: r1, resources: [d]}]}
)",
                         "both left l2 right r1", "a=both b=left b=right c=l2 d=r1"},
                        {"arc action, after the source was left", R"(
  - {name: s, resources: [a], arcs: [{event: go, target: t, resources: [b], actions: [say, odd]}], catch: [{target: u}]}
  - {name: t, resources: [a]}
  - {name: u, resources: [b]}
)",
                         "u", "b=u"},
                        {"nobody takes it", R"(
  - {name: s, resources: [a], arcs: [{event: go, target: t}]}
  - {name: t, resources: [a, b], states: [{name: t1, resources: [c], on_entry: [odd]}]}
)",
                         "", ""}};
  for (const Case& one : cases) {
    CAPTURE(one.what);
    Leasing p;
    Execution run = p.chart(one.states).start({});
    run.send("go");
    CHECK(Playing::joined(run.configuration()) == one.configuration);
    CHECK(p.holders() == one.holders);
    CHECK(run.finished() == std::string(one.configuration).empty());
    run.cancel();
    CHECK(p.holders() == "");
    for (const char* name : {"a", "b", "c", "d"})
      CHECK(p.manager.get_resource_status(name).active_count == 0);
  }
}

TEST_CASE("an acquire that fails in the middle of a transition gives back what the transition carried") {
  Leasing p;
  const auto none = p.thing("none");
  none->refuse = 1000;
  Execution run = p.chart(R"(
  - {name: s, resources: [a, b], arcs: [{event: go, target: t}]}
  - {name: t, resources: [a], catch: [{target: u}], states: [{name: t1, resources: [b, none]}]}
  - {name: u}
)")
                      .start({});
  run.send("go");
  CHECK(run.configuration() == Names{"u"});
  CHECK(p.holders() == "");
}

TEST_CASE("two regions that would push a network at once: the first does, and the chart stays legal") {
  Leasing p;
  const Machine machine = p.load(R"(
networks:
- name: main
  initial: both
  states:
  - name: both
    type: parallel
    resources: [a]
    states:
    - {name: left, states: [{name: l1, resources: [b], arcs: [{event: e, target_network: sub, return_state: l2}]}, {name: l2}]}
    - {name: right, states: [{name: r1, arcs: [{event: e, target_network: sub, return_state: r2}, {event: f, target: out}]}, {name: r2}]}
  - {name: out}
- name: sub
  initial: s
  resources: [c]
  states: [{name: s, arcs: [{event: end, target: done}]}, {name: done, type: final}]
)");
  Execution run = machine.start({}, {.id = "1"});
  run.send("e");
  CHECK(run.configuration() == Names{"both", "left", "l1", "right", "r1", "s"});
  CHECK(p.lent() == Names{"a=m/main.both#1", "b=m/main.l1#1", "c=m/sub#1"});
  run.send("f");  // not of the network that runs
  run.send("end");
  CHECK(run.configuration() == Names{"both", "left", "l2", "right", "r1"});
  CHECK(p.lent() == Names{"a=m/main.both#1"});
}

TEST_CASE("an arc that leaves the state which another one pushes from comes too late") {
  Leasing p;
  const Machine machine = p.load(R"(
networks:
- name: main
  initial: both
  states:
  - name: both
    type: parallel
    states:
    - {name: left, arcs: [{event: e, target_network: sub}]}
    - {name: right, arcs: [{event: e, target: out}]}
  - {name: out}
- name: sub
  initial: s
  states: [{name: s, arcs: [{event: end, target: done}]}, {name: done, type: final}]
)");
  Execution run = machine.start({});
  run.send("e");
  CHECK(run.configuration() == Names{"both", "left", "right", "s"});
  run.send("end");
  CHECK(run.configuration() == Names{"both", "left", "right"});
  run.send("e");
  CHECK(run.configuration() == Names{"both", "left", "right", "s"});
}
