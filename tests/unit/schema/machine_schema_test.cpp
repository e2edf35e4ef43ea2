#include "../../../fsm/load/schema.hpp"
#include "../../../fsm/load/value.hpp"
#include "../../../fsm/yaml/reader.hpp"
#include "folders.hpp"

#include <doctest/doctest.h>
#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/machine.hpp>
#include <leasehold/fsm/schema.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace leasehold;
using namespace leasehold::fsm;
using nlohmann::json;

namespace {

const std::filesystem::path root_folder = folders::source();

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// What stands between `opening` and `closing`.
std::string between(const std::string& text, const std::string& opening, const std::string& closing) {
  const std::size_t start = text.find(opening) + opening.size();
  return text.substr(start, text.find(closing, start) - start);
}

struct BuiltIn {
  BuiltIn() { register_builtin_types(manager); }
  ResourceManager manager{{.maintenance = false}};
};

const json& schema() {
  static const json made = machine_schema(BuiltIn().manager);
  return made;
}

// As an editor sees it: nothing filled in from the environment, `off` as text.
json json_of(const std::string& yaml) {
  const Source source("m.yaml", yaml);
  Diagnostics diagnostics(source);
  const auto document = yaml::read(source, {}, diagnostics);
  const auto value = document ? to_json(*document->root, diagnostics, Off::text) : std::nullopt;
  for (const Diagnostic& diagnostic : diagnostics.take()) FAIL(to_text(diagnostic));
  return value.value();
}

// "/pointer message" of each mismatch; empty: the schema accepts it.
std::string refusals(const json& against, const std::string& yaml) {
  std::string text;
  for (const Mismatch& mismatch : check_schema(against, json_of(yaml)))
    text += mismatch.pointer + " " + mismatch.message + "\n";
  return text;
}

std::string loader_refusals(const std::string& yaml) {
  BuiltIn types;
  FunctionRegistry functions;
  functions.action("f", [](Context&) {});
  functions.guard("g", [](const Context&) { return true; });
  try {
    load_machine_text(yaml, types.manager, functions);
    return "";
  } catch (const LoadError& error) {
    return error.what();
  }
}

// A machine with `state` among the keys of its state a, and `resources`.
std::string machine(const std::string& state, const std::string& resources = "{}") {
  return "name: m\nresources: " + resources + "\nnetworks:\n  - name: main\n    initial: a\n    states:\n" +
         "      - {name: a, " + state + "}\n      - {name: b, type: final}\n";
}

}  // namespace

TEST_CASE("configs/machine.schema.json is what the tables give") {
  const std::filesystem::path shipped = root_folder / "configs/machine.schema.json";
  const std::string text = schema().dump(2) + "\n";
  if (std::getenv("LEASEHOLD_WRITE_EXPECTED")) std::ofstream(shipped) << text;
  CHECK_MESSAGE(read(shipped) == text, "run: leasehold schema -o configs/machine.schema.json");
  CHECK_NOTHROW(Schema{schema()});
}

TEST_CASE("the schema accepts every shipped machine, the README's and those of the samples") {
  std::size_t machines = 0;
  const auto check = [&](const std::string& name, const std::string& yaml) {
    CAPTURE(name);
    CHECK(refusals(schema(), yaml) == "");
    ++machines;
  };
  for (const auto& entry : std::filesystem::directory_iterator(root_folder / "configs"))
    if (entry.path().extension() == ".yaml") {
      check(entry.path(), read(entry.path()));
      CHECK(read(entry.path()).starts_with("# yaml-language-server: $schema=machine.schema.json\n"));
    }
  check("README.md", between(read(root_folder / "README.md"), "```yaml\n", "\n```"));
  for (const auto& entry : std::filesystem::directory_iterator(root_folder / "adapters")) {
    if (!std::filesystem::exists(entry.path() / "README.md")) continue;  // the support of others
    const std::string declared =                                         // the resources of a machine
        between(read(entry.path() / "README.md"), "```yaml\n", "\n```");
    CHECK(declared.starts_with("resources:"));
    check(entry.path(), "name: m\nstates: [{name: a, type: final}]\n" + declared);
  }
  for (const auto& entry : std::filesystem::directory_iterator(root_folder / "samples")) {
    const std::string text = read(entry.path());
    if (text.find("R\"yaml(") == std::string::npos) continue;
    BuiltIn own;  // types that the sample registers are known to its own schema
    if (text.find("register_type(\"keyvalue\"") != std::string::npos)
      own.manager.register_type("keyvalue", [](const std::string&, const json&) { return nullptr; });
    CAPTURE(entry.path());
    CHECK(refusals(machine_schema(own.manager), between(text, "R\"yaml(", ")yaml\"")) == "");
    ++machines;
  }
  CHECK(machines >= 12);
}

