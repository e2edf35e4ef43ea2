#include "connection.hpp"

namespace leasehold {

const Fields<DatabaseOptions>& database_fields() {
  static const Fields<DatabaseOptions> fields =
      Fields<DatabaseOptions>()
          .field("backend", &DatabaseOptions::backend, "the kind of database: sqlite3")
          .required("connection", &DatabaseOptions::connection,
                    "where it is, \"dbname=<file>\" for sqlite3; never shown")
          .field("create", &DatabaseOptions::create, "whether a missing SQLite file is created")
          .field("read_only", &DatabaseOptions::read_only, "refuse writes, and a missing file")
          .field("statement_timeout", &DatabaseOptions::statement_timeout,
                 "bounds each statement; the operation's deadline bounds it too")
          .field("busy_timeout", &DatabaseOptions::busy_timeout,
                 "longest wait for a lock that another connection holds; 0 does not wait")
          .field("max_rows", &DatabaseOptions::max_rows, "a query that gives more rows is refused")
          .field("init", &DatabaseOptions::init, "statements run in each new session, in order")
          .check([](const DatabaseOptions& options, const std::string& pointer,
                    std::vector<ConfigIssue>& issues) {
            if (options.max_rows == 0)
              issues.push_back({errc::config_value, pointer_join(pointer, "max_rows"), "max_rows is 0",
                                "give the most rows that a query may return", false});
          });
  return fields;
}

namespace database {

std::unique_ptr<Target> make_target(const std::string& name, const DatabaseOptions& options) {
  const std::string& backend = options.backend;
  if (backend == "sqlite3") return make_sqlite_target(name, options);
  std::string message = "'" + backend + "' is no database backend";
  if (backend == "postgresql" || backend == "mysql")
    message = "backend '" + backend + "' is not built in yet";
  throw ConfigError(
      {{errc::config_value, "/backend", std::move(message), "use sqlite3, the one available", false}},
      {.resource = name});
}

}  // namespace database

}  // namespace leasehold
