#include "sqlite_connection.hpp"

#include "encoding.hpp"
#include "sqlite_statement.hpp"

#include <fmt/format.h>

#include <utility>

namespace leasehold::database {

namespace api = sqlite_api;

namespace {

constexpr int instructions_between_checks = 1000;  // some 10 us of SQLite's virtual machine

}  // namespace

OpenedFactory::~OpenedFactory() {
  api::sqlite3_close(opened_);
}

soci::sqlite3_session_backend* OpenedFactory::make_session(const soci::connection_parameters&) const {
  if (!opened_) throw soci::soci_error("a leased session cannot be reconnected");
  // SOCI's backend owns and closes its handle; ours takes the place of the one it opens.
  // (The factory by pointer: of its class, the library exports only the table of virtual functions.)
  const soci::backend_factory& factory = *soci::factory_sqlite3();
  auto* backend = static_cast<soci::sqlite3_session_backend*>(
      factory.make_session(soci::connection_parameters(factory, ":memory:")));
  api::sqlite3_close(std::exchange(backend->conn_, std::exchange(opened_, nullptr)));
  return backend;
}

SqliteConnection::SqliteConnection(std::string resource, api::sqlite3* opened, const DatabaseOptions& options)
    : Connection(std::move(resource), options),
      read_only_(options.read_only),
      factory_(opened),
      session_(factory_, ""),
      handle_(opened) {
  install_handlers();
}

void SqliteConnection::install_handlers() noexcept {
  api::sqlite3_progress_handler(handle_, instructions_between_checks, &on_progress, this);
  api::sqlite3_busy_handler(handle_, &on_busy, this);
  api::sqlite3_trace_v2(handle_, SQLITE_TRACE_STMT, &on_start, this);
}

int SqliteConnection::on_progress(void* self) noexcept {
  return static_cast<SqliteConnection*>(self)->limits.reached() == Limit::none ? 0 : 1;
}

int SqliteConnection::on_busy(void* self, int round) noexcept {
  auto& connection = *static_cast<SqliteConnection*>(self);
  // While a statement is being prepared through session(), nothing has told when it began.
  if (round == 0 && !connection.any_statement_running()) connection.limits.start_statement();
  return connection.limits.wait_for_lock(round) ? 1 : 0;
}

int SqliteConnection::on_start(unsigned, void* self, void* statement, void* text) noexcept {
  // A trigger that starts inside a statement is reported too, with a text of its own.
  if (text == static_cast<const void*>(api::sqlite3_sql(static_cast<api::sqlite3_stmt*>(statement))))
    static_cast<SqliteConnection*>(self)->limits.start_statement();
  return 0;
}

bool SqliteConnection::any_statement_running() const noexcept {
  for (api::sqlite3_stmt* s = api::sqlite3_next_stmt(handle_, nullptr); s;
       s = api::sqlite3_next_stmt(handle_, s))
    if (api::sqlite3_stmt_busy(s)) return true;
  return false;
}

std::unique_ptr<Statement> SqliteConnection::prepare(std::string_view sql) {
  return std::make_unique<SqliteStatement>(*this, sql);
}

bool SqliteConnection::in_transaction() const noexcept {
  return api::sqlite3_get_autocommit(handle_) == 0;
}

std::string_view SqliteConnection::begin_statement() const noexcept {
  return read_only_ ? "BEGIN" : "BEGIN IMMEDIATE";
}

bool SqliteConnection::roll_back(const std::string& savepoint) noexcept {
  const auto run = [this](const char* sql) {
    return api::sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
  };
  if (!in_transaction()) return !broken_;
  if (!savepoint.empty() && run(("ROLLBACK TO " + savepoint).c_str()) &&
      run(("RELEASE " + savepoint).c_str()))
    return !broken_;
  run("ROLLBACK");
  if (in_transaction()) broken_ = true;
  return !broken_;
}

std::vector<std::string> SqliteConnection::tables() {
  const auto statement = prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER "
      "BY name");
  std::vector<std::string> names;
  while (statement->step()) names.push_back(statement->row({"name"})["name"]);
  return names;
}

