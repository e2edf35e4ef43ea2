#include "table_operations.hpp"

#include "errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::detail {

namespace {

using Json = nlohmann::json;

CsvFormat format_of(const Json& arguments) {
  CsvFormat format;
  const auto one_character = [&arguments](const char* key) -> std::optional<char> {
    const auto& text = arguments[key].get_ref<const std::string&>();
    if (text.empty()) return std::nullopt;
    if (text.size() > 1)
      throw_error(errc::config_value, fmt::format("'{}' must be one ASCII character", key));
    return text[0];
  };
  if (arguments.contains("delimiter")) format.delimiter = one_character("delimiter").value_or('\0');
  if (arguments.contains("quote")) format.quote = one_character("quote");
  format.crlf = arguments.value("crlf", false);
  return format;
}

// Which fields of a row go where.
struct Column {
  std::string name;
  std::size_t field;
};

std::vector<Column> choose_columns(const Json& arguments,
                                   const std::optional<std::vector<std::string>>& header,
                                   const std::string& path) {
  std::vector<Column> columns;
  const auto wanted = arguments.find("columns");
  if (wanted == arguments.end()) {
    for (std::size_t i = 0; header && i < header->size(); ++i) columns.push_back({(*header)[i], i});
    return columns;
  }
  for (const Json& name : *wanted) {
    const auto& text = name.get_ref<const std::string&>();
    std::size_t field = columns.size();
    if (header) {
      const auto found = std::find(header->begin(), header->end(), text);
      if (found == header->end())
        throw_error(errc::file_format,
                    fmt::format("'{}' has no column '{}'", shown_path(path), shown_path(text)),
                    {.hint = suggest_name(text, *header)});
      field = static_cast<std::size_t>(found - header->begin());
    }
    const auto same = [&text](const Column& column) { return column.name == text; };
    if (std::any_of(columns.begin(), columns.end(), same))
      throw_error(errc::config_value, fmt::format("'columns' has '{}' twice", shown_path(text)));
    columns.push_back({text, field});
  }
  return columns;
}

std::string cell_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : value.dump();
}

// The names of the columns, from the argument or else the first row; empty if rows are arrays without names.
std::vector<std::string> column_names(const Json& arguments, const Json& rows, bool header) {
  if (const auto given = arguments.find("columns"); given != arguments.end())
    return given->get<std::vector<std::string>>();
  std::vector<std::string> names;
  if (!rows.empty() && rows[0].is_object())
    for (const auto& [key, value] : rows[0].items()) names.push_back(key);
  if (names.empty() && header)
    throw_error(errc::config_value, "there are no names for the header row",
                {.hint = "give 'columns', or set 'header' to false"});
  return names;
}

std::vector<std::string> cells_of(const Json& row, const std::vector<std::string>& names, bool names_given,
                                  std::size_t number) {
  std::vector<std::string> cells;
  if (row.is_array()) {
    for (const Json& value : row) cells.push_back(cell_text(value));
    return cells;
  }
  if (!row.is_object())
    throw_error(errc::config_value,
                fmt::format("row {} must be an object or an array, not {}", number, row.type_name()));
  std::size_t found = 0;
  for (const std::string& name : names) {
    const auto value = row.find(name);
    if (value != row.end()) ++found;
    cells.push_back(value == row.end() ? std::string() : cell_text(*value));
  }
  if (!names_given && found != row.size())
    throw_error(errc::config_value, fmt::format("row {} has a key that the first row has not", number),
                {.hint = "name the columns to write in 'columns'"});
  return cells;
}

}  // namespace

Json read_csv(FileSystem& files, const Json& arguments, const OperationContext& context) {
  const auto path = arguments.at("path").get<std::string>();
  CsvReader csv = files.open_csv(path, format_of(arguments), context);
  std::optional<std::vector<std::string>> header;
  if (arguments.value("header", true)) header = csv.read_header();
  const std::vector<Column> columns = choose_columns(arguments, header, path);
  const auto limit = arguments.value("limit", std::uint64_t{0} - 1);
  auto skip = arguments.value("offset", std::uint64_t{0});
  Json rows = Json::array();
  std::size_t kept = 0;
  for (std::vector<std::string> row; rows.size() < limit && csv.read_row(row);) {
    if (!header && !columns.empty() && columns.size() != row.size())
      throw_error(errc::file_format, fmt::format("{}:{}: the row has {} fields, 'columns' names {}",
                                                 shown_path(path), csv.line(), row.size(), columns.size()));
    if (skip > 0) {
      --skip;
      continue;
    }
    Json made = columns.empty() ? Json(row) : Json::object();
    for (const Column& column : columns) made[column.name] = row[column.field];
    for (const std::string& field : row) kept += field.size();
    if (kept > files.options().max_file_size)
      throw_error(errc::file_failed,
                  fmt::format("the rows of '{}' take more than {} bytes", shown_path(path),
                              files.options().max_file_size),
                  {.hint = "read fewer with 'limit' and 'offset', or raise max_file_size"});
    rows.push_back(std::move(made));
  }
  return rows;
}

Json write_csv(FileSystem& files, const Json& arguments, const OperationContext& context) {
  const Json& rows = arguments.at("rows");
  const bool header = arguments.value("header", true);
  const std::vector<std::string> names = column_names(arguments, rows, header);
  FileWriter file = files.create(arguments.at("path").get<std::string>(), context);
  CsvWriter csv([&file](std::string_view bytes) { file.write(bytes); }, format_of(arguments));
  if (header) csv.write_row(names);
  for (std::size_t i = 0; i < rows.size(); ++i)
    csv.write_row(cells_of(rows[i], names, arguments.contains("columns"), i + 1));
  file.commit();
  return rows.size();
}

}  // namespace leasehold::detail
