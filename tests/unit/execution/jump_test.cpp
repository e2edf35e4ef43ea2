// Transitions that are mere changes of state behave like all others.

#include "running.hpp"

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fsm::test;
using nlohmann::json;

namespace {

struct Jumping : Running {
  Jumping() {
    functions.guard("open", [this](const Context& c) {
      ++asked;
      inside = c.in("a") ? "a" : "";
      return open;
    });
    functions.guard("broken", [](const Context&) -> bool { throw std::runtime_error("no answer"); });
    functions.action("look", [this](Context& c) {
      seen.push_back(std::string(c.state) + " " + c.event.name + " " + c.event.data.dump() + " " +
                     c.owner.name() + (c.in("a") ? " in a" : "") + (c.in("b") ? " in b" : ""));
    });
    functions.action("tell", [](Context& c) { c.raise("told", 7); });
  }
  bool open = true;
  int asked = 0;
  std::string inside;
};

}  // namespace

TEST_CASE("a jump asks guards in order, and its functions see that the source has been left") {
  Jumping r;
  Execution run = r.chart(
                       "  - {name: a, arcs: [{event: go, target: b, condition: open, actions: [look]}, "
                       "{event: go, target: c}]}\n"
                       "  - {name: b, arcs: [{event: go, target: a}, {event: stay, actions: [look]}]}\n"
                       "  - {name: c, arcs: [{event: go, target: a}]}\n")
                      .start({}, {.id = "1"});
  r.open = false;
  run.send("go");
  CHECK(run.configuration() == Names{"c"});
  CHECK(r.inside == "a");
  run.send("nothing");
  run.send("go");
  r.open = true;
  run.send("go.now", json(3));
  CHECK(run.configuration() == Names{"b"});
  CHECK(r.seen == Names{"a go.now 3 m/main.a#1"});
  run.send("stay");
  CHECK(r.seen.back() == "b stay null m/main.b#1 in b");
  CHECK(run.result().path == Names{"a", "c", "a", "b"});
  CHECK(run.result().metadata["transitions"] == 4);
}

TEST_CASE("jumps between depths leave and enter what lies between") {
  Jumping r;
  Execution run = r.chart(R"(
  - {name: top, arcs: [{event: in, target: deep}]}
  - name: outer
    initial: middle
    arcs: [{event: out, target: top}, {event: again, target: outer, internal: true}, {event: stay, actions: [look]}]
    states:
    - name: middle
      initial: other
      states:
      - {name: other}
      - {name: deep, arcs: [{event: side, target: other}]}
    - {name: lone}
)")
                      .start({});
  run.send("in");
  CHECK(run.configuration() == Names{"outer", "middle", "deep"});
  run.send("side");
  CHECK(run.configuration() == Names{"outer", "middle", "other"});
  run.send("stay");
  CHECK(run.configuration() == Names{"outer", "middle", "other"});
  run.send("out");
  CHECK(run.configuration() == Names{"top"});
  run.send("in");
  CHECK(run.configuration() == Names{"outer", "middle", "deep"});
  CHECK(run.result().path ==
        Names{"top", "outer", "middle", "deep", "other", "top", "outer", "middle", "deep"});
}

TEST_CASE("events that a jump's functions raise come before the next, in states that jumps entered") {
  Jumping r;
  r.thing("db");
  Execution run = r.chart(
                       "  - {name: a, arcs: [{event: go, target: b, actions: [tell]}]}\n"
                       "  - {name: b, arcs: [{event: told, target: c, actions: [look]}]}\n"
                       "  - {name: c, resources: [db], arcs: [{event: go, target: a}]}\n")
                      .start({}, {.id = "1"});
  run.send("go");
  CHECK(run.configuration() == Names{"c"});
  CHECK(r.seen == Names{"b told 7 m/main.b#1"});
  CHECK(run.leases() == Names{"db"});
  run.send("go");
  CHECK(run.leases().empty());
  CHECK(run.configuration() == Names{"a"});
}

TEST_CASE("faults of jumps go where all faults go") {
  Jumping r;
  const std::string rest = "  - {name: saved, arcs: [{event: go, target: a}]}\n  - {name: z, type: final}\n";
  {
    Execution run =
        r.chart(
             "  - {name: a, arcs: [{event: go, target: z, condition: broken}], catch: [{target: saved, "
             "into: .why}]}\n" +
             rest)
            .start({});
    run.send("go");
    CHECK(run.configuration() == Names{"saved"});
    CHECK(run.result().data["why"]["message"] == "the condition 'broken' failed: no answer");
    run.send("go");
    CHECK(run.configuration() == Names{"a"});
  }
  {
    Execution run =
        r.chart(
             "  - {name: a, arcs: [{event: go, target: z, actions: [boom]}], catch: [{target: saved, into: "
             ".why}]}\n" +
             rest)
            .start({});
    run.send("go");
    CHECK(run.configuration() == Names{"saved"});
    CHECK(run.result().data["why"]["message"] == "the function 'boom' in the state 'main.a' failed: boom");
    CHECK(run.result().path == Names{"a", "saved"});
  }
  {
    Execution run =
        r.chart("  - {name: a, arcs: [{event: go, target: z, actions: [odd]}]}\n" + rest).start({});
    run.send("go");
    CHECK(run.finished());
    CHECK(run.result().error ==
          "fsm.action: the function 'odd' in the state 'main.a' threw something that is no std::exception");
  }
}