std::vector<std::string> SqliteConnection::primary_key(std::string_view table) {
  const std::size_t dot = table.find('.');
  const bool qualified = dot != std::string_view::npos;
  const nlohmann::json params = {std::string(qualified ? table.substr(dot + 1) : table),
                                 qualified ? nlohmann::json(table.substr(0, dot)) : nlohmann::json()};
  const auto statement = prepare("SELECT name, pk FROM pragma_table_info(?1, ?2) ORDER BY pk");
  statement->bind(params);
  std::vector<std::string> key;
  bool known = false;
  while (statement->step()) {
    known = true;
    const nlohmann::json row = statement->row({"name", "pk"});
    if (row["pk"] > 0) key.push_back(row["name"]);
  }
  if (!known)
    throw_error(errc::db_syntax, fmt::format("no such table: {}", table),
                {.resource = resource(), .hint = suggest_name(table, tables())});
  return key;
}

std::string SqliteConnection::quoted(std::string_view identifier) const {
  std::string text = "\"";
  for (const char c : identifier) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

bool SqliteConnection::reset() noexcept {
  // Errors that came up through session() left no other trace.
  if (classify(api::sqlite3_extended_errcode(handle_), Phase::run).fatal) broken_ = true;
  for (api::sqlite3_stmt* s = api::sqlite3_next_stmt(handle_, nullptr); s;
       s = api::sqlite3_next_stmt(handle_, s))
    if (api::sqlite3_stmt_busy(s)) api::sqlite3_reset(s);  // gives up its read lock
  limits.restore({});
  install_handlers();  // `PRAGMA busy_timeout` replaces ours
  return roll_back({});
}

bool SqliteConnection::validate() noexcept {
  try {
    int moved = 0;
    if (broken_ || api::sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK ||
        moved)
      return false;
    return prepare("SELECT count(*) FROM sqlite_schema")->step();
  } catch (const std::exception&) {
    return false;
  }
}

bool SqliteConnection::writable() const noexcept {
  return api::sqlite3_db_readonly(handle_, "main") == 0;
}

void SqliteConnection::throw_last(Phase phase, std::string_view sql, bool values) {
  const int extended = api::sqlite3_extended_errcode(handle_);
  const Limit cut = limits.cut();
  if ((extended & 0xFF) == SQLITE_INTERRUPT && cut != Limit::none) throw_limit(cut, sql);
  if ((extended & 0xFF) == SQLITE_BUSY && cut != Limit::none) throw_limit(cut, sql);
  const Verdict verdict = classify(extended, phase);
  if (verdict.fatal) broken_ = true;
  const bool hidden = values && message_may_quote_values(extended);
  std::string message = hidden ? api::sqlite3_errstr(extended) : api::sqlite3_errmsg(handle_);
  if (!sql.empty()) message += fmt::format(", in: {}", sql_excerpt(sql));
  throw_error(verdict.code, std::move(message),
              {.resource = resource(), .elapsed = limits.elapsed(), .hint = std::string(verdict.hint)});
}

void SqliteConnection::throw_limit(Limit limit, std::string_view sql) const {
  const std::string excerpt = sql.empty() ? "" : fmt::format(", in: {}", sql_excerpt(sql));
  ErrorDetails details{.resource = resource(), .elapsed = limits.elapsed()};
  switch (limit) {
    case Limit::cancelled:
      throw_error(errc::db_cancelled, "the statement was cancelled" + excerpt, std::move(details));
    case Limit::busy_timeout:
      details.hint = "keep transactions short, or raise busy_timeout";
      throw_error(errc::db_deadline,
                  fmt::format("another connection kept the database locked for {} (busy_timeout){}",
                              format_duration(limits.busy_timeout()), excerpt),
                  std::move(details));
    case Limit::statement_timeout:
      details.hint = "make the statement cheaper, or raise statement_timeout";
      throw_error(
          errc::db_deadline,
          fmt::format("the statement did not end within {} (statement_timeout){}",
                      format_duration(limits.statement_timeout().value_or(Duration::zero())), excerpt),
          std::move(details));
    case Limit::deadline:
    case Limit::none:
      break;
  }
  details.hint = "allow the operation more time";
  throw_error(errc::db_deadline, "the statement did not end by the operation's deadline" + excerpt,
              std::move(details));
}

std::exception_ptr SqliteConnection::translated(const soci::soci_error& error) {
  const std::string sql = session_.get_last_query();
  try {
    // SOCI's message ends in the statement's parameters; SQLite's own does not hold them.
    if (dynamic_cast<const soci::sqlite3_soci_error*>(&error) && api::sqlite3_errcode(handle_) != SQLITE_OK)
      throw_last(Phase::run, sql, true);
    throw_error(
        errc::db_failed, fmt::format("SOCI refused the statement, in: {}", sql_excerpt(sql)),
        {.resource = resource(), .hint = "check the types and the number of its use and into variables"});
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace leasehold::database
