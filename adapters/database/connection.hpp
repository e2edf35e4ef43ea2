#pragma once

// The seam between the adapter and its backends: one live connection, its statements, and how it is opened.
//
// Threads: one at a time, the session's.

#include "statement_limits.hpp"

#include <leasehold/adapters/database.hpp>

#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::database {

// One prepared statement. Values bound are referred to until reset().
class Statement {
 public:
  virtual ~Statement() = default;
  virtual void bind(
      const nlohmann::json& params) = 0;  // an array, an object or null: every parameter, and no more
  virtual void bind_value(int index, const nlohmann::json& value) = 0;  // from 1
  virtual bool step() = 0;                                              // true: there is a row
  virtual std::vector<std::string> columns() const = 0;
  virtual nlohmann::json row(const std::vector<std::string>& columns) const = 0;
  virtual std::int64_t affected() const = 0;  // by the last run
  virtual void reset() noexcept = 0;          // ready to be run again, with nothing bound
};

class Connection {
 public:
  Connection(std::string resource, const DatabaseOptions& options)
      : limits(options.statement_timeout, options.busy_timeout),
        resource_(std::move(resource)),
        max_rows_(options.max_rows) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  virtual soci::session& session() noexcept = 0;
  virtual std::unique_ptr<Statement> prepare(std::string_view sql) = 0;  // one statement, no more

  virtual bool in_transaction() const noexcept = 0;
  virtual std::string_view begin_statement() const noexcept = 0;  // starts a transaction that may write
  // Undoes what the savepoint holds and removes it, or without one the whole transaction, if there is any.
  // Whatever the limits are. False: the session is broken.
  virtual bool roll_back(const std::string& savepoint = {}) noexcept = 0;

  virtual std::vector<std::string> tables() = 0;
  virtual std::vector<std::string> primary_key(std::string_view table) = 0;  // in order; empty: it has none
  virtual std::string quoted(std::string_view identifier) const = 0;

  virtual bool broken() const noexcept = 0;
  virtual bool reset() noexcept = 0;     // back to a new session's state
  virtual bool validate() noexcept = 0;  // asks the database
  virtual bool writable() const noexcept = 0;
  virtual std::exception_ptr translated(const soci::soci_error& error) = 0;  // without bound values

  const std::string& resource() const noexcept { return resource_; }
  std::size_t max_rows() const noexcept { return max_rows_; }

  StatementLimits limits;

 private:
  std::string resource_;
  std::size_t max_rows_;
};

// A database as options name it, checked.
class Target {
 public:
  virtual ~Target() = default;
  // `create`: may bring a missing database into being. Runs no init statement.
  virtual std::unique_ptr<Connection> open(const AcquireContext& context, bool create) const = 0;
  virtual bool exists() const = 0;  // false: only if it is known to be missing
};

// Throws ConfigError at /backend or /connection.
std::unique_ptr<Target> make_target(const std::string& name, const DatabaseOptions& options);
std::unique_ptr<Target> make_sqlite_target(const std::string& name, const DatabaseOptions& options);

}  // namespace leasehold::database
