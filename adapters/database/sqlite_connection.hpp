#pragma once

// A connection to an SQLite database. SOCI opens and closes it; statements use SQLite's own interface,
// because SOCI 4.0 reads an INTEGER column as 32 bits, any value by its column's declared type, and text up
// to a NUL.
//
// Threads: one at a time.

#include "connection.hpp"
#include "sqlite_errors.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

namespace leasehold::database {

// Makes SOCI session backends around connections that are open already: SOCI's own options cannot say "do not
// create", and its parser cannot read every path.
class OpenedFactory final : public soci::backend_factory {
 public:
  explicit OpenedFactory(sqlite_api::sqlite3* opened) : opened_(opened) {}
  ~OpenedFactory() override;
  soci::sqlite3_session_backend* make_session(const soci::connection_parameters&) const override;

 private:
  mutable sqlite_api::sqlite3* opened_;  // until the first session owns it
};

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(std::string resource, sqlite_api::sqlite3* opened, const DatabaseOptions& options);

  soci::session& session() noexcept override { return session_; }
  std::unique_ptr<Statement> prepare(std::string_view sql) override;
  bool in_transaction() const noexcept override;
  std::string_view begin_statement() const noexcept override;
  bool roll_back(const std::string& savepoint) noexcept override;
  std::vector<std::string> tables() override;
  std::vector<std::string> primary_key(std::string_view table) override;
  std::string quoted(std::string_view identifier) const override;
  bool broken() const noexcept override { return broken_; }
  bool reset() noexcept override;
  bool validate() noexcept override;
  bool writable() const noexcept override;
  std::exception_ptr translated(const soci::soci_error& error) override;

  sqlite_api::sqlite3* handle() const noexcept { return handle_; }

  // The connection's last error. `values`: some were bound, so SQLite's message may have to be left out.
  [[noreturn]] void throw_last(Phase phase, std::string_view sql, bool values);
  // A limit was reached before or while the statement ran.
  [[noreturn]] void throw_limit(Limit limit, std::string_view sql) const;

 private:
  void install_handlers() noexcept;
  bool any_statement_running() const noexcept;
  static int on_progress(void* self) noexcept;
  static int on_busy(void* self, int round) noexcept;
  static int on_start(unsigned event, void* self, void* statement, void* text) noexcept;

  bool read_only_;
  OpenedFactory factory_;  // before session_, which refers to it
  soci::session session_;
  sqlite_api::sqlite3* handle_;
  bool broken_ = false;
};

}  // namespace leasehold::database
