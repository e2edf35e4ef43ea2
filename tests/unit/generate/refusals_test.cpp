// What a machine may hold in YAML and not in a generated header, and what is read without the program around.

#include <leasehold/fsm/generate.hpp>

#include <doctest/doctest.h>

using namespace leasehold::fsm;

namespace {

// The first error of a machine whose states are these, as "line:column: message; hint".
std::string refused(const std::string& states, const std::string& head = "") {
  try {
    generate_machine_text("name: m\n" + head + "networks:\n- name: main\n  states:\n" + states);
  } catch (const LoadError& error) {
    for (const Diagnostic& one : error.diagnostics())
      if (one.severity == Severity::error)
        return std::to_string(one.line) + ":" + std::to_string(one.column) + ": " + one.message + "; " +
               one.hint;
  }
  return "";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what a header cannot do is refused at its place, with what to do instead") {
  const std::pair<const char*, const char*> cases[] = {
      {"  - {name: a, type: parallel, states: [{name: b}, {name: c}]}",
       "5:5: the parallel state 'a' cannot be generated; run this machine from its YAML"},
      {"  - {name: a, states: [{name: b}, {name: h, type: history, arcs: [{target: b}]}]}",
       "5:35: the history 'h' cannot be generated; run this machine from its YAML"},
      {"  - {name: a, on_entry: {jq: '.x = \"${USER_NAME:-nobody}\"'}}",
       "5:30: what comes from the environment cannot be generated; let a function read it"},
      {"  - {name: a, arcs: [{event: e, target: a, condition: '.limit < ${LIMIT}'}]}",
       "5:55: what comes from the environment cannot be generated; let a function read it"},
      {"  - {name: a, arcs: [{event: e, target: a, condition: '[.x'}]}",
       "5:55: the jq '[.x' does not compile: '[' is not closed; "},
      {"  - {name: a, functions: {transform: f}, states: [{name: b}], arcs: [{event: error, target: b, "
       "internal: true}]}",
       "5:70: an internal arc for errors of the state 'a' with a transform cannot be generated; move "
       "the transform to on_entry"},
      {"  - {name: a, on_entry: delete}",
       "5:25: 'delete' cannot be a member of a C++ class; give the function another name"},
  };
  for (const auto& [states, expected] : cases) {
    CAPTURE(states);
    CHECK(refused(std::string(states) + "\n") == expected);
  }
  CHECK(has(refused("  - {name: a}\n- name: other\n  states: [{name: b}]\n"),
            "a second network cannot be generated"));
}

TEST_CASE("what the loader refuses is refused here too") {
  CHECK(has(refused("  - {name: a, arcs: [{event: e, target: b}]}\n"), "b"));
  CHECK(has(refused("  - {name: a, targt: b}\n"), "'targt'"));
}

TEST_CASE("resources are named and neither looked up nor configured: no type, no environment, no secret") {
  const std::string header = generate_machine_text(R"(
name: m
resources:
  db: {type: of_the_program, token: "${TOKEN}", path: "${DIR:?where}"}
states:
  - {name: a, resources: [db, {name: cache, required: false, timeout: 250ms, role: "fast\"er"}], arcs: [{event: e, target: b}]}
  - {name: b, type: final}
)");
  CHECK(has(
      header,
      R"({{.name = "db"}, {.name = "cache", .required = false, .timeout = leasehold::Duration(250000000), .role = "fast\"er"}})"));
  CHECK_FALSE(has(header, "unset"));
  CHECK_FALSE(has(header, "of_the_program"));
}

TEST_CASE("names of states and events that C++ does not have are changed, each into one of its own") {
  const std::string header = generate_machine_text(R"(
name: 3 things
states:
  - {name: class, arcs: [{event: a.b, target: a-b}, {event: a_b, target: a.b}]}
  - {name: a-b, arcs: [{event: [new, "4"], target: class}]}
  - {name: a.b}
)");
  for (const char* part : {"namespace n3_things {", "struct class_ :", "struct a_b :", "struct a_b_2 :",
                           "static constexpr std::string_view name = \"a.b\"", "events::new_", "events::n4"})
    CHECK(has(header, part));
}

TEST_CASE("a namespace of the caller's choice") {
  CHECK(has(generate_machine_text("name: m\nstates: [{name: a}]\n", {.name_space = "shop::orders"}),
            "namespace shop::orders {"));
}
