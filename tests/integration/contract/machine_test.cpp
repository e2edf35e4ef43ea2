// Every declaration of the C++ surface of machines, used as a program would.

#include <leasehold/adapters/all.hpp>
#include <leasehold/adapters/database.hpp>
#include <leasehold/fsm/machine.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <list>

using namespace leasehold;
using namespace leasehold::fsm;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr const char* import_machine = R"(
name: import
resources:
  db: {type: database, backend: sqlite3, connection: "dbname=:memory:", pool: {max_size: 4}}
networks:
  - name: main
    initial: store
    states:
      - name: store
        resources: [db]
        functions:
          transform: [enrich]
        arcs:
          - {target: large, condition: is_large}
          - {target: done}
      - {name: large, type: final}
      - {name: done, type: final}
)";

constexpr const char* door_machine = R"(
name: door
networks:
  - name: main
    initial: shut
    states:
      - {name: shut, arcs: [{event: open, target: ajar}]}
      - name: ajar
        arcs:
          - {event: shut, target: shut}
          - {after: 10s, target: alarm}
      - {name: alarm, type: final}
)";

FunctionRegistry import_functions() {
  FunctionRegistry functions;
  functions.action("enrich", [](Context& c) {
    c.data["n"] = 1;
    c.resource<Database>("db").execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)");
    c.resource<Database>("db").execute("INSERT INTO t VALUES (?)", {c.data["amount"]});
  });
  functions.guard("is_large", [](const Context& c) { return c.data["amount"] > 100; });
  return functions;
}

}  // namespace

TEST_CASE("a machine runs to its end on data, by registered functions over a leased database") {
  ResourceManager manager;
  register_builtin_types(manager);
  const FunctionRegistry functions = import_functions();
  Machine machine = load_machine_text(import_machine, manager, functions);
  const json input = {{"amount", 200}};
  RunResult result = machine.run(input, RunOptions{});
  CHECK_MESSAGE(result.success, result.error);
  CHECK(result.final_state == "large");
  CHECK(result.data["n"] == 1);
  CHECK(result.path == std::vector<std::string>{"store", "large"});
  CHECK(result.error == "");
  CHECK(result.metadata.is_object());
  CHECK(machine.run({{"amount", 1}}).final_state == "done");
  CHECK(machine.run({{"amount", 1}}, {.timeout = 5s}).success);
  CHECK_FALSE(machine.run({{"amount", json::array()}}, {}).success);
  CHECK(manager.get_all_resources().at("db").active_count == 0);
  CHECK(manager.get_all_resources().at("db").idle_count == 1);
}

TEST_CASE("a machine is loaded from a path of any spelling") {
  const auto path =
      std::filesystem::temp_directory_path() / ("contract" + std::to_string(getpid()) + ".yaml");
  std::ofstream(path) << door_machine;
  ResourceManager manager;
  FunctionRegistry functions;
  CHECK(load_machine(path, manager, functions).name() == "door");
  CHECK(load_machine(path.string(), manager, functions).name() == "door");
  CHECK(load_machine(path.c_str(), manager, {}).name() == "door");
  std::filesystem::remove(path);
  try {
    load_machine(path, manager, functions);
    FAIL("loaded");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()).find(path.string()) != std::string::npos);
  }
}

TEST_CASE("an execution is driven by events and by the manager's clock") {
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager(ManagerOptions{.clock = clock});
  const Machine machine = load_machine_text(door_machine, manager, {});
  Execution run = machine.start({}, RunOptions{});
  CHECK(run.configuration() == std::vector<std::string>{"shut"});
  CHECK(run.send("open", {{"by", "cat"}}));
  CHECK(run.configuration() == std::vector<std::string>{"ajar"});
  CHECK(run.send("shut"));
  run.send("open");
  CHECK_FALSE(run.advance());
  clock->advance(10s);
  CHECK(run.advance());
  CHECK(run.finished());
  CHECK(run.result().success);
  CHECK(run.result().final_state == "alarm");
  CHECK_FALSE(run.send("open"));

  Execution other = machine.start(json::object());
  other.cancel();
  CHECK(other.finished());
  CHECK_FALSE(other.result().success);
}

TEST_CASE("a batch takes any range, workers and callbacks") {
  ResourceManager manager;
  register_builtin_types(manager);
  const Machine machine = load_machine_text(import_machine, manager, import_functions());
  std::vector<json> records;
  for (int i = 0; i < 20; ++i) records.push_back({{"amount", i * 10}});
  std::size_t calls = 0, results = 0, done = 0;
  BatchResult all = run_batch(machine, records,
                              BatchOptions{.workers = 4,
                                           .on_progress =
                                               [&](const BatchProgress& progress) {
                                                 ++calls;
                                                 done = progress.done;
                                                 CHECK(progress.total == 20);
                                               },
                                           .on_result =
                                               [&](std::size_t index, const RunResult& result) {
                                                 ++results;
                                                 CHECK((result.final_state == "large") == (index > 10));
                                               }});
  CHECK(all.total == 20);
  CHECK(all.succeeded == 20);
  CHECK(all.failed == 0);
  CHECK(done == 20);
  CHECK(results == 20);
  CHECK(calls >= 1);
  CHECK(manager.get_metrics("db").at("db").peak_active <= 4);

  CHECK(run_batch(machine, json::array({{{"amount", 1}}, {{"amount", 2}}})).succeeded == 2);
  CHECK(run_batch(machine, std::list<json>{{{"amount", 1}}}, {.workers = 2}).succeeded == 1);
  const auto view = records | std::views::take(3);
  CHECK(run_batch(machine, view, BatchOptions{}).results.size() == 3);
  records[1] = "no object";
  const BatchResult mixed = run_batch(machine, records);
  CHECK(mixed.failed == 1);
  CHECK(mixed.succeeded == 19);
  CHECK(mixed.results.at(1).code == errc::fsm_input);
}
