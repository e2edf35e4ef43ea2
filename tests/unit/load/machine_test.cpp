#include "loaded.hpp"

#include <doctest/doctest.h>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace std::chrono_literals;
using test::Document;

namespace {

const char* const country_import = R"(# yaml-language-server: $schema=machine.schema.json
name: country_import
resources:
  db:    {type: database, backend: sqlite3, connection: "dbname=${DB:-countries.db}", pool: {max_size: 4, acquire_timeout: 5s}}
  files: {type: filesystem, base_path: ./data}
  rates: {type: http, base_url: "${RATES_URL}", breaker: {failures: 5, open: 30s}}
networks:
  - name: main
    resources: [files]                     # held while the network runs
    initial: load
    states:
      - name: load
        functions:
          transform:
            - {call: files.read_json, with: {path: iso_3166-1.json}, into: .countries}
        arcs: [{target: store}]
      - name: store
        resources: [db, {name: rates, required: false, timeout: 250ms}]
        functions:
          validate: {jq: '.countries | length > 0'}
          transform:
            - {call: db.insert, with: {table: country, rows: "${{ .countries }}", on_conflict: update}, into: .stored}
            - enrich_countries             # a registered C++ function
        retry: {errors: [connection, timeout], attempts: 3, delay: 50ms, backoff: 2, jitter: 0.2}
        catch: [{errors: [breaker.open], target: parked, into: .why}]
        timeout: 10s
        arcs:
          - {target: done, condition: '.stored > 0'}
          - {target: parked}
      - {name: parked, type: final, success: false}
      - {name: done, type: final}
)";

}  // namespace

TEST_CASE("the design's example becomes a model") {
  const Document m(country_import, {{"RATES_URL", "http://127.0.0.1:8080/v1"}});
  CHECK(Document::text(m.errors) == "");
  CHECK(Document::text(m.warnings) == "");
  CHECK(Document::text(m.notes) == "");
  REQUIRE(m.loaded.definition);
  CHECK(m->name == "country_import");
  CHECK(m->resources == std::vector<std::string>{"db", "files", "rates"});
  CHECK_FALSE(m->event_driven);
  CHECK(m->main == 0);

  const auto& declared = m.loaded.resources.declarations();
  REQUIRE(declared.size() == 3);
  CHECK(declared[0].origin == "m.yaml:4:3");
  CHECK(declared[0].config["connection"] == "dbname=countries.db");
  CHECK(declared[0].config["pool"] == nlohmann::json({{"max_size", 4}, {"acquire_timeout", "5s"}}));
  CHECK(declared[2].config["base_url"] == "http://127.0.0.1:8080/v1");

  const Network& network = m.network();
  CHECK(network.resources.at(0).name == "files");
  REQUIRE(network.states.size() == 5);
  CHECK(network.states[root].children == std::vector<StateIndex>{1, 2, 3, 4});
  CHECK(network.states[root].initial == std::vector<StateIndex>{1});

  const State& load = m.state("load");
  const auto& call = std::get<CallOperation>(load.transform.at(0).what);
  CHECK(call.resource == "files");
  CHECK(call.operation == "read_json");
  CHECK(call.arguments.source() == nlohmann::json({{"path", "iso_3166-1.json"}}));
  CHECK(call.into->text() == ".countries");
  CHECK(load.arcs.at(0).targets == std::vector<StateIndex>{2});
  CHECK(load.position == Position{12, 9});

  const State& store = m.state("store");
  REQUIRE(store.resources.size() == 2);
  CHECK(store.resources[1].name == "rates");
  CHECK_FALSE(store.resources[1].required);
  CHECK(store.resources[1].timeout == 250ms);
  CHECK(store.validate.at(0).text == ".countries | length > 0");
  CHECK_FALSE(std::get<CallOperation>(store.transform.at(0).what).arguments.constant());
  CHECK(std::get<CallFunction>(store.transform.at(1).what).name == "enrich_countries");
  CHECK(store.retry->errors == std::vector<std::string>{"connection", "timeout"});
  CHECK(store.retry->attempts == 3);
  CHECK(store.retry->delay == 50ms);
  CHECK(store.retry->jitter == 0.2);
  CHECK(store.catches.at(0).target == 3);
  CHECK(store.catches.at(0).into->text() == ".why");
  CHECK(store.timeout == 10s);
  CHECK(std::get<JqProgram>(store.arcs.at(0).condition->test).source() == ".stored > 0");
  CHECK(m.state("parked").type == StateType::final);
  CHECK_FALSE(m.state("parked").success);
  CHECK(m.state("done").success);
}

TEST_CASE("what an unset variable makes of a value is no second error") {
  const Document m(R"(
name: m
resources: {rates: {type: http, idle: "${NONE}"}}
states: [{name: a, type: final}]
)");
  CHECK(Document::lines(m.errors) ==
        std::vector<std::string>{
            "3:39 config.missing the environment variable 'NONE' is not set; set it, or give a "
            "default: ${NONE:-default}"});
}

TEST_CASE("a variable that is not set is refused at its place") {
  const Document m(country_import);
  CHECK(Document::lines(m.errors) ==
        std::vector<std::string>{
            "6:33 config.missing the environment variable 'RATES_URL' is not set; set it, or give a "
            "default: ${RATES_URL:-default}"});
  CHECK_FALSE(m.loaded.definition);
}
