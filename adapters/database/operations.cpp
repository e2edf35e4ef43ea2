#include "operations.hpp"

#include <leasehold/adapters/database.hpp>

#include <algorithm>
#include <utility>

namespace leasehold::database {

namespace {

using nlohmann::json;

json object_schema(json properties, json required) {
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

// Rows come as `rows` or, if it is one, as `row`.
json rows_schema(json properties) {
  properties["table"] = {{"type", "string"}, {"minLength", 1}, {"description", "table, or schema.table"}};
  properties["rows"] = {
      {"type", "array"}, {"items", {{"type", "object"}}}, {"description", "objects by column name"}};
  properties["row"] = {{"type", "object"}, {"description", "one row, in place of rows"}};
  properties["key"] = {{"type", "array"},
                       {"items", {{"type", "string"}, {"minLength", 1}}},
                       {"description", "columns that tell rows apart; default: the table's primary key"}};
  json schema = object_schema(std::move(properties), {"table"});
  schema["oneOf"] = {{{"required", {"rows"}}}, {{"required", {"row"}}}};
  return schema;
}

json statement_schema() {
  return object_schema({{"sql", {{"type", "string"}, {"minLength", 1}, {"description", "one statement"}}},
                        {"params",
                         {{"type", {"array", "object", "null"}},
                          {"description", "values: a list for ?, a mapping for :name"}}}},
                       {"sql"});
}

const json table_schema = {{"type", "string"}, {"minLength", 1}, {"description", "table, or schema.table"}};
const json where_schema = {
    {"type", "object"}, {"minProperties", 1}, {"description", "column: value, all of which must be equal"}};

const json& argument(const json& arguments, const char* name) {
  static const json null;
  const auto found = arguments.find(name);
  return found == arguments.end() ? null : *found;
}

// Expressions are known only at run time, so what the schema says is checked here once more.
const std::string& text(const json& arguments, const char* name) {
  const json& value = argument(arguments, name);
  if (!value.is_string())
    throw_error(errc::fsm_argument,
                std::string("argument '") + name + "' must be text, not " + value.type_name());
  return value.get_ref<const std::string&>();
}

const json& rows(const json& arguments) {
  const bool many = arguments.contains("rows"), one = arguments.contains("row");
  if (many == one)
    throw_error(errc::fsm_argument,
                many ? "both 'rows' and 'row' are given" : "neither 'rows' nor 'row' is given",
                {.hint = "give one of them"});
  const json& given = arguments[many ? "rows" : "row"];
  if (many ? !given.is_array() : !given.is_object())
    throw_error(errc::fsm_argument,
                many ? std::string("'rows' must be a list of objects, not ") + given.type_name()
                     : std::string("'row' must be an object, not ") + given.type_name());
  return given;
}

std::vector<std::string> key(const json& arguments) {
  std::vector<std::string> columns;
  const json& given = argument(arguments, "key");
  if (given.is_null()) return columns;
  const bool texts = given.is_array() &&
                     std::all_of(given.begin(), given.end(), [](const json& c) { return c.is_string(); });
  if (!texts) throw_error(errc::fsm_argument, "argument 'key' must be a list of column names");
  for (const json& column : given) columns.push_back(column);
  return columns;
}

OnConflict on_conflict(const json& arguments) {
  const json& word = argument(arguments, "on_conflict");
  if (word.is_null() || word == "error") return OnConflict::error;
  if (word == "ignore") return OnConflict::ignore;
  if (word == "update") return OnConflict::update;
  throw_error(errc::fsm_argument, "argument 'on_conflict' is none of error, ignore, update");
}

Operation operation(std::string name, std::string summary, json schema,
                    json (*call)(Database&, const json&)) {
  return {std::move(name), std::move(summary), std::move(schema),
          [call](Resource& resource, const json& arguments, const OperationContext& context) {
            auto& database = resource.as<Database>();
            const auto bounds = database.within(context);
            return call(database, arguments);
          }};
}

}  // namespace

const Operations& operations() {
  static const Operations table = {
      operation("query", "Runs a statement and returns its rows", statement_schema(),
                [](Database& db, const json& a) { return db.query(text(a, "sql"), argument(a, "params")); }),
      operation("execute", "Runs a statement and returns how many rows it changed", statement_schema(),
                [](Database& db, const json& a) {
                  return json(db.execute(text(a, "sql"), argument(a, "params")));
                }),
      operation("insert", "Stores rows, all or none, and returns how many were stored",
                rows_schema({{"on_conflict",
                              {{"enum", {"error", "ignore", "update"}},
                               {"default", "error"},
                               {"description", "what to do with a row whose key is there already"}}}}),
                [](Database& db, const json& a) {
                  return json(db.insert(text(a, "table"), rows(a), on_conflict(a), key(a)));
                }),
      operation(
          "upsert", "Stores rows over those of the same key, all or none, and returns how many",
          rows_schema(json::object()),
          [](Database& db, const json& a) { return json(db.upsert(text(a, "table"), rows(a), key(a))); }),
      operation("update", "Sets columns of the rows that match and returns how many",
                object_schema(
                    {{"table", table_schema},
                     {"set", {{"type", "object"}, {"minProperties", 1}, {"description", "column: value"}}},
                     {"where", where_schema}},
                    {"table", "set", "where"}),
                [](Database& db, const json& a) {
                  return json(db.update(text(a, "table"), argument(a, "set"), argument(a, "where")));
                }),
      operation("delete", "Removes the rows that match and returns how many",
                object_schema({{"table", table_schema}, {"where", where_schema}}, {"table", "where"}),
                [](Database& db, const json& a) {
                  return json(db.remove(text(a, "table"), argument(a, "where")));
                }),
      operation("tables", "Returns the names of the tables", object_schema(json::object(), json::array()),
                [](Database& db, const json&) { return json(db.list_collections_or_tables()); }),
  };
  return table;
}

}  // namespace leasehold::database
