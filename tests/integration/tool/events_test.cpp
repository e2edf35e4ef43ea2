#include "child.hpp"

#include <doctest/doctest.h>
#include <eventually.hpp>

#include <signal.h>

using leasehold::test::eventually;
using nlohmann::json;

namespace {

constexpr const char* orders = R"(name: orders
resources:
  db: {type: dict, data: {a: 1}}
  mail: {type: dict, mode: copy, operations: [send]}
networks:
- name: main
  resources: [db]
  initial: idle
  states:
  - name: idle
    arcs:
    - {event: order.received, target: waiting, condition: '$event.data.amount > 10'}
    - {event: order.received, target: small}
  - name: waiting
    resources: [mail]
    on_entry: [{call: mail.send, with: {}}]
    arcs:
    - {event: [order.paid, order.settled], target: done, condition: '.open | not'}
    - {after: 1h, target: expired}
  - name: small
    arcs: [{event: order.retry, target: idle}]
  - {name: expired, type: final, success: false}
  - {name: done, type: final}
)";

constexpr const char* large = R"({"event": "order.received", "data": {"amount": 30}})";

struct Scratch : ScratchDirectory {
  Scratch() { write("m.yaml", orders); }
  Ended run(const std::string& events, std::vector<std::string> more = {}) const {
    write("e.jsonl", events);
    more.insert(more.begin(), {"run", "m.yaml", "--events", "e.jsonl", "--virtual-time"});
    return run_tool(*this, more);
  }
};

}  // namespace

TEST_CASE("each event is a line with what was entered, what is active and what is held") {
  const Scratch scratch;
  const Ended ended = scratch.run(
      "{\"event\": \"order.received\", \"data\": {\"amount\": 3}}\n\n"
      "{\"event\": \"order.retry\", \"after\": \"1s\"}\n" +
      std::string(large) + "\n{\"event\": \"order.paid\"}\n");
  CHECK(ended.status == 0);
  const auto lines = ended.lines();
  REQUIRE(lines.size() == 6);
  CHECK(lines[0]["cause"] == "start");
  CHECK(lines[0]["entered"] == json({"idle"}));
  CHECK(lines[1]["states"] == json({"main.small"}));
  CHECK(lines[1]["line"] == 1);
  CHECK(lines[2]["at_seconds"] == 1.0);
  CHECK(lines[2]["line"] == 3);
  CHECK(lines[3]["leases"] == json({"db", "mail"}));
  CHECK(lines[4]["finished"] == true);
  CHECK(lines[5]["result"]["path"] == json({"idle", "small", "idle", "waiting", "done"}));
  CHECK(ended.err.find("orders: 4 events in 1s: ended in 'done'\n") == 0);
}

TEST_CASE("virtual time passes where a line says so, and delays come due in it") {
  const Scratch scratch;
  const Ended ended =
      scratch.run(std::string(large) + "\n{\"advance\": \"2h\"}\n{\"event\": \"order.paid\"}\n");
  CHECK(ended.status == 1);
  const auto lines = ended.lines();
  REQUIRE(lines.size() == 5);
  CHECK(lines[2]["cause"] == "delay");
  CHECK(lines[2]["at_seconds"] == 3600.0);
  CHECK(lines[3]["delivered"] == false);
  CHECK(ended.err.find("ended in 'expired', which is no success\n"
                       "1 event came after the end, the first of e.jsonl:3\n") != std::string::npos);
}

TEST_CASE("a machine that waits when the events end is no failure, and gives everything back") {
  const Scratch scratch;
  const Ended ended = scratch.run(large, {"--format", "json"});
  CHECK(ended.status == 0);
  CHECK(ended.lines().back()["finished"] == false);
  const json summary = json::parse(ended.err);
  CHECK(summary["states"] == json({"main.waiting"}));
  CHECK(summary["resources"]["mail"]["active"] == 0);
}

TEST_CASE("every bad line of a file is named before anything runs") {
  const Scratch scratch;
  const Ended ended = scratch.run(std::string(large) + R"(
{"evnt": "x"}
{"event": "a", "advance": "1s"}
{"advance": "5"}
[1]
{"event" 1}
{"data": 1}
)");
  CHECK(ended.status == 2);
  CHECK(ended.out == "");
  CHECK(
      ended.err ==
      "e.jsonl:2: unknown key 'evnt'; did you mean 'event'?\n"
      "e.jsonl:3: 'advance' stands beside other keys; write {\"event\": \"name\"} or {\"advance\": \"5s\"}\n"
      "e.jsonl:4: a duration above zero or off is needed here, not \"5\"; write a number with its unit: "
      "250ms, "
      "5s, 1.5m, 2h\n"
      "e.jsonl:5: a mapping is needed here, not array; known keys: event, data, after, advance\n"
      "e.jsonl:6:10: syntax error while parsing object separator - unexpected number literal; expected ':'\n"
      "e.jsonl:7: there is no event; write {\"event\": \"name\"} or {\"advance\": \"5s\"}\n"
      "leasehold: 6 bad lines in 'e.jsonl', nothing was run\n");
}

TEST_CASE("a bad line of a stream ends it there: the events before it count, the line does nothing") {
  const Scratch scratch;
  const Ended ended = run_tool(scratch, {"run", "m.yaml", "--events", "-", "-q"},
                               std::string(large) + "\n{\"evnt\": \"x\"}\n{\"event\": \"order.paid\"}\n");
  CHECK(ended.status == 2);
  CHECK(ended.err == "leasehold: standard input:2: unknown key 'evnt'; did you mean 'event'?\n");
  CHECK(ended.lines().back()["result"]["path"] == json({"idle", "waiting"}));
}

