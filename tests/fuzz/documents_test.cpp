// Machines and scenario files, damaged at random: whatever is read, nothing crashes or hangs, a refusal is a
// LoadError whose every error has a place, and nothing is accepted that the JSON Schema refuses, an unknown
// key above all.

#include "budget.hpp"
#include "corpus.hpp"
#include "load/keys.hpp"
#include "load/schema.hpp"
#include "load/value.hpp"
#include "mutation.hpp"
#include "testing/scenario.hpp"
#include "yaml/reader.hpp"

#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/machine.hpp>
#include <leasehold/fsm/schema.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <set>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace leasehold::fuzz;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::vector<std::string> yaml_words = {"&a ",
                                             "*a",
                                             "<<: *a",
                                             "!!binary ",
                                             "!!str ",
                                             "? ",
                                             "- ",
                                             ": ",
                                             "{",
                                             "}",
                                             "[",
                                             "]",
                                             "'",
                                             "\"",
                                             "|",
                                             ">-",
                                             "#",
                                             "%YAML 1.2",
                                             "---\n",
                                             "...\n",
                                             "\t",
                                             "\r\n",
                                             std::string(1, '\0'),
                                             "\x80",
                                             "\xEF\xBB\xBF",
                                             "\xED\xA0\x80",
                                             "${X}",
                                             "${",
                                             "${X:-",
                                             "$${",
                                             "${{ ",
                                             "${{ . }}",
                                             "}}",
                                             "null",
                                             "~",
                                             "true",
                                             "no",
                                             "010",
                                             "1_000",
                                             "12:30",
                                             "99999999999999999999",
                                             "1e999",
                                             ".inf",
                                             "-1",
                                             "0",
                                             "1ns",
                                             "9999999h",
                                             "off",
                                             "target: a",
                                             "event: '*'",
                                             "after: 1s",
                                             "type: parallel",
                                             "type: history",
                                             "type: final",
                                             "initial: a",
                                             "internal: true",
                                             "states: []",
                                             "{raise: e}",
                                             "{send: e, after: 1s}",
                                             "{jq: .}",
                                             "{in: a}",
                                             "{not: {in: a}}",
                                             "{all: []}",
                                             "resources: [db]",
                                             "target_network: main",
                                             "retry: {attempts: 0}",
                                             "catch: {target: a}",
                                             "timeout: 1s",
                                             "[[[[[[[[[[[[[[[[[[[[",
                                             "{a: {a: {a: {a: {a: {a: {a: {a: ",
                                             "unknown_key: 1",
                                             "a a",
                                             " "};

struct World {
  World() {
    register_builtin_types(manager);
    for (const char* name : {"enrich_countries", "cleanup"}) functions.action(name, [](Context&) {});
  }
  ResourceManager manager{{.maintenance = false}};
  FunctionRegistry functions;
};

const Schema& machine_document() {
  static const World world;
  static const Schema schema(machine_schema(world.manager));
  return schema;
}

// What is wrong with these diagnostics of a refusal; "" if nothing.
std::string examine(const std::vector<Diagnostic>& found) {
  bool failed = false;
  for (const Diagnostic& diagnostic : found) {
    if (diagnostic.message.empty()) return "a message is empty";
    if (to_text(diagnostic).find(diagnostic.message) == std::string::npos) return "a message is lost";
    if (to_json(diagnostic).dump().empty()) return "a message is no JSON";
    if (diagnostic.severity != Severity::error) continue;
    failed = true;
    if (diagnostic.line == 0 || diagnostic.column == 0) return "an error has no place: " + diagnostic.message;
  }
  return failed ? "" : "it was refused without an error";
}

// The document as JSON; none if it cannot be read alone, as where it names an environment variable.
std::optional<json> as_json(const std::string& text) {
  const Source source("m.yaml", text);
  Diagnostics diagnostics(source);
  try {
    const auto document = yaml::read(source, {}, diagnostics);
    if (!document || !document->root) return std::nullopt;
    auto value = to_json(*document->root, diagnostics, Off::text);
    return diagnostics.failed() ? std::nullopt : value;
  } catch (const TooManyErrors&) {
    return std::nullopt;
  }
}

struct Outcome {
  bool accepted = false;
  std::vector<Diagnostic> found = {};
  std::string problem = {};  // what must not be
};

