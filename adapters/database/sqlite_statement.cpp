#include "sqlite_statement.hpp"

#include "encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace leasehold::database {

namespace api = sqlite_api;

namespace {

// SQLite has no booleans: 0 and 1 in a column declared so are what was stored as false and true.
bool is_boolean(const char* declared) noexcept {
  if (!declared) return false;
  const std::string_view type = declared;
  const auto is = [type](std::string_view word) {
    return std::equal(type.begin(), type.end(), word.begin(), word.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
  };
  return is("boolean") || is("bool");
}

}  // namespace

SqliteStatement::SqliteStatement(SqliteConnection& connection, std::string_view sql)
    : connection_(connection) {
  if (sql.find('\0') != std::string_view::npos || !is_utf8(sql))
    throw_error(errc::db_syntax, "the statement is not UTF-8 text, or holds a NUL",
                {.resource = connection.resource()});
  connection.limits.start_statement();
  if (const Limit limit = connection.limits.reached(); limit != Limit::none)
    connection.throw_limit(limit, sql);
  const char* tail = nullptr;
  if (sql.size() >= 1'000'000'000)
    throw_error(errc::db_syntax, "the statement is longer than SQLite takes",
                {.resource = connection.resource()});
  const int size = static_cast<int>(sql.size());
  if (api::sqlite3_prepare_v2(connection.handle(), sql.data(), size, &statement_, &tail) != SQLITE_OK)
    connection.throw_last(Phase::prepare, sql, false);
  if (!statement_)
    throw_error(errc::db_syntax, "the statement is empty", {.resource = connection.resource()});
  try {
    const auto used = static_cast<std::size_t>(tail - sql.data());
    if (used < sql.size()) refuse_more(std::string(sql.substr(used)).c_str());
  } catch (...) {
    api::sqlite3_finalize(statement_);
    throw;
  }
}

SqliteStatement::~SqliteStatement() {
  api::sqlite3_finalize(statement_);
}

// Whatever follows the first statement must be blank or a comment.
void SqliteStatement::refuse_more(const char* tail) const {
  api::sqlite3_stmt* next = nullptr;
  const int result = api::sqlite3_prepare_v2(connection_.handle(), tail, -1, &next, nullptr);
  const bool more = result != SQLITE_OK || next != nullptr;
  api::sqlite3_finalize(next);
  if (more)
    throw_error(errc::db_syntax,
                fmt::format("there are several statements in one text: {}", sql_excerpt(sql())),
                {.resource = connection_.resource(), .hint = "run them one by one"});
}

std::string_view SqliteStatement::sql() const noexcept {
  return api::sqlite3_sql(statement_);
}

std::string SqliteStatement::parameter(int index) const {
  const char* name = api::sqlite3_bind_parameter_name(statement_, index);
  return name && *name != '?' ? fmt::format("'{}'", name) : fmt::format("{}", index);
}

void SqliteStatement::bind(const nlohmann::json& params) {
  reset();
  if (params.is_object()) return bind_named(params);
  // {value} in C++ is an array of one or the value itself, as the compiler likes.
  if (!params.is_array() && !params.is_null()) return bind(nlohmann::json::array({params}));
  const auto needed = static_cast<std::size_t>(api::sqlite3_bind_parameter_count(statement_));
  if (params.size() != needed)
    throw_error(errc::fsm_argument,
                fmt::format("the statement takes {} parameters, {} were given, in: {}", needed, params.size(),
                            sql_excerpt(sql())),
                {.resource = connection_.resource(), .hint = "give one value per parameter"});
  for (std::size_t i = 0; i < needed; ++i) bind_value(static_cast<int>(i) + 1, params[i]);
}

void SqliteStatement::bind_named(const nlohmann::json& params) {
  std::vector<std::string> names;
  const int count = api::sqlite3_bind_parameter_count(statement_);
  for (int i = 1; i <= count; ++i) {
    const char* name = api::sqlite3_bind_parameter_name(statement_, i);
    if (!name || *name == '?')
      throw_error(
          errc::fsm_argument,
          fmt::format("parameter {} has no name, but parameters were given by name, in: {}", i,
                      sql_excerpt(sql())),
          {.resource = connection_.resource(), .hint = "give them as an array, or write :name for each"});
    names.emplace_back(name + 1);
    const auto found = params.find(names.back());
    if (found == params.end())
      throw_error(errc::fsm_argument,
                  fmt::format("parameter {} was not given, in: {}", parameter(i), sql_excerpt(sql())),
                  {.resource = connection_.resource(), .hint = "give a value for it; null is one"});
    bind_value(i, *found);
  }
  for (const auto& [name, value] : params.items())
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw_error(errc::fsm_argument,
                  fmt::format("the statement has no parameter ':{}', in: {}", name, sql_excerpt(sql())),
                  {.resource = connection_.resource(), .hint = suggest_name(name, names)});
}

void SqliteStatement::bind_value(int index, const nlohmann::json& value) {
  const auto refuse = [&](errc code, std::string_view what, std::string hint) {
    throw_error(code, fmt::format("parameter {} {}, in: {}", parameter(index), what, sql_excerpt(sql())),
                {.resource = connection_.resource(), .hint = std::move(hint)});
  };
  using Type = nlohmann::json::value_t;
  int result = SQLITE_OK;
  switch (value.type()) {
    case Type::null:
      result = api::sqlite3_bind_null(statement_, index);
      break;
    case Type::boolean:
      result = api::sqlite3_bind_int(statement_, index, value.get<bool>() ? 1 : 0);
      break;
    case Type::number_unsigned:
      if (value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
        refuse(errc::json_number_range, "is larger than 64 bits with a sign hold", "store it as text");
      [[fallthrough]];
    case Type::number_integer:
      result = api::sqlite3_bind_int64(statement_, index, value.get<std::int64_t>());
      break;
    case Type::number_float: {
      const double number = value.get<double>();
      if (std::isnan(number)) refuse(errc::json_number_range, "is not a number", "store null");
      result = api::sqlite3_bind_double(statement_, index, number);
      break;
    }
    case Type::string: {
      const auto& text = value.get_ref<const std::string&>();
      if (!is_utf8(text))
        refuse(errc::fsm_argument, "is not UTF-8 text", "store it as {\"$blob\": \"<base64>\"}");
      result =
          api::sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
      break;
    }
    case Type::object:
    case Type::binary:
      result = bind_blob(index, value);
      break;
    default:
      refuse(errc::fsm_argument, "is a list", "turn it into text first (jq: tojson)");
  }
  bound_ = true;
  if (result != SQLITE_OK) connection_.throw_last(Phase::run, sql(), true);
}

int SqliteStatement::bind_blob(int index, const nlohmann::json& value) {
  const auto refuse = [&](std::string_view what, std::string hint) {
    throw_error(errc::fsm_argument,
                fmt::format("parameter {} {}, in: {}", parameter(index), what, sql_excerpt(sql())),
                {.resource = connection_.resource(), .hint = std::move(hint)});
  };
  if (value.is_binary()) {
    const auto& bytes = value.get_binary();
    blobs_.emplace_back(bytes.begin(), bytes.end());
  } else {
    const auto found = value.find("$blob");
    if (value.size() != 1 || found == value.end() || !found->is_string())
      refuse("is an object",
             "turn it into text first (jq: tojson), or give bytes as {\"$blob\": \"<base64>\"}");
    auto bytes = base64_decode(found->get_ref<const std::string&>());
    if (!bytes) refuse("is a $blob that is not base64", "encode the bytes as RFC 4648 says, with padding");
    blobs_.push_back(std::move(*bytes));
  }
  const std::string& bytes = blobs_.back();
  if (bytes.empty()) return api::sqlite3_bind_zeroblob(statement_, index, 0);
  return api::sqlite3_bind_blob64(statement_, index, bytes.data(), bytes.size(), SQLITE_STATIC);
}

bool SqliteStatement::step() {
  if (!running_) {
    connection_.limits.start_statement();
    if (const Limit limit = connection_.limits.reached(); limit != Limit::none)
      connection_.throw_limit(limit, sql());
    changes_before_ = api::sqlite3_total_changes64(connection_.handle());
    running_ = true;
  }
  const int result = api::sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) connection_.throw_last(Phase::run, sql(), bound_);
  return false;
}

void SqliteStatement::reset() noexcept {
  api::sqlite3_reset(statement_);
  api::sqlite3_clear_bindings(statement_);
  blobs_.clear();
  running_ = bound_ = false;
}

std::int64_t SqliteStatement::affected() const {
  // sqlite3_changes keeps the count of the last INSERT, UPDATE or DELETE when something else is run.
  if (api::sqlite3_total_changes64(connection_.handle()) == changes_before_) return 0;
  return api::sqlite3_changes64(connection_.handle());
}

std::vector<std::string> SqliteStatement::columns() const {
  std::vector<std::string> names;
  const int count = api::sqlite3_column_count(statement_);
  for (int i = 0; i < count; ++i) {
    const char* name = api::sqlite3_column_name(statement_, i);
    names.emplace_back(name ? name : "");
    if (std::find(names.begin(), names.end() - 1, names.back()) != names.end() - 1)
      throw_error(
          errc::db_syntax,
          fmt::format("two columns of the result are named '{}', in: {}", names.back(), sql_excerpt(sql())),
          {.resource = connection_.resource(), .hint = "name one of them with AS"});
  }
  return names;
}

nlohmann::json SqliteStatement::row(const std::vector<std::string>& columns) const {
  nlohmann::json::object_t row;
  for (std::size_t i = 0; i < columns.size(); ++i) row.emplace(columns[i], value(static_cast<int>(i)));
  return row;
}

nlohmann::json SqliteStatement::value(int column) const {
  switch (api::sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER: {
      const std::int64_t number = api::sqlite3_column_int64(statement_, column);
      if ((number == 0 || number == 1) && is_boolean(api::sqlite3_column_decltype(statement_, column)))
        return number == 1;
      return number;
    }
    case SQLITE_FLOAT:
      return api::sqlite3_column_double(statement_, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(api::sqlite3_column_text(statement_, column));
      std::string copy(text, static_cast<std::size_t>(api::sqlite3_column_bytes(statement_, column)));
      if (!is_utf8(copy))
        throw_error(errc::db_failed,
                    fmt::format("column '{}' holds text that is not UTF-8, in: {}",
                                api::sqlite3_column_name(statement_, column), sql_excerpt(sql())),
                    {.resource = connection_.resource(), .hint = "select it as bytes: CAST(column AS BLOB)"});
      return copy;
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(api::sqlite3_column_blob(statement_, column));
      const auto size = static_cast<std::size_t>(api::sqlite3_column_bytes(statement_, column));
      return {{"$blob", base64_encode(bytes ? std::string_view(bytes, size) : std::string_view())}};
    }
    default:
      return nullptr;
  }
}

}  // namespace leasehold::database
