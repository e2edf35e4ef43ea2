#include "loaded.hpp"

#include <doctest/doctest.h>
#include <leasehold/fsm/machine.hpp>

using namespace leasehold;
using namespace leasehold::fsm;
using test::Document;

namespace {
const std::map<std::string, std::string> variables = {
    {"HOST", "example.org"}, {"SIZE", "4"}, {"EMPTY", ""}, {"PASSWORD", "hunter2-secret"}, {"WORD", "no"}};

std::string declaration(const std::string& config) {
  return "name: m\nresources:\n  db: {type: database, " + config +
         "}\nnetworks: [{name: main, states: [{name: only, type: final}]}]\n";
}

nlohmann::json config(const std::string& text) {
  const Document m(declaration(text), variables);
  CHECK(Document::text(m.errors) == "");
  return m.loaded.resources.declarations().at(0).config;
}

std::string refusal(const std::string& text) {
  const Document m(declaration(text), variables);
  const auto lines = Document::lines(m.errors);
  return lines.size() == 1 ? lines[0]
                           : std::to_string(lines.size()) + " errors:\n" + Document::text(m.errors);
}
}  // namespace

TEST_CASE("variables are filled in from the environment") {
  CHECK(config("connection: \"a${HOST}b${HOST}\"")["connection"] == "aexample.orgbexample.org");
  CHECK(config("connection: \"${NONE:-other}\"")["connection"] == "other");
  CHECK(config("connection: \"${EMPTY:-other}\"")["connection"] == "other");
  CHECK(config("connection: \"${EMPTY}\"")["connection"] == "");
  CHECK(config("connection: \"${NONE:-}\"")["connection"] == "");
  CHECK(config("connection: \"${NONE:-${HOST}/x}\"")["connection"] == "example.org/x");
  CHECK(config("connection: \"${HOST:?needed}\"")["connection"] == "example.org");
  CHECK(config("connection: \"$${HOST} $HOST $\"")["connection"] == "${HOST} $HOST $");
}

TEST_CASE("what stands unquoted is a number again after it is filled in") {
  const Document m(
      "name: m\nresources:\n  db:\n    type: database\n    pool:\n      max_size: ${SIZE}\n      min_size: "
      "${NONE:-2}\nnetworks: [{name: main, states: [{name: only, type: final}]}]\n",
      variables);
  CHECK(Document::text(m.errors) == "");
  CHECK(m.loaded.resources.declarations().at(0).config["pool"] ==
        nlohmann::json({{"max_size", 4}, {"min_size", 2}}));
}

TEST_CASE("expressions are left for run time, whatever is in them") {
  const Document m(R"(name: m
networks:
  - name: main
    initial: a
    states:
      - name: a
        on_entry: [{raise: e, data: {x: "${{ {\"a\": \"}}${HOST}\"} }} ${HOST}"}}]
        arcs: [{target: b}]
      - {name: b, type: final}
)",
                   variables);
  CHECK(Document::text(m.errors) == "");
  REQUIRE(m.loaded.definition);
  CHECK(std::get<Raise>(m.state("a").on_entry.at(0).what).data.source()["x"] ==
        "${{ {\"a\": \"}}${HOST}\"} }} example.org");
}

TEST_CASE("what cannot be filled in is refused") {
  CHECK(refusal("connection: \"${NONE}\"") ==
        "3:36 config.missing the environment variable 'NONE' is not set; set it, or give a default: "
        "${NONE:-default}");
  CHECK(refusal("connection: \"${NONE:?see the manual}\"") ==
        "3:36 config.missing the environment variable 'NONE' is not set: see the manual; set it, or give a "
        "default: "
        "${NONE:-default}");
  CHECK(refusal("connection: \"${EMPTY:?}\"") ==
        "3:36 config.missing the environment variable 'EMPTY' is not set; set it, or give a default: "
        "${EMPTY:-default}");
  CHECK(refusal("connection: \"${1A}\"") ==
        "3:36 config.value '${1A}' is no variable; write ${NAME}, ${NAME:-default} or ${NAME:?message}, or "
        "$${ for the "
        "two characters");
  CHECK(refusal("connection: \"${HOST\"") ==
        "3:36 config.value a ${ is not closed; close it with }, or write $${ for the two characters");
}

TEST_CASE("values from the environment are in no message") {
  CHECK(refusal("pool: {max_size: \"${PASSWORD}\"}") ==
        "3:41 config.value a whole number from 0 up is needed here, not \"${PASSWORD}\"");
  CHECK(refusal("pool: {acquire_timeout: \"a ${PASSWORD} b\"}") ==
        "3:48 config.value a duration is needed here, not \"a ${PASSWORD} b\"; write a number with its unit: "
        "250ms, 5s, "
        "1.5m, 2h");
  const Document m(
      "name: m\nresources:\n  db:\n    type: database\n    connection: ${WORD}\n"
      "networks: [{name: main, states: [{name: only, type: final}]}]\n",
      variables);
  CHECK(Document::lines(m.errors) ==
        std::vector<std::string>{
            "5:17 config.ambiguous_scalar '${WORD}' is read differently by different YAML readers; "
            "write true or false, or put it in quotes if text is meant"});
}

TEST_CASE(
    "a run that no condition lets go on tells them as written, without what came from the environment") {
  ResourceManager manager({.maintenance = false});
  LoadOptions options;
  options.environment = [](const std::string&) { return "hunter2"; };
  const Machine machine = load_machine_text(
      "name: m\nnetworks: [{name: main, states: [{name: a, arcs: [\n"
      "{target: b, condition: '.token == \"${TOKEN}\"'}, {target: b, condition: {jq: '.x == "
      "\"${TOKEN}\"'}}]},\n"
      "{name: b, type: final}]}]\n",
      manager, {}, options);
  const RunResult refused = machine.run({{"token", "other"}});
  CHECK(refused.error.find(R"('.token == "${TOKEN}"', '.x == "${TOKEN}"' do not hold)") != std::string::npos);
  CHECK(refused.error.find("hunter2") == std::string::npos);
  CHECK(machine.run({{"token", "hunter2"}}).success);

  const Machine failing = load_machine_text(
      "name: m\nnetworks: [{name: main, states: [{name: a, functions: {transform: {jq: '.n[\"${TOKEN}\"] + "
      "1'}},\n"
      "arcs: [{target: b}]}, {name: b, type: final}]}]\n",
      manager, {}, options);
  const RunResult failed = failing.run({{"n", 5}});
  CHECK_FALSE(failed.success);
  CHECK(failed.error.find(R"(the jq '.n["${TOKEN}"] + 1' failed: )") != std::string::npos);
  CHECK(failed.error.find("hunter2") == std::string::npos);
}
