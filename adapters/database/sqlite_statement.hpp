#pragma once

// A prepared statement of SQLite: JSON values in, JSON rows out, every step within the connection's limits.
//
// Threads: one at a time, the connection's.

#include "sqlite_connection.hpp"

#include <deque>

namespace leasehold::database {

class SqliteStatement final : public Statement {
 public:
  SqliteStatement(SqliteConnection& connection, std::string_view sql);
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;
  ~SqliteStatement() override;

  void bind(const nlohmann::json& params) override;
  void bind_value(int index, const nlohmann::json& value) override;
  bool step() override;
  std::vector<std::string> columns() const override;
  nlohmann::json row(const std::vector<std::string>& columns) const override;
  std::int64_t affected() const override;
  void reset() noexcept override;

 private:
  void refuse_more(const char* tail) const;
  void bind_named(const nlohmann::json& params);
  int bind_blob(int index, const nlohmann::json& value);
  std::string parameter(int index) const;  // as messages name it
  nlohmann::json value(int column) const;
  std::string_view sql() const noexcept;

  SqliteConnection& connection_;
  sqlite_api::sqlite3_stmt* statement_ = nullptr;
  std::deque<std::string> blobs_;  // decoded, until reset
  bool running_ = false;
  bool bound_ = false;
  sqlite_api::sqlite3_int64 changes_before_ = 0;
};

}  // namespace leasehold::database