TEST_CASE("a visit late in a long life holds, fails and is cancelled like the first") {
  for (const int before : {0, 600}) {
    CAPTURE(before);
    Jumping r;
    const auto db = r.thing("db");
    std::function<void(Context&)> work = [](Context&) {};
    r.functions.action("work", [&](Context& c) { work(c); });
    Execution run = r.chart(
                         "  - {name: idle, arcs: [{event: go, target: working}]}\n"
                         "  - {name: working, resources: [db], functions: {transform: [work, look, leases]}, "
                         "arcs: [{event: go, target: idle}, {event: told, target: idle}]}\n"
                         "  - {name: saved, arcs: [{event: go, target: idle}]}\n",
                         "  on_error: [{target: saved, into: .why}]\n")
                        .start(json::object(), {.id = "1"});
    for (int i = 0; i < before; ++i) run.send("go");
    const auto why = [&] { return run.result().data["why"]["message"].get<std::string>(); };

    r.seen.clear();
    run.send("go", 3);
    CHECK(r.seen == Names{"working go 3 m/main.working#1", "working:db"});
    REQUIRE(run.snapshot().leases.size() == 1);
    CHECK(run.snapshot().leases.front().owner == "m/main.working#1");
    run.send("go");
    CHECK(run.configuration() == Names{"idle"});
    CHECK(r.lent().empty());

    work = [](Context& c) { c.raise("told"); };
    run.send("go");
    CHECK(run.configuration() == Names{"idle"});
    CHECK(r.lent().empty());

    work = [](Context&) { throw std::runtime_error("tired"); };
    r.seen.clear();
    run.send("go");
    CHECK(run.configuration() == Names{"saved"});
    CHECK(why() == "the function 'work' in the state 'main.working' failed: tired");
    CHECK(r.seen.empty());
    CHECK(r.lent().empty());
    run.send("go");

    r.manager.evict("db");
    db->refuse = 1;
    run.send("go");
    CHECK(run.configuration() == Names{"saved"});
    CHECK(why().find("refused") != std::string::npos);
    CHECK(r.lent().empty());
    run.send("go");
    CHECK(run.configuration() == Names{"idle"});
    CHECK(static_cast<int>(run.result().path.size()) == std::min(before + 11, 256));

    work = [&](Context&) { run.request_cancel(); };
    r.seen.clear();
    run.send("go");
    CHECK(run.finished());
    CHECK(run.result().code == errc::fsm_cancelled);
    CHECK(r.seen.empty());
    CHECK(r.lent().empty());
  }
}

TEST_CASE("of a long life the path keeps the last 256 states") {
  Jumping r;
  Execution run = r.chart(
                       "  - {name: a, arcs: [{event: go, target: b}]}\n"
                       "  - {name: b, arcs: [{event: go, target: c}]}\n"
                       "  - {name: c, arcs: [{event: go, target: a}]}\n")
                      .start({});
  for (int i = 0; i < 1000; ++i) run.send("go");
  const std::vector<std::string> path = run.result().path;
  REQUIRE(path.size() == 256);
  CHECK(path.back() == "b");
  CHECK(path[254] == "a");
  CHECK(path[0] == "b");  // 255 before: 255 is a multiple of 3
  CHECK(run.result().metadata["transitions"] == 1000);
}

TEST_CASE("the path names the states of a main network that is not the first") {
  Jumping r;
  Execution run = r.load(R"(
networks:
- {name: other, initial: z, states: [{name: z}, {name: y}]}
- name: main
  initial: a
  states:
  - {name: a, arcs: [{event: go, target: b}]}
  - {name: b, arcs: [{event: go, target: c, actions: [look]}]}
  - {name: c, arcs: [{event: go, target: inner, condition: open}]}
  - name: outer
    initial: inner
    states: [{name: inner, arcs: [{event: go, target: deep}]}]
  - name: around
    initial: deep
    states: [{name: deep, arcs: [{event: go, target: a}]}]
)")
                      .start({});
  Names expected = {"a"};
  const Names round = {"b", "c", "outer", "inner", "around", "deep", "a"};
  for (int i = 0; i < 100; ++i) {
    for (int event = 0; event < 5; ++event) run.send("go");
    expected.insert(expected.end(), round.begin(), round.end());
  }
  CHECK(run.configuration() == Names{"a"});
  CHECK(run.result().path == Names(expected.end() - 256, expected.end()));
}