TEST_CASE("the schema refuses what the loader refuses") {
  const std::string arc = "arcs: [{target: b}]";
  for (const std::string& yaml : std::vector<std::string>{
           // unknown keys, at every level
           "name: m\nresorces: {}\nstates: [{name: a, type: final}]\n",
           "name: m\nnetworks: [{name: main, inital: a, states: [{name: a, type: final}]}]\n",
           machine(arc + ", transitions: []"),
           machine("arcs: [{target: b, foo: 1}]"),
           machine(arc + ", states: [{name: c, foo: 1}]"),
           machine(arc + ", functions: {validation: .x}"),
           machine(arc + ", functions: {transform: [{cal: db.query}]}"),
           machine(arc + ", on_entry: {raise: e, after: 1s}"),
           machine(arc + ", on_entry: {send: e, dat: 1}"),
           machine(arc + ", on_exit: {jq: ., ito: .x}"),
           machine(arc + ", retry: {atempts: 3}"),
           machine(arc + ", catch: {errors: ['*'], target: b, nto: .x}"),
           machine(arc + ", contract: {preconditions: true}"),
           machine("arcs: [{target: b, condition: {nott: true}}]"),
           machine("arcs: [{target: b, condition: {all: [{jq: ., into: .x}]}}]"),
           machine(arc + ", resources: [{name: d, rolle: x}]", "{d: {data: {}}}"),
           machine(arc, "{d: {type: database, conection: x}}"),
           machine(arc, "{d: {type: database, connection: 'dbname=x', pool: {max_siz: 1}}}"),
           machine(arc, "{d: {data: {}, breaker: {failure: 1}}}"),
           machine(arc, "{d: {type: http, base_url: 'http://x', auth: {tokn: x}}}"),
           machine(arc, "[{name: d, type: filesystem, config: {base_pat: .}}]"),
           // wrong types
           "[]\n",
           "name: 5\nstates: [{name: a, type: final}]\n",
           "name: m\nmax_transitions: 0\nstates: [{name: a, type: final}]\n",
           "name: m\ntimeout: -5s\nstates: [{name: a, type: final}]\n",
           "name: m\ninput: text\nstates: [{name: a, type: final}]\n",
           "name: m\nnetworks: {name: main}\n",
           "name: m\nnetworks: []\n",
           "name: m\nnetworks: [{name: main, states: {}}]\n",
           machine(arc + ", timeout: 5"),
           machine(arc + ", success: 1"),
           machine(arc + ", type: finale"),
           machine(arc + ", functions: [f]"),
           machine(arc + ", on_entry: [5]"),
           machine(arc + ", retry: {attempts: 0}"),
           machine(arc + ", retry: {backoff: 0.5}"),
           machine(arc + ", retry: {jitter: 2}"),
           machine(arc + ", retry: {errors: []}"),
           machine(arc + ", retry: {delay: soon}"),
           machine("arcs: [b]"),
           machine("arcs: [{target: b, priority: high}]"),
           machine("arcs: [{target: b, internal: 'true'}]"),
           machine("arcs: [{target: []}]"),
           machine("arcs: [{target: b, condition: 5}]"),
           machine("arcs: [{target: b, condition: {any: []}}]"),
           machine(arc + ", on_exit: {jq: ., into: x}"),
           machine(arc, "{d: text}"),
           machine(arc, "text"),
           machine(arc, "{d: {data: {}, pool: {max_size: ten}}}"),
           machine(arc, "{d: {data: {}, mode: clone}}"),
           machine(arc, "{d: {type: database, connection: 5}}"),
           machine(arc, "{d: {type: databse, connection: x}}"),
           machine(arc + ", on_exit: {jq: ., into: 'x y'}"),
           machine(arc + ", on_exit: {jq: ., into: .x y}"),
           machine(arc + ", on_exit: {jq: ., into: '.[-1]'}"),
           machine(arc + ", on_exit: {call: get}"),
           machine(arc + ", on_exit: {jq: ''}"),
           machine("arcs: [{target: b, condition: ' '}]"),
           machine(arc + ", on_exit: {call: d.}"),
           machine(arc + ", retry: {errors: [conection]}"),
           machine(arc + ", catch: {errors: db.constrain, target: b}"),
           machine(arc + ", metadata: 1, description: [1]"),
           "name: \"a\\nb\"\nstates: [{name: a, type: final}]\n",
           "name: m\nlint: {disable: [shadowed-arcs]}\nstates: [{name: a, type: final}]\n",
           "name: m\nlint: {enable: [shadowed-arc]}\nstates: [{name: a, type: final}]\n",
           // what is missing
           "networks: [{name: main, states: [{name: a, type: final}]}]\n",
           "name: m\n",
           "name: m\nnetworks: [{states: [{name: a, type: final}]}]\n",
           "name: m\nnetworks: [{name: main}]\n",
           "name: m\nnetworks: [{name: main, states: [{type: final}]}]\n",
           "name: m\nstates: [{name: a}, {name: b, type: final}]\narcs: [{to: b}]\n",
           machine("arcs: [{}]"),
           machine(arc + ", resources: [{required: false}]"),
           machine(arc + ", catch: [{errors: ['*']}]"),
           machine(arc, "{d: {pool: {max_size: 1}}}"),
           machine(arc, "{d: {type: database}}"),
           machine(arc, "[{type: database, connection: x}]"),
           // what does not go together
           "name: m\ninitial: a\nnetworks: [{name: main, states: [{name: a, type: final}]}]\n",
           "name: m\nmain: x\nmain_network: x\nnetworks: [{name: x, states: [{name: a, type: final}]}]\n",
           machine("arcs: [{target: b, event: e, after: 1s}]"),
           machine("arcs: [{target: b, return_state: b}]"),
           machine("arcs: [{target: b, data_mapping: {}}]"),
           machine("arcs: [{target: b, result_mapping: {}}]"),
           machine(arc + ", resources: [d, d]", "{d: {data: {}}}"),
           // what states of a type may not have, or must
           machine(arc + ", success: false"),
           machine(arc + ", deep: true"),
           machine("type: final, arcs: [{target: b}]"),
           machine("is_end: true, arcs: {target: b}"),
           machine("type: final, states: [{name: c}]"),
           machine("type: final, initial: b"),
           machine("type: normal, is_end: true"),
           machine(arc + ", type: parallel"),
           machine(arc + ", type: parallel, states: [{name: c, type: final}, {name: d}]"),
           machine(arc + ", type: parallel, initial: c, states: [{name: c}]"),
           machine("type: history"),
           machine("type: final, data: {x: 1}"),
           machine(arc + ", data: 1"),
           machine(arc + ", initial: {actions: [f]}, states: [{name: c}]"),
           machine(arc + ", initial: {target: c, action: [f]}, states: [{name: c}]"),
           machine(arc + ", type: parallel, initial: {target: c}, states: [{name: c}]"),
           machine(arc + ", on_entry: {send: e, after: soon}"),
           "name: m\nstates: [{name: a, type: final}, {name: h, type: history}]\n",
           machine(arc + ", states: [{name: c}, {name: h, type: history, on_entry: f}]"),
           machine(arc + ", states: [{name: c}, {name: h, type: history, timeout: 1s}]"),
           machine(arc + ", states: [{name: c}, {name: h, type: history, arcs: {target: c, condition: g}}]"),
           machine(arc + ", states: [{name: c}, {name: h, type: history, arcs: [{target: c, event: e}]}]"),
       }) {
    CAPTURE(yaml);
    CHECK(loader_refusals(yaml) != "");
    CHECK(refusals(schema(), yaml) != "");
  }
}

