// UnicodeData.txt (Debian's unicode-data) into SQLite: a machine beside the same statements by hand.

#include "groups.hpp"
#include "harness.hpp"

#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <leasehold/adapters/database.hpp>
#include <leasehold/adapters/filesystem.hpp>
#include <leasehold/fsm/machine.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

namespace bench {

namespace {

constexpr const char* source = "/usr/share/unicode/UnicodeData.txt";
constexpr const char* columns =
    "code, name, category, combining, bidi, decomposition, decimal, digit, number, mirrored, old_name, "
    "comment, upper, lower, title";

// Every row is an event; the session is leased while rows come.
constexpr const char* by_rows = R"(
name: unicode
networks:
  - name: main
    initial: waiting
    states:
      - {name: waiting, arcs: [{event: begin, target: importing}]}
      - name: importing
        resources: [db]
        on_entry: [begin]
        on_exit: [commit]
        arcs: [{event: row, actions: [insert]}, {event: end, target: done}]
      - {name: done, type: final}
)";

// The same in YAML alone, by operations that pass all rows as JSON.
constexpr const char* by_operations = R"(
name: unicode_rows
networks:
  - name: main
    initial: load
    states:
      - name: load
        resources: [files]
        functions:
          transform:
            - call: files.read_csv
              with: {path: UnicodeData.txt, header: false, delimiter: ';', columns: [COLUMNS]}
              into: .rows
        arcs: [{target: store}]
      - name: store
        resources: [db]
        functions:
          transform:
            - {call: db.execute, with: {sql: 'DELETE FROM character'}}
            - {call: db.insert, with: {table: character, rows: '${{ .rows }}'}, into: .stored}
        arcs: [{target: done, condition: '.stored == 34924'}]
      - {name: done, type: final}
)";

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

using namespace sqlite_api;

// As somebody who knows SQLite would write it: one transaction, one prepared statement.
class Import {
 public:
  explicit Import(sqlite3* db) : db_(db) {
    check(sqlite3_exec(db_, "BEGIN IMMEDIATE; DELETE FROM character", nullptr, nullptr, nullptr) == SQLITE_OK,
          "begin");
    const std::string sql =
        fmt::format("INSERT INTO character ({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", columns);
    check(sqlite3_prepare_v2(db_, sql.c_str(), -1, &insert_, nullptr) == SQLITE_OK, "prepare");
  }
  Import(const Import&) = delete;
  Import& operator=(const Import&) = delete;
  ~Import() { sqlite3_finalize(insert_); }

  void insert(const std::string& line) {
    std::size_t from = 0;
    for (int column = 1; column <= 15; ++column) {
      const std::size_t end = std::min(line.find(';', from), line.size());
      sqlite3_bind_text(insert_, column, line.data() + from, static_cast<int>(end - from), SQLITE_STATIC);
      from = end + 1;
    }
    check(sqlite3_step(insert_) == SQLITE_DONE, "insert");
    sqlite3_reset(insert_);
    ++stored_;
  }

  void commit() {
    check(stored_ == 34924, "rows");
    check(sqlite3_exec(db_, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK, "commit");
  }

 private:
  sqlite3* db_;
  sqlite3_stmt* insert_ = nullptr;
  int stored_ = 0;
};

template <class Row>
void read_rows(const Row& row) {
  std::ifstream file(source);
  for (std::string line; std::getline(file, line);) row(line);
}

double milliseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

void machine_import() {
  if (!std::filesystem::exists(source)) {
    tell("  skipped: apt-get install unicode-data");
    return;
  }
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("leasehold_bench.{}", getpid());
  std::filesystem::create_directory(folder);
  const std::string create = fmt::format("CREATE TABLE character ({})", columns);
  {
    leasehold::ResourceManager manager;
    manager.register_provider(
        "files", leasehold::make_filesystem_provider("files", {.base_path = "/usr/share/unicode"}));
    manager.register_provider(
        "db", leasehold::make_database_provider(
                  "db", {.connection = leasehold::Secret("dbname=" + (folder / "machine.db").string())}));
    manager.acquire<leasehold::Database>("db", "bench")->execute(create);
    std::optional<Import> importing;
    leasehold::fsm::FunctionRegistry functions;
    functions.action("begin", [&](leasehold::fsm::Context& c) {
      auto& session = c.resource<leasehold::Database>("db").session();
      importing.emplace(static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_);
    });
    functions.action("insert", [&](leasehold::fsm::Context& c) {
      importing->insert(c.event.data.get_ref<const std::string&>());
    });
    functions.action("commit", [&](leasehold::fsm::Context&) {
      importing->commit();
      importing.reset();
    });
    const auto rows = leasehold::fsm::load_machine_text(by_rows, manager, functions);
    std::string text = by_operations;
    text.replace(text.find("COLUMNS"), 7, columns);
    const auto operations = leasehold::fsm::load_machine_text(text, manager, functions);

    sqlite3* db = nullptr;
    check(sqlite3_open((folder / "hand.db").c_str(), &db) == SQLITE_OK, "open");
    check(sqlite3_exec(db, create.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, "create");

    const auto ms = measure("UnicodeData.txt into SQLite, ms",
                            {{"by hand",
                              [&] {
                                return milliseconds([&] {
                                  Import by_hand(db);
                                  read_rows([&](const std::string& line) { by_hand.insert(line); });
                                  by_hand.commit();
                                });
                              }},
                             {"machine, an event per row",
                              [&] {
                                return milliseconds([&] {
                                  auto run = rows.start(nullptr);
                                  run.send("begin");
                                  read_rows([&](const std::string& line) { run.send("row", line); });
                                  run.send("end");
                                  check(run.finished() && run.result().success, "machine");
                                });
                              }},
                             {"machine, rows as JSON", [&] {
                                return milliseconds([&] {
                                  const auto result = operations.run(nullptr);
                                  check(result.success, result.error.c_str());
                                });
                              }}});
    sqlite3_close(db);
    for (const auto& [name, value] : ms) tell(fmt::format("  {:<32} {:>9.1f} ms", name, value));
    judge("34,924 rows of UnicodeData.txt into SQLite / by hand",
          ms.at("machine, an event per row") / ms.at("by hand"), Reach::at_most, 1.15);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace bench
