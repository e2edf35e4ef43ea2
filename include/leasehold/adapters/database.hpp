#pragma once

// The database adapter: sessions of a SQL database, opened and closed by SOCI, as leased resources of type
// Database.
//
//   auto provider = make_database_provider("db", {.connection = Secret("dbname=countries.db")});
//   manager.register_provider("db", provider);
//   auto db = manager.acquire<Database>("db", "import#1");
//   db->execute("INSERT INTO country (code, name) VALUES (?, ?)", {"FR", "France"});
//   for (const auto& row : db->query("SELECT * FROM country WHERE code = :code", {{"code", "FR"}})) ...
//
// Backends: sqlite3. PostgreSQL and MySQL are refused with config_value until they are built in.
//
// Threads: a provider may be used by any number at once, a Database by one thread at a time.
// Blocks: every statement, until it is done, its statement_timeout, the deadline of within(), or a request to
// stop. Throws leasehold::Error: db_unreachable, db_auth, db_deadline, db_cancelled, db_constraint,
// db_syntax, db_full, db_readonly, db_failed; fsm_argument and json_number_range for values that cannot be
// bound. No message holds a bound value or the connection string; it may hold the beginning of the SQL text.

#include <leasehold/config.hpp>
#include <leasehold/manager.hpp>
#include <leasehold/operation.hpp>

#include <soci/soci.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace leasehold {

namespace database {
class Connection;
class Target;
}  // namespace database

struct DatabaseOptions {
  std::string backend = "sqlite3";  // only sqlite3 is built in yet
  Secret connection = {};           // "dbname=countries.db"; never shown
  bool create = true;               // a missing SQLite file is created
  bool read_only = false;           // refuses writes; a missing file too
  std::optional<Duration> statement_timeout =
      std::chrono::seconds(30);                     // bounds each statement; nullopt: nothing
  Duration busy_timeout = std::chrono::seconds(5);  // longest wait for another connection's lock; 0: none
  std::size_t max_rows = 100'000;                   // a query that gives more is refused
  std::vector<std::string> init = {};               // statements run in each new session, in order
};

// The table behind a resource of `type: database`.
const Fields<DatabaseOptions>& database_fields();

// What inserting a row does when one of the same key is there.
enum class OnConflict {
  error,   // db_constraint
  ignore,  // keeps the row that is there
  update,  // overwrites the columns given
};

// One session. Values are JSON: null, booleans, 64-bit integers, doubles, text, and {"$blob": "<base64>"} for
// bytes. Parameters are an array (or one scalar) for `?`, an object for `:name`, or null for none.
class Database {
 public:
  class Transaction;
  class Within;

  explicit Database(std::unique_ptr<database::Connection> connection);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // SOCI's own session, for what this class does not have. What SOCI throws quotes bound values: work inside
  // transaction(), which turns it into leasehold's errors.
  soci::session& session() noexcept;

  // The rows of one statement, as an array of objects by column name.
  nlohmann::json query(std::string_view sql, const nlohmann::json& params = nullptr);

  // How many rows one statement inserted, changed or deleted.
  std::int64_t execute(std::string_view sql, const nlohmann::json& params = nullptr);

  // Runs work() or work(*this); commits when it returns, rolls back when it throws. A transaction inside
  // another is a savepoint. Takes the write lock at its beginning (BEGIN IMMEDIATE), so it cannot fail half
  // way for it.
  template <class Work>
  auto transaction(Work&& work);

  // Stores rows (an array of objects, or one object) in one transaction: all or none. Returns how many were
  // stored. `key`: the columns that tell rows apart for ignore and update; empty: the table's primary key.
  std::int64_t insert(std::string_view table, const nlohmann::json& rows,
                      OnConflict on_conflict = OnConflict::error, const std::vector<std::string>& key = {});
  std::int64_t upsert(std::string_view table, const nlohmann::json& rows,
                      const std::vector<std::string>& key = {});

  // Changes or removes the rows whose columns equal `where` (null matches NULL); an empty `where` is refused.
  std::int64_t update(std::string_view table, const nlohmann::json& set, const nlohmann::json& where);
  std::int64_t remove(std::string_view table, const nlohmann::json& where);

  std::vector<std::string> list_collections_or_tables();  // by name

  // Until the result is destroyed, every statement also ends by context.deadline or on context.stop. Scopes
  // nest; the earlier deadline counts.
  [[nodiscard]] Within within(const OperationContext& context);

  bool in_transaction() const noexcept;

  // A fatal error (disk I/O, corruption, file gone) happened: the session is not lent again.
  bool broken() const noexcept;

  // For the provider: back to the state of a new session; false: discard it.
  bool reset() noexcept;
  bool validate() noexcept;

 private:
  void check_usable() const;
  [[noreturn]] void throw_translated(const soci::soci_error& error) const;

  std::unique_ptr<database::Connection> connection_;
  int transactions_ = 0;  // open Transaction objects
};

// Rolls back at its end unless commit() was called. They end in the reverse order of their making.
class Database::Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  std::string savepoint_;  // "": this is the outermost
  bool open_ = true;
};

class Database::Within {
 public:
  Within(Database& database, const OperationContext& context);
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;
  ~Within();

 private:
  Database& database_;
  OperationContext outer_;
};

template <class Work>
auto Database::transaction(Work&& work) {
  const auto run = [&] {
    if constexpr (std::is_invocable_v<Work, Database&>)
      return std::invoke(std::forward<Work>(work), *this);
    else
      return std::invoke(std::forward<Work>(work));
  };
  Transaction transaction(*this);
  try {
    if constexpr (std::is_void_v<decltype(run())>) {
      run();
      transaction.commit();
    } else {
      auto result = run();
      transaction.commit();
      return result;
    }
  } catch (const soci::soci_error& error) {
    throw_translated(error);
  }
}

// Makes Databases; opens nothing yet. Throws ConfigError for an unknown backend or a malformed connection
// string.
std::shared_ptr<IResourceProvider> make_database_provider(std::string name, DatabaseOptions options);

// For ResourceManager::register_type("database", ...).
ProviderFactory database_factory();

}  // namespace leasehold
