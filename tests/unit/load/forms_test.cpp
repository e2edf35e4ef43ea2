#include "loaded.hpp"

#include <doctest/doctest.h>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace std::chrono_literals;
using test::Document;

TEST_CASE("the guides' form loads as it stands, each older key with a note") {
  const Document m(R"(name: guide
main_network: main
resources:
  - {name: database, type: database, config: {connection: a.db}, pool: {max_size: 2}}
networks:
  - name: main
    resources: [database]
    states:
      - name: start
        is_start: true
        resources: [database]
        functions:
          transform: {type: custom, name: enrich_countries}
      - name: end
        is_end: true
    arcs:
      - from: start
        to: end
        pre_test: {type: builtin, name: is_large}
        transform: cleanup
)");
  CHECK(Document::text(m.errors) == "");
  CHECK(Document::text(m.warnings) == "");
  REQUIRE(m.loaded.definition);
  CHECK(
      Document::lines(m.notes) ==
      std::vector<std::string>{
          "2:1 'main_network' is an older name of 'main'; write 'main'",
          "4:3 a list of resources is an older form; write resources: {name: {type: ..., ...}}",
          "10:9 'is_start' is an older key; write initial: start in the network",
          "13:22 {type: ..., name: ...} is an older form of a function; write its name alone: "
          "enrich_countries",
          "15:9 'is_end' is an older key; write type: final",
          "17:9 arcs in a list of their network are an older form; write it under arcs of the state 'start'",
          "18:9 'to' is an older name of 'target'; write 'target'",
          "19:9 'pre_test' is an older name of 'condition'; write 'condition'",
          "19:19 {type: ..., name: ...} is an older form of a guard; write its name alone: is_large",
          "20:9 'transform' is an older name of 'actions'; write 'actions'"});
  const State& start = m.state("start");
  CHECK(m.network().states[root].initial == std::vector<StateIndex>{1});
  CHECK(std::get<CallFunction>(start.transform.at(0).what).name == "enrich_countries");
  REQUIRE(start.arcs.size() == 1);
  CHECK(m.state_name(start.arcs[0].targets.at(0)) == "end");
  CHECK(std::get<GuardFunction>(start.arcs[0].condition->test).name == "is_large");
  CHECK(std::get<CallFunction>(start.arcs[0].actions.at(0).what).name == "cleanup");
  CHECK(m.state("end").type == StateType::final);
  const ResourceDeclaration& database = m.loaded.resources.declarations().at(0);
  CHECK(database.name == "database");
  CHECK(database.config ==
        nlohmann::json({{"type", "database"}, {"connection", "a.db"}, {"pool", {{"max_size", 2}}}}));
}

TEST_CASE("states without a network make one called main") {
  const Document m(
      "name: small\ninitial: a\nstates:\n  - {name: a, arcs: [{target: b}]}\n  - {name: b, type: final}\n");
  REQUIRE(m.loaded.definition);
  CHECK(m.network().name == "main");
  CHECK(Document::lines(m.notes) ==
        std::vector<std::string>{
            "3:1 states outside a network are an older form; write networks: [{name: main, states: ...}]"});
}

