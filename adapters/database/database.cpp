#include <leasehold/adapters/database.hpp>

#include "connection.hpp"
#include "encoding.hpp"

#include <fmt/format.h>

#include <utility>

namespace leasehold {

Database::Database(std::unique_ptr<database::Connection> connection) : connection_(std::move(connection)) {}

Database::~Database() = default;

soci::session& Database::session() noexcept {
  return connection_->session();
}

nlohmann::json Database::query(std::string_view sql, const nlohmann::json& params) {
  check_usable();
  const auto statement = connection_->prepare(sql);
  const std::vector<std::string> columns = statement->columns();
  if (columns.empty())
    throw_error(errc::db_syntax,
                fmt::format("the statement gives no rows, in: {}", database::sql_excerpt(sql)),
                {.resource = connection_->resource(), .hint = "use execute for it"});
  statement->bind(params);
  nlohmann::json rows = nlohmann::json::array();
  while (statement->step()) {
    if (rows.size() == connection_->max_rows())
      throw_error(errc::db_failed,
                  fmt::format("the query gives more than {} rows (max_rows), in: {}", connection_->max_rows(),
                              database::sql_excerpt(sql)),
                  {.resource = connection_->resource(), .hint = "add LIMIT, or raise max_rows"});
    rows.push_back(statement->row(columns));
  }
  return rows;
}

std::int64_t Database::execute(std::string_view sql, const nlohmann::json& params) {
  check_usable();
  const auto statement = connection_->prepare(sql);
  statement->bind(params);
  while (statement->step()) {
  }
  return statement->affected();
}

std::vector<std::string> Database::list_collections_or_tables() {
  check_usable();
  return connection_->tables();
}

bool Database::in_transaction() const noexcept {
  return connection_->in_transaction();
}
bool Database::broken() const noexcept {
  return connection_->broken();
}
bool Database::reset() noexcept {
  return connection_->reset();
}
bool Database::validate() noexcept {
  return connection_->validate();
}

void Database::check_usable() const {
  if (connection_->broken())
    throw_error(errc::db_unreachable, "the session is broken by an earlier error",
                {.resource = connection_->resource(), .hint = "release the lease and acquire a new one"});
  // Without this, what follows would be stored one by one in a transaction that nobody asked for.
  if (transactions_ > 0 && !connection_->in_transaction())
    throw_error(errc::db_failed,
                "the transaction has ended already: rolled back by an earlier error, or by hand",
                {.resource = connection_->resource(), .hint = "let errors leave the transaction"});
}

void Database::throw_translated(const soci::soci_error& error) const {
  std::rethrow_exception(connection_->translated(error));
}

Database::Transaction::Transaction(Database& database) : database_(database) {
  if (database.in_transaction()) {
    savepoint_ = fmt::format("leasehold_{}", database.transactions_);
    database.execute("SAVEPOINT " + savepoint_);
  } else {
    database.execute(database.connection_->begin_statement());
  }
  ++database.transactions_;
}

Database::Transaction::~Transaction() {
  if (!open_) return;
  --database_.transactions_;
  database_.connection_->roll_back(savepoint_);
}

void Database::Transaction::commit() {
  database_.execute(savepoint_.empty() ? "COMMIT" : "RELEASE " + savepoint_);
  open_ = false;
  --database_.transactions_;
}

Database::Within::Within(Database& database, const OperationContext& context)
    : database_(database), outer_(database.connection_->limits.narrow(context)) {}

Database::Within::~Within() {
  database_.connection_->limits.restore(std::move(outer_));
}

Database::Within Database::within(const OperationContext& context) {
  return Within(*this, context);
}

}  // namespace leasehold