TEST_CASE("an event that nothing waits for is pointed out, with the nearest name") {
  const Scratch scratch;
  const Ended ended = scratch.run("{\"event\": \"order.recieved\"}\n");
  CHECK(ended.status == 0);
  CHECK(ended.err.find("e.jsonl:1: warning: nothing in 'orders' waits for 'order.recieved'; did you mean "
                       "'order.received'?\n") == 0);
}

TEST_CASE("in real time a delay comes due while nobody writes, and an interruption ends the waiting") {
  const Scratch scratch;
  std::string quick = orders;
  quick.replace(quick.find("1h"), 2, "20ms");
  scratch.write("m.yaml", quick);
  scratch.write("e.jsonl", std::string(large) + "\n{\"advance\": \"1h\"}\n");
  const Ended ended = run_tool(scratch, {"run", "m.yaml", "--events", "e.jsonl", "-q"});
  CHECK(ended.lines().back()["result"]["final_state"] ==
        "expired");  // the rest of the hour is not waited for

  scratch.write("m.yaml", orders);
  Child child(scratch, {"run", "m.yaml", "--events", "e.jsonl"});
  REQUIRE(eventually([&] { return child.out().find("main.waiting") != std::string::npos; }));
  child.signal(SIGINT);
  const Ended interrupted = child.wait();
  CHECK(interrupted.status == 1);
  CHECK(interrupted.lines().back()["finished"] == false);
  CHECK(interrupted.err.find("in main.waiting when it was interrupted") != std::string::npos);
}

TEST_CASE("one execution takes one record") {
  const Scratch scratch;
  scratch.write("two.json", "[{}, {}]");
  const Ended two = scratch.run(large, {"-i", "two.json"});
  CHECK(two.status == 2);
  CHECK(two.err ==
        "leasehold: --events drives one execution, but 'two.json' holds several records; give one\n");
  scratch.write("one.json", R"({"open": false})");
  const Ended one = scratch.run(std::string(large) + "\n{\"event\": \"order.paid\"}\n",
                                {"-i", "one.json", "--set", "open=true"});
  CHECK(one.lines().back()["result"]["data"]["open"] == true);
  CHECK(one.lines().back()["finished"] == false);
}

TEST_CASE("step shows where the machine is, what it holds by whom, and where it may go") {
  const Scratch scratch;
  const Ended ended = run_tool(scratch, {"step", "m.yaml", "--set", "open=true"},
                               "order.received {\"amount\": 30}\ndata\nadvance 30m\nnext\n");
  CHECK(ended.status == 1);
  CHECK(ended.err == "");
  CHECK(ended.out ==
        "[0] main.idle\n"
        "  holds db   by orders/main#1\n"
        "  order.received [$event.data.amount > 10] -> waiting   from main.idle\n"
        "  order.received -> small   from main.idle\n"
        "[0] main.waiting\n"
        "  holds db   by orders/main#1\n"
        "  holds mail   by orders/main.waiting#1\n"
        "  order.paid, order.settled [.open | not] (does not hold) -> done   from main.waiting\n"
        "  after 1h -> expired   from main.waiting\n"
        "  next delay in 1h\n"
        "{\n  \"open\": true\n}\n"
        "[30m] main.waiting\n"
        "  holds db   by orders/main#1\n"
        "  holds mail   by orders/main.waiting#1\n"
        "  order.paid, order.settled [.open | not] (does not hold) -> done   from main.waiting\n"
        "  after 1h -> expired   from main.waiting\n"
        "  next delay in 30m\n"
        "[1h] ended in 'expired', which is no success\n");
}

TEST_CASE("step refuses what it does not know, with the nearest name, and goes on") {
  const Scratch scratch;
  const Ended ended = run_tool(scratch, {"step", "m.yaml", "--format", "json"},
                               "advnce 5s\norder.recieved\nadvance 5\norder.received {1\nnext\nsend\n\n"
                               "send nobody.waits\norder.received {\"amount\": 3}\nquit\nshow\n");
  CHECK(ended.status == 2);
  CHECK(ended.err.find(
            "standard input:1: 'advnce' is neither a command nor an event of 'orders'; did you mean "
            "'advance'?\n"
            "standard input:2: 'order.recieved' is neither a command nor an event of 'orders'; did you mean "
            "'order.received'?\n"
            "standard input:3: '5' is no duration; write advance 5s\n"
            "standard input:4: the data:1:2: ") == 0);
  CHECK(ended.err.find("standard input:5: no delay is pending\n"
                       "standard input:6: send needs the name of an event\n") != std::string::npos);
  const auto lines = ended.lines();
  REQUIRE(lines.size() == 3);  // nothing behind quit
  CHECK(lines[0]["arcs"][0]["condition"] == "$event.data.amount > 10");
  CHECK(lines[0]["leases"][0] == json({{"resource", "db"}, {"owner", "orders/main#1"}}));
  CHECK(lines[1]["states"] == json({"main.idle"}));
  CHECK(lines[2]["states"] == json({"main.small"}));
}

TEST_CASE("a long run says of each event what was entered, too") {
  const Scratch scratch;
  std::string events;
  for (int i = 0; i < 300; ++i)
    events += "{\"event\": \"order.received\"}\n{\"event\": \"nothing\"}\n{\"event\": \"order.retry\"}\n";
  const auto lines = scratch.run(events, {"-q"}).lines();
  REQUIRE(lines.size() == 902);
  for (std::size_t i = 1; i < 901; i += 3) {
    REQUIRE(lines[i]["entered"] == json({"small"}));
    REQUIRE(lines[i + 1]["entered"] == json::array());
    REQUIRE(lines[i + 2]["entered"] == json({"idle"}));
  }
}
