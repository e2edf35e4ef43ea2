#include "folders.hpp"
#include "linted.hpp"

#include <doctest/doctest.h>
#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/lint.hpp>
#include <leasehold/fsm/machine.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace leasehold;
using namespace leasehold::fsm;
using test::findings;
using test::rules_of;

using Lines = std::vector<std::string>;

namespace {

// A state that nothing leads to, an arc that is never taken and an older form, in lines 3 to 5.
std::string machine(const std::string& lint = "") {
  return "name: m\nnetworks: [{name: main, initial: s, states: [\n"
         "{name: lost, arcs: [{target: e}]},\n"
         "{name: s, arcs: [{target: e}, {target: e}]},\n"
         "{name: e, is_end: true}]}]\n" +
         lint;
}

std::string refusal(const std::string& text) {
  return test::Document::text(test::Document(text).errors);
}

std::string option_refusal(const LintOptions& options) {
  try {
    const test::Document document(machine(), {}, "m.yaml", options);
    return "";
  } catch (const ConfigError& error) {
    return error.message() + "; " + error.hint();
  }
}

const Lines everything = {"unreachable-state", "shadowed-arc", "older-form"};

}  // namespace

TEST_CASE("every rule has a name, a line and a paragraph") {
  std::set<std::string_view> ids;
  for (const LintRule& rule : lint_rules()) {
    CAPTURE(rule.id);
    CHECK(ids.insert(rule.id).second);
    CHECK(rule.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
    CHECK(rule.summary.size() >= 20);
    CHECK(rule.summary.size() <= 80);
    CHECK(rule.explanation.size() >= 120);
    CHECK(rule.explanation.back() == '.');
    CHECK(rule.severity != Severity::error);
  }
  CHECK(ids.size() == 10);
}

TEST_CASE("docs/machines.md lists every rule") {
  std::ostringstream text;
  text << std::ifstream(folders::source("docs/machines.md")).rdbuf();
  for (const LintRule& rule : lint_rules()) {
    const std::string row = "| `" + std::string(rule.id) + "` | " + std::string(rule.summary) + " |\n";
    CHECK_MESSAGE(text.str().find(row) != std::string::npos, row);
  }
}

TEST_CASE("a machine switches rules off for itself") {
  CHECK(rules_of(findings(machine())) == everything);
  CHECK(rules_of(findings(machine("lint: {disable: [unreachable-state]}\n"))) ==
        Lines{"shadowed-arc", "older-form"});
  CHECK(rules_of(findings(machine("lint: {disable: [older-form, unreachable-state]}\n"))) ==
        Lines{"shadowed-arc"});
  CHECK(rules_of(findings(machine("lint: {disable: shadowed-arc}\n"))) ==
        Lines{"unreachable-state", "older-form"});
  CHECK(rules_of(findings(machine("lint: {disable: []}\n"))) == everything);
  CHECK(rules_of(findings(machine("lint: {}\n"))) == everything);
}

TEST_CASE("options choose rules, over what the machine says") {
  const std::string own = machine("lint: {disable: [unreachable-state]}\n");
  CHECK(rules_of(findings(machine(), {.disable = {"older-form"}})) ==
        Lines{"unreachable-state", "shadowed-arc"});
  CHECK(rules_of(findings(own, {.disable = {"older-form"}})) == Lines{"shadowed-arc"});
  CHECK(rules_of(findings(own, {.enable = {"unreachable-state"}})) == everything);
  CHECK(rules_of(findings(own, {.only = {"unreachable-state"}})) == Lines{"unreachable-state"});
  CHECK(rules_of(findings(own, {.only = {"shadowed-arc"}, .enable = {"unreachable-state"}})) ==
        Lines{"unreachable-state", "shadowed-arc"});
  CHECK(rules_of(findings(own, {.only = {"shadowed-arc", "older-form"}, .disable = {"shadowed-arc"}})) ==
        Lines{"older-form"});
}

TEST_CASE("a name that is no rule's is an error, with the nearest") {
  CHECK(refusal(machine("lint: {disable: [shadowed-arcs, older-form]}\n")) ==
        "m.yaml:6:18: error[config.value]: lint has no rule 'shadowed-arcs'; did you mean 'shadowed-arc'?\n"
        " 6 | lint: {disable: [shadowed-arcs, older-form]}\n"
        "   |                  ^\n");
  CHECK(refusal(machine("lint: {disabled: [older-form]}\n")).find("lint has no key 'disabled'") !=
        std::string::npos);
  CHECK(refusal(machine("lint: off\n")) != "");
  for (const LintOptions& options :
       {LintOptions{.only = {"pool-to-small"}}, LintOptions{.enable = {"pool-to-small"}},
        LintOptions{.disable = {"pool-to-small"}}})
    CHECK(option_refusal(options) == "lint has no rule 'pool-to-small'; did you mean 'pool-too-small'?");
}

TEST_CASE("a program lints a machine without registering anything") {
  ResourceManager manager({.maintenance = false});
  register_builtin_types(manager);
  const std::string text = machine("resources: {limits: {data: {n: 1}}}\n");
  const std::vector<Diagnostic> found = lint_machine_text(text, manager, {}, {}, "orders.yaml");
  REQUIRE(found.size() == 3);
  CHECK(found[0].severity == Severity::warning);
  CHECK(
      to_text(found[0]) ==
      "orders.yaml:3:1: warning[unreachable-state]: nothing leads to the state 'lost'; add an arc to it, or "
      "remove it\n 3 | {name: lost, arcs: [{target: e}]},\n   | ^");
  CHECK(found[2].severity == Severity::note);
  CHECK(manager.names().empty());

  const std::vector<Diagnostic> refused = lint_machine_text("name: m\nsates: []\n", manager, {});
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].severity == Severity::error);
  CHECK(refused[0].rule == "");
  CHECK(lint_machine("/no/such/machine.yaml", manager, {}).at(0).code == errc::path_missing);

  LoadOptions only;
  only.lint.only = {"shadowed-arc"};
  CHECK(lint_machine_text(text, manager, {}, only).size() == 1);
  CHECK(load_machine_text(text, manager, {}, only).warnings().size() == 1);
}

TEST_CASE("the machines that ship are clean") {
  FunctionRegistry functions;
  LoadOptions options;
  options.environment = [](const std::string& name) {  // the one without a default
    return name == "FACTS_URL" ? std::optional<std::string>("http://localhost") : std::nullopt;
  };
  std::size_t machines = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folders::source("configs"))) {
    if (entry.path().extension() != ".yaml") continue;
    ResourceManager manager({.maintenance = false});
    register_builtin_types(manager);
    CHECK(test::Document::text(lint_machine(entry.path(), manager, functions, options)) == "");
    ++machines;
  }
  CHECK(machines >= 2);
}