TEST_CASE("the schema refuses the documents that the loader's own tests refuse") {
  // What a schema cannot see: text that is no YAML, scalars, cross references, programs, the environment.
  const std::set<std::string> out_of_sight = {
      "alias_bomb",  "alias_cycle",   "ambiguous",        "duplicate_keys", "empty",
      "environment", "latin1",        "numbers",          "syntax",         "too_deep",
      "together",    "two_documents", "unquoted_variable"};
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root_folder / "tests/unit/load/bad")) {
    if (entry.path().extension() != ".yaml" || out_of_sight.contains(entry.path().stem())) continue;
    CHECK_MESSAGE(refusals(schema(), read(entry.path())) != "",
                  "the schema takes " << entry.path() << ": can it see what is wrong there?");
    ++seen;
  }
  CHECK(seen >= 8);
}

TEST_CASE("the schema refuses nothing that the loader takes") {
  for (const std::string& yaml : std::vector<std::string>{
           "name: m\nstates: [{name: a, type: final}]\n",
           "name: m\nversion: 1.0\ndescription: d\nmetadata: [1]\ninput: {type: object}\ntimeout: off\n"
           "max_depth: 2\nmain: one\nlint: {disable: [shadowed-arc, older-form]}\nnetworks: [{name: one, "
           "states: [{name: a, type: final}]}]\n",
           machine("is_start: true, on_entry: f, on_exit: [f, {raise: e}], arcs: {event: [e, x.*], to: b}"),
           machine("timeout: 1.5m, retry: {errors: connection, attempts: 1, delay: 0, max_delay: off}, "
                   "arcs: [{after: 1s, target: [b]}]"),
           machine("arcs: [{target: b, pre_test: {type: custom, name: g}, transform: [{name: f}]}]"),
           machine("arcs: [{target: b, condition: {not: {all: [g, {any: ['.x', true, {in: a}]}]}}}]"),
           machine("contract: {pre: g, post: [true], invariant: {jq: true}}, arcs: [{target: b}]"),
           "use: {retries: {r: {attempts: 2}}, catches: {c: {target: b}}, timeouts: {t: 5s, u: off}, "
           "contracts: {k: {pre: g}}}\n" +
               machine("retry: r, catch: [c, {target: b}], timeout: t, contract: k, arcs: [{target: b}]"),
           machine("arcs: [{target_network: main, return_state: b, data_mapping: {x: other, z: 1, t: '${{ .a "
                   "}}'}, "
                   "result_mapping: '${{ . }}'}]"),
           machine("functions: {validate: [], transform: {call: d.get, with: {key: x}, into: .a.b}}, "
                   "resources: {name: d, required: true, timeout: 1s, role: e}, arcs: [{target: b}]",
                   "{d: {data: {x: 1}, pool: {max_lifetime: off, leak_threshold: 1m}, metadata: {team: a}}}"),
           machine("states: [{name: c}, {name: h, type: history, deep: true, initial: c}, "
                   "{name: i, type: history, arcs: {target: c}}, {name: j, type: final, success: false}], "
                   "arcs: [{target: b}]"),
           machine("type: parallel, states: [{name: c}, {name: h, type: history, arcs: [{target: c}]}], "
                   "arcs: [{target: b}]"),
           machine("type: \"${LEASEHOLD_NONE:-final}\", success: false"),
           machine("is_end: true, success: true, arcs: []"),
           machine("catch: {errors: [db, 'db.constraint', timeout, '*'], target: b, into: '.a[0].\"b c\"'}, "
                   "on_exit: [{jq: ., into: .}, {jq: ., into: '.[\"a\"][ 1 ].b'}], arcs: [{target: b}]"),
           machine("on_entry: [{send: e, after: 1s, id: x, data: null}, {cancel: x}, {jq: '{}'}], "
                   "arcs: [{target: b}]"),
           machine("initial: {target: [c], actions: {raise: e}}, states: [{name: c}, {name: d, type: final, "
                   "data: {x: '${{ .x }}'}}], arcs: [{target: b}]"),
           machine("on_entry: [{send: e, after: '${{ .wait }}', id: 'a${{ .n }}'}, {cancel: 'a${{ .n }}'}], "
                   "arcs: [{target: b}]"),
           machine("arcs: [{target: b}]", "[{name: d, type: dict, config: {data: {}}}, {name: e, data: 1}]"),
           "name: m\nresources:\n  d:\n    data: {}\n    pool:\n      max_size: ${LEASEHOLD_NONE:-4}\n"
           "networks:\n  - name: main\n    states:\n      - name: a\n        timeout: ${LEASEHOLD_NONE:-5s}\n"
           "        arcs:\n          - target: b\n            priority: ${LEASEHOLD_NONE:-1}\n"
           "      - {name: b, type: final}\n",
       }) {
    CAPTURE(yaml);
    CHECK(loader_refusals(yaml) == "");
    CHECK(refusals(schema(), yaml) == "");
  }
}