TEST_CASE("names are any text: dots, dashes, digits, other alphabets, the letters y and n") {
  const Document m(R"(name: n
resources: {db: {type: database}}
networks:
  - name: main
    initial: S-1.a
    states:
      - {name: S-1.a, arcs: [{event: E.1-x, target: "1"}, {event: "yes", target: y}]}
      - {name: "1", arcs: [{event: "1.5", target: "null"}, {event: n, condition: {in: y}, target: y}]}
      - name: y
        resources: [{name: db, as: n}]
        on_entry: [{call: n.query, with: {sql: ok}}, {raise: n}, {send: y, id: y, after: 1s}, {cancel: y}]
        arcs: [{event: "~", target: Ünï}]
      - {name: "null", arcs: [{event: "true", target: S-1.a}]}
      - {name: Ünï, arcs: [{event: a:b, target: a/b#c}]}
      - {name: a/b#c, type: final}
)");
  CHECK(Document::text(m.errors) == "");
  REQUIRE(m.loaded.definition);
  CHECK(m.state("1").arcs.at(0).events == std::vector<std::string>{"1.5"});
  CHECK(m.state_name(m.state("1").arcs.at(1).targets.at(0)) == "y");
}

TEST_CASE("a list that is empty says nothing, wherever it stands") {
  const Document m(R"(name: m
networks:
  - name: main
    resources: []
    states:
      - {name: a, states: [], resources: [], on_entry: [], on_exit: [], arcs: [{event: go, target: b, actions: []}], catch: []}
      - name: b
        states:
          - {name: h, type: history, states: [], on_entry: [], on_exit: [], arcs: []}
          - {name: b1, arcs: [{event: end, target: c}]}
      - {name: c, type: final, states: [], arcs: []}
    arcs: []
)");
  CHECK(Document::text(m.errors) == "");
  CHECK(m.loaded.definition);
}

TEST_CASE("every form of a function") {
  const Document m(R"(name: forms
networks:
  - name: main
    initial: a
    states:
      - name: a
        resources: [{name: shared_db, role: db}]
        on_entry:
          - cleanup
          - {jq: '.n + 1', into: .n}
          - {jq: '{n: 0}'}
          - {raise: counted, data: {n: "${{ .n }}"}}
          - {send: late, after: 1s, id: x}
          - {cancel: x}
          - {call: db.query, with: {sql: "select 1", params: ["${{ .n }}", 2], limit: "${{ .limit }}"}}
          - {call: shared_db.query, with: "${{ .arguments }}"}
        on_exit: cleanup
        arcs: [{event: [counted, late.*], target: b}]
      - {name: b, type: final}
)");
  CHECK(Document::text(m.errors) == "");
  REQUIRE(m.loaded.definition);
  CHECK(m->event_driven);
  const State& a = m.state("a");
  REQUIRE(a.on_entry.size() == 8);
  CHECK(std::get<CallFunction>(a.on_entry[0].what).name == "cleanup");
  CHECK(std::get<Transform>(a.on_entry[1].what).into->text() == ".n");
  CHECK_FALSE(std::get<Transform>(a.on_entry[2].what).into);
  CHECK(std::get<Raise>(a.on_entry[3].what).event == "counted");
  CHECK(std::get<Raise>(a.on_entry[3].what).data.source() == nlohmann::json({{"n", "${{ .n }}"}}));
  CHECK(std::get<Send>(a.on_entry[4].what).after == 1s);
  CHECK(std::get<Send>(a.on_entry[4].what).id.source() == "x");
  CHECK(std::get<Send>(a.on_entry[4].what).data.source() == nullptr);
  CHECK(std::get<Cancel>(a.on_entry[5].what).id.source() == "x");
  CHECK(std::get<CallOperation>(a.on_entry[6].what).resource == "db");
  CHECK(std::get<CallOperation>(a.on_entry[7].what).arguments.source() == "${{ .arguments }}");
  CHECK(a.on_entry[7].position == Position{16, 13});
  CHECK(a.on_exit.size() == 1);
  CHECK(a.arcs.at(0).events == std::vector<std::string>{"counted", "late.*"});
}

TEST_CASE("every form of a condition") {
  const Document m(R"(name: forms
networks:
  - name: main
    initial: a
    states:
      - name: a
        contract: {pre: [is_large, '.n > 0'], invariant: {in: a}}
        arcs:
          - {target: b, condition: {not: {jq: .done}}, priority: 1}
          - {target: b, condition: {all: [is_large, {any: ['.x', {in: a}]}]}, priority: 5}
          - {target: b, condition: empty}
          - {target: b, condition: false}
          - {target: b, after: 5s}
      - {name: b, type: final}
)");
  CHECK(Document::text(m.errors) == "");
  REQUIRE(m.loaded.definition);
  const State& a = m.state("a");
  CHECK(std::get<GuardFunction>(a.pre.at(0).test).name == "is_large");
  CHECK(std::get<JqProgram>(a.pre.at(1).test).source() == ".n > 0");
  CHECK(std::get<InState>(a.invariant.at(0).test).state == 1);
  REQUIRE(a.arcs.size() == 5);
  CHECK(a.arcs[0].priority == 5);  // the highest first, then the order of the document
  const auto& all = std::get<All>(a.arcs[0].condition->test).operands;
  CHECK(std::holds_alternative<GuardFunction>(all.at(0).test));
  CHECK(std::get<Any>(all.at(1).test).operands.size() == 2);
  CHECK(a.arcs[1].priority == 1);
  CHECK(std::get<JqProgram>(std::get<Not>(a.arcs[1].condition->test).operand.at(0).test).source() == ".done");
  CHECK(std::get<JqProgram>(a.arcs[2].condition->test).source() == "empty");
  CHECK(std::get<JqProgram>(a.arcs[3].condition->test).source() == "false");
  CHECK(a.arcs[4].after == 5s);
}

TEST_CASE("states nest, run in parallel and have histories") {
  const Document m(R"(name: nested
networks:
  - name: main
    initial: work
    states:
      - name: work
        resources: [shared_db]
        initial: second
        states:
          - {name: first, functions: {transform: {call: shared_db.query, with: {sql: "select 1"}}}}
          - {name: second, arcs: [{event: go, target: [left2, right1]}]}
          - {name: back, type: history, deep: true, initial: first}
        arcs: [{event: pause, target: paused}, {event: retry, target: first, internal: true}]
      - name: paused
        arcs: [{event: resume, target: back}]
      - name: both
        type: parallel
        states:
          - {name: left, states: [{name: left1}, {name: left2}]}
          - {name: right, states: [{name: right1}, {name: right_done, type: final}]}
        arcs: [{event: done.state.both, target: end}]
      - {name: end, type: final}
)");
  CHECK(Document::text(m.errors) == "");
  REQUIRE(m.loaded.definition);
  const State& work = m.state("work");
  CHECK(work.children == std::vector<StateIndex>{2, 3, 4});
  CHECK(work.initial == std::vector<StateIndex>{3});
  CHECK(m.state("back").type == StateType::history);
  CHECK(m.state("back").deep);
  CHECK(m.state("back").initial == std::vector<StateIndex>{2});
  CHECK(m.state("first").parent == 1);
  CHECK(m.state("second").arcs.at(0).targets.size() == 2);
  CHECK(work.arcs.at(1).internal);
  CHECK(m.state("both").type == StateType::parallel);
  CHECK(m.state("both").initial.empty());
  CHECK(m.state_name(m.state("left").initial.at(0)) == "left1");  // as SCXML: the first
}

TEST_CASE("networks push to each other") {
  const Document m(R"(name: pushing
main: outer
max_transitions: 50
max_depth: 4
timeout: 1m
networks:
  - name: inner
    states: [{name: only, type: final}]
  - name: outer
    initial: a
    on_error: {target: failed, into: .why}
    states:
      - name: a
        arcs:
          - target_network: inner
            return_state: b
            data_mapping: {order: "${{ .order }}"}
            result_mapping: {total: "${{ .total }}"}
      - {name: b, type: final}
      - {name: failed, type: final, success: false}
)");
  CHECK(Document::text(m.errors) == "");
  REQUIRE(m.loaded.definition);
  CHECK(m->main == 1);
  CHECK(m->max_transitions == 50);
  CHECK(m->max_depth == 4);
  CHECK(m->timeout == 1min);
  const Arc& arc = m.state("a", 1).arcs.at(0);
  REQUIRE(arc.push);
  CHECK(arc.push->network == 0);
  CHECK(m.state_name(arc.push->return_state, 1) == "b");
  CHECK(arc.push->data_mapping->source() == nlohmann::json({{"order", "${{ .order }}"}}));
  CHECK(m.network(1).on_error.at(0).errors == std::vector<std::string>{"*"});
  CHECK(m.network(0).states[root].initial == std::vector<StateIndex>{1});  // the only state
}

TEST_CASE("off is a value where a knob may be off") {
  const Document m(R"(name: knobs
resources:
  db: {type: database, idle: off, pool: {keepalive: off, max_uses: off}}
networks:
  - name: main
    states: [{name: only, type: final, resources: db, timeout: off}]
)");
  CHECK(Document::text(m.errors) == "");
  CHECK(m.loaded.resources.declarations().at(0).config["pool"] ==
        nlohmann::json({{"keepalive", "off"}, {"max_uses", "off"}}));
}
