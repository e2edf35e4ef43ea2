// Many runs of one machine at once, over real resources: records from a CSV file into SQLite. One bad record
// fails by itself; two workers share one database session.

#include <leasehold/adapters/all.hpp>
#include <leasehold/adapters/database.hpp>
#include <leasehold/adapters/filesystem.hpp>
#include <leasehold/fsm/machine.hpp>

#include <iostream>

using namespace leasehold;

constexpr const char* text = R"yaml(
name: stock
resources:
  db:
    type: database
    backend: sqlite3
    connection: "dbname=stock.db"
    init: ["CREATE TABLE IF NOT EXISTS item (name TEXT PRIMARY KEY, amount INTEGER NOT NULL)"]
    pool: {max_size: 1, acquire_timeout: 10s}
networks:
  - name: main
    initial: check
    states:
      - name: check
        functions:
          transform: {jq: '.amount |= tonumber'}
          validate: {jq: '.name | length > 0'}
        arcs: [{target: store}]
      - name: store
        resources: [db]
        functions:
          transform: {call: db.insert, with: {table: item, row: "${{ . }}", on_conflict: update}, into: .stored}
        arcs: [{target: done}]
      - {name: done, type: final}
)yaml";

int main() {
  ResourceManager manager;
  register_builtin_types(manager);
  manager.register_from_dict("files", {{"type", "filesystem"}, {"base_path", "."}});

  std::vector<nlohmann::json> records;
  {
    auto files = manager.acquire<FileSystem>("files", "sample");
    files->write_text("stock.csv", "name,amount\ntea,12\ncake,three\n\"coffee, black\",7\ntea,15\n");
    records = files.untyped().call("read_csv", {{"path", "stock.csv"}}).get<std::vector<nlohmann::json>>();
  }

  const fsm::Machine machine = fsm::load_machine_text(text, manager, {});
  const fsm::BatchResult all = run_batch(machine, records, {.workers = 2});
  std::cout << all.succeeded << " stored, " << all.failed << " failed\n";
  for (const fsm::RunResult& result : all.results)
    if (!result.success)
      std::cout << "in state " << result.final_state << ": " << error_name(*result.code) << "\n";

  auto db = manager.acquire<Database>("db", "sample");
  std::cout << db->query("SELECT count(*) AS items FROM item").dump() << "\n";
}

// Output:
// 3 stored, 1 failed
// in state check: fsm.expression
// [{"items":2}]