TEST_CASE("a type of one's own is described if it gave a schema, and open if not") {
  const ProviderFactory factory = [](const std::string& name, const json&) {
    return create_simple_provider(name, 1);
  };
  ResourceManager manager({.maintenance = false});
  manager.register_type("open", factory);
  manager.register_type("closed", factory,
                        {{"type", "object"},
                         {"properties", {{"size", {{"type", "integer"}}}}},
                         {"required", json::array({"size"})},
                         {"additionalProperties", false}});
  CHECK(manager.type_schema("open").is_null());
  CHECK(manager.type_schema("unknown").is_null());
  CHECK(manager.type_schema("closed")["required"] == json::array({"size"}));
  const json own = machine_schema(manager);
  const auto refused = [&](const std::string& declaration) {
    return refusals(own, machine("arcs: [{target: b}]", "{r: " + declaration + "}"));
  };
  CHECK(refused("{type: open, anything: 1}") == "");
  CHECK(refused("{type: elsewhere, anything: 1}") != "");
  CHECK(refused("{type: \"${TYPE}\", anything: 1}") == "");
  CHECK(refused("{type: open, pool: {max_siz: 1}}") != "");
  CHECK(refused("{type: closed, size: 1, pool: {max_size: 1}}") == "");
  CHECK(refused("{type: closed, size: big}") != "");
  CHECK(refused("{type: closed}") != "");
  CHECK(refused("{type: closed, size: 1, more: 1}") != "");
}
