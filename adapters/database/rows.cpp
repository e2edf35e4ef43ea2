// Statements made from rows: insert, update, remove. Names are quoted, values are bound.

#include <leasehold/adapters/database.hpp>

#include "connection.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold {

namespace {

using database::Connection;
using database::Statement;
using Columns = std::vector<std::string>;

[[noreturn]] void refuse(const Connection& connection, std::string message, std::string hint = {}) {
  throw_error(errc::fsm_argument, std::move(message),
              {.resource = connection.resource(), .hint = std::move(hint)});
}

void check_name(const Connection& connection, std::string_view what, std::string_view name) {
  constexpr std::size_t longest = 256;
  if (name.empty() || name.size() > longest || name.find('\0') != std::string_view::npos)
    refuse(connection,
           fmt::format("the name of a {} is empty, longer than {} bytes, or holds a NUL", what, longest));
}

// "country", or "main.country" with its schema.
std::string quoted_table(const Connection& connection, std::string_view table) {
  check_name(connection, "table", table);
  const std::size_t dot = table.find('.');
  if (dot == std::string_view::npos) return connection.quoted(table);
  check_name(connection, "schema", table.substr(0, dot));
  check_name(connection, "table", table.substr(dot + 1));
  return connection.quoted(table.substr(0, dot)) + "." + connection.quoted(table.substr(dot + 1));
}

template <class Write>
std::string join(const Columns& columns, std::string_view separator, const Write& write) {
  std::string joined;
  for (const std::string& column : columns) {
    if (!joined.empty()) joined += separator;
    joined += write(column);
  }
  return joined;
}

Columns columns_of(const Connection& connection, const nlohmann::json& row) {
  Columns columns;
  for (const auto& item : row.items()) {
    check_name(connection, "column", item.key());
    columns.push_back(item.key());
  }
  return columns;
}

bool has_columns(const nlohmann::json::object_t& row, const Columns& columns) {
  return row.size() == columns.size() &&
         std::equal(columns.begin(), columns.end(), row.begin(),
                    [](const std::string& column, const auto& item) { return column == item.first; });
}

// Stores rows one after another, preparing a statement only where the columns change.
class Inserter {
 public:
  Inserter(Connection& connection, std::string_view table, OnConflict on_conflict, Columns key)
      : connection_(connection),
        table_(quoted_table(connection, table)),
        on_conflict_(on_conflict),
        key_(std::move(key)) {
    for (const std::string& column : key_) check_name(connection, "column", column);
    if (on_conflict_ != OnConflict::update || !key_.empty()) return;
    key_ = connection.primary_key(table);
    if (key_.empty())
      refuse(connection, fmt::format("table '{}' has no primary key to update by", table),
             "name the columns that tell rows apart in 'key'");
  }

  std::int64_t store(const nlohmann::json& row) {
    if (!row.is_object())
      refuse(connection_, fmt::format("a row is an object, not a {}", row.type_name()),
             "give {column: value, ...}");
    if (row.empty()) refuse(connection_, "a row has no columns", "give {column: value, ...}");
    const auto& values = row.get_ref<const nlohmann::json::object_t&>();
    if (!statement_ || !has_columns(values, columns_)) {
      columns_ = columns_of(connection_, row);
      statement_ = connection_.prepare(sql());
    }
    int index = 0;
    for (const auto& item : values) statement_->bind_value(++index, item.second);
    statement_->step();
    const std::int64_t stored = statement_->affected();
    statement_->reset();
    return stored;
  }

 private:
  std::string sql() const {
    const auto quoted = [this](const std::string& column) { return connection_.quoted(column); };
    const auto assigned = [&](const std::string& column) {
      return quoted(column) + " = excluded." + quoted(column);
    };
    std::string text = fmt::format("INSERT INTO {} ({}) VALUES ({})", table_, join(columns_, ", ", quoted),
                                   join(columns_, ", ", [](const std::string&) { return "?"; }));
    if (on_conflict_ == OnConflict::error) return text;
    text += " ON CONFLICT";
    if (!key_.empty()) text += fmt::format(" ({})", join(key_, ", ", quoted));
    if (on_conflict_ == OnConflict::ignore) return text + " DO NOTHING";
    Columns changed;
    for (const std::string& column : columns_)
      if (std::find(key_.begin(), key_.end(), column) == key_.end()) changed.push_back(column);
    // A row of nothing but its key is stored by being there; setting the key to itself makes it count.
    if (changed.empty()) changed.push_back(key_.front());
    return text + " DO UPDATE SET " + join(changed, ", ", assigned);
  }

  Connection& connection_;
  std::string table_;
  OnConflict on_conflict_;
  Columns key_;
  Columns columns_;
  std::unique_ptr<Statement> statement_;
};

// "WHERE ..." for rows whose columns equal `where`; appends what has to be bound.
std::string condition(const Connection& connection, const std::string& table, const nlohmann::json& where,
                      nlohmann::json& params) {
  if (!where.is_object() || where.empty())
    refuse(connection, "'where' names no column", "say which rows; to change every row, use execute");
  // With its table, a column that does not exist is an error; without, SQLite takes "name" for a text.
  return " WHERE " + join(columns_of(connection, where), " AND ", [&](const std::string& column) {
           const std::string name = table + "." + connection.quoted(column);
           if (where[column].is_null()) return name + " IS NULL";
           params.push_back(where[column]);
           return name + " = ?";
         });
}

}  // namespace

std::int64_t Database::insert(std::string_view table, const nlohmann::json& rows, OnConflict on_conflict,
                              const std::vector<std::string>& key) {
  check_usable();
  if (!rows.is_array() && !rows.is_object())
    refuse(*connection_, fmt::format("rows are an array of objects, not a {}", rows.type_name()));
  return transaction([&] {
    Inserter inserter(*connection_, table, on_conflict, key);
    if (rows.is_object()) return inserter.store(rows);
    std::int64_t stored = 0;
    std::size_t index = 0;
    try {
      for (const nlohmann::json& row : rows) {
        stored += inserter.store(row);
        ++index;
      }
    } catch (const Error& error) {
      throw_error(error.reason(), fmt::format("rows[{}]: {}", index, error.message()),
                  {.resource = error.resource(), .elapsed = error.elapsed(), .hint = error.hint()});
    }
    return stored;
  });
}

std::int64_t Database::upsert(std::string_view table, const nlohmann::json& rows,
                              const std::vector<std::string>& key) {
  return insert(table, rows, OnConflict::update, key);
}

std::int64_t Database::update(std::string_view table, const nlohmann::json& set,
                              const nlohmann::json& where) {
  if (!set.is_object() || set.empty())
    refuse(*connection_, "'set' names no column", "give {column: value, ...}");
  const std::string name = quoted_table(*connection_, table);
  nlohmann::json params = nlohmann::json::array();
  const std::string assignments = join(columns_of(*connection_, set), ", ", [&](const std::string& column) {
    params.push_back(set[column]);
    return connection_->quoted(column) + " = ?";
  });
  const std::string rows = condition(*connection_, name, where, params);
  return execute(fmt::format("UPDATE {} SET {}{}", name, assignments, rows), params);
}

std::int64_t Database::remove(std::string_view table, const nlohmann::json& where) {
  const std::string name = quoted_table(*connection_, table);
  nlohmann::json params = nlohmann::json::array();
  const std::string rows = condition(*connection_, name, where, params);
  return execute(fmt::format("DELETE FROM {}{}", name, rows), params);
}

}  // namespace leasehold