Outcome load(const std::string& text) {
  World world;
  Outcome outcome;
  const auto start = std::chrono::steady_clock::now();
  try {
    load_machine_text(text, world.manager, world.functions);
    outcome.accepted = true;
  } catch (const LoadError& error) {
    outcome.found = error.diagnostics();
    outcome.problem = examine(outcome.found);
    if (outcome.problem.empty() && !world.manager.names().empty())
      outcome.problem = "something was registered";
  } catch (const std::exception& error) {
    outcome.problem = std::string("it is refused with what is no LoadError: ") + error.what();
  }
  if (std::chrono::steady_clock::now() - start > 20s) outcome.problem = "it took more than 20 s";
  return outcome;
}

std::string check_machine(const std::string& text) {
  const Outcome outcome = load(text);
  if (!outcome.accepted) return outcome.problem;
  const std::optional<json> document = as_json(text);
  if (!document) return "";
  for (const Mismatch& mismatch : machine_document().check(*document))
    return fmt::format("the loader accepts what the schema refuses: {} {}", mismatch.pointer,
                       mismatch.message);
  return "";
}

std::string check_scenarios(const std::string& text) {
  ScenarioFile file(Source((project / "configs/tests/damaged.test.yaml").string(), text));
  Diagnostics diagnostics(file.source);
  try {
    read_scenarios(file, diagnostics);
  } catch (const std::exception& error) {
    return std::string("it throws: ") + error.what();
  }
  return diagnostics.failed() ? examine(diagnostics.take()) : "";
}

// Draws damaged texts until the time is over; says what went wrong first.
template <class Check>
void storm(std::chrono::milliseconds usual, const std::vector<std::string>& texts, const Check& check) {
  REQUIRE_FALSE(texts.empty());
  test::Budget budget(usual);
  while (const auto seed = budget.next()) {
    const std::string text = Mutation(*seed, yaml_words).damage(texts);
    const std::string problem = check(text);
    if (problem.empty()) continue;
    FAIL(problem << "\n" << test::Budget::replay(*seed) << "\n" << text);
  }
  MESSAGE(budget.told());
}

// --- Unknown keys

// Below these anything may stand.
const std::set<std::string> open_keys = {"with",    "data",      "metadata",     "input",
                                         "version", "resources", "data_mapping", "result_mapping"};

void add_keys(const yaml::Node& node, std::vector<Position>& places) {
  for (const yaml::Entry& entry : node.entries) {
    places.push_back(entry.position);
    if (!open_keys.contains(entry.key)) add_keys(*entry.value, places);
  }
  for (const yaml::Node* item : node.items) add_keys(*item, places);
}

}  // namespace

TEST_CASE("damaged machines are refused with a place for each error, or are what the schema says") {
  storm(1500ms, machines(), check_machine);
}

TEST_CASE("damaged scenario files are refused with a place for each error, or are read") {
  storm(500ms, scenarios(), check_scenarios);
}

TEST_CASE("no key is accepted that is not known, wherever it stands") {
  const std::vector<std::string> texts = machines();
  test::Budget budget(700ms);
  while (const auto seed = budget.next()) {
    Mutation luck(*seed, yaml_words);
    const std::string& original = luck.one_of(texts);
    const Source source("m.yaml", original);
    Diagnostics diagnostics(source);
    const auto document = yaml::read(source, {}, diagnostics);
    REQUIRE(document);
    std::vector<Position> places;
    add_keys(*document->root, places);
    const Position place = places[luck.draw(places.size())];
    std::string text = original;
    std::size_t offset = 0;
    for (unsigned line = 1; line < place.line; ++line) offset = text.find('\n', offset) + 1;
    text.insert(offset + place.column - 1, "q");
    CAPTURE(test::Budget::replay(*seed));
    CAPTURE(text);
    const Outcome outcome = load(text);
    REQUIRE(outcome.problem == "");
    REQUIRE_FALSE(outcome.accepted);
    REQUIRE(std::any_of(outcome.found.begin(), outcome.found.end(), [&](const Diagnostic& found) {
      return found.code == errc::config_unknown_key && found.line == place.line &&
             found.column == place.column;
    }));
  }
  MESSAGE(budget.told());
}
