#include "operations.hpp"

#include <leasehold/adapters/filesystem.hpp>
#include <leasehold/json.hpp>

#include "arguments.hpp"
#include "errors.hpp"
#include "table_operations.hpp"
#include "utf8.hpp"
#include "yaml.hpp"

#include <fmt/format.h>

namespace leasehold::detail {

namespace {

using Json = nlohmann::json;
using Call = Json (*)(FileSystem&, const Json&, const OperationContext&);

std::string path_of(const Json& arguments) {
  return arguments.at("path").get<std::string>();
}

Json read(FileSystem& files, const Json& arguments, const OperationContext& context) {
  return files.read_text(path_of(arguments), context);
}

Json write(FileSystem& files, const Json& arguments, const OperationContext& context) {
  const auto& text = arguments.at("text").get_ref<const std::string&>();
  files.write_text(path_of(arguments), text, context);
  return text.size();
}

Json append(FileSystem& files, const Json& arguments, const OperationContext& context) {
  const auto& text = arguments.at("text").get_ref<const std::string&>();
  files.append(path_of(arguments), text, context);
  return text.size();
}

Json list(FileSystem& files, const Json& arguments, const OperationContext& context) {
  ListOptions options;
  options.path = arguments.value("path", options.path);
  options.pattern = arguments.value("pattern", options.pattern);
  options.recursive = arguments.value("recursive", options.recursive);
  const std::string include = arguments.value("include", "files");
  options.files = include != "directories";
  options.directories = include != "files";
  Json paths = Json::array();
  for (const FileEntry& entry : files.list(options, context)) {
    if (find_invalid_utf8(entry.path))
      throw_error(errc::file_format, fmt::format("the name '{}' is not UTF-8 text", shown_path(entry.path)),
                  {.hint = "rename it or narrow the pattern"});
    paths.push_back(entry.path);
  }
  return paths;
}

Json remove(FileSystem& files, const Json& arguments, const OperationContext&) {
  return files.remove(path_of(arguments));
}

Json exists(FileSystem& files, const Json& arguments, const OperationContext&) {
  return files.exists(path_of(arguments));
}

Json read_json(FileSystem& files, const Json& arguments, const OperationContext& context) {
  const std::string path = path_of(arguments);
  Json value = parse_json(files.read_text(path, context), shown_path(path));
  const auto given = arguments.find("pointer");
  if (given == arguments.end()) return value;
  const auto& text = given->get_ref<const std::string&>();
  Json::json_pointer pointer;
  try {
    pointer = Json::json_pointer(text);
  } catch (const Json::exception&) {
    throw_error(errc::config_value, fmt::format("'{}' is no JSON pointer", shown_path(text)),
                {.hint = "write it as /key/0/key"});
  }
  if (!value.contains(pointer))
    throw_error(errc::file_format,
                fmt::format("'{}' holds nothing at '{}'", shown_path(path), shown_path(text)),
                {.hint = "check the pointer against the file"});
  return std::move(value[pointer]);
}

Json write_json(FileSystem& files, const Json& arguments, const OperationContext& context) {
  const int indent = arguments.value("indent", 2);
  std::string text = arguments.at("value").dump(indent == 0 ? -1 : indent);
  text += '\n';
  files.write_text(path_of(arguments), text, context);
  return text.size();
}

Json read_yaml(FileSystem& files, const Json& arguments, const OperationContext& context) {
  const std::string path = path_of(arguments);
  return parse_yaml(files.read_text(path, context), shown_path(path));
}

Json temp(FileSystem& files, const Json& arguments, const OperationContext&) {
  return files.temp_file(arguments.value("suffix", ""));
}

Operation make(std::string name, std::string summary, std::map<std::string, Json> properties,
               std::vector<std::string> required, Call call) {
  Json schema = {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return {name, std::move(summary), schema,
          [name, schema, call](Resource& resource, const Json& arguments, const OperationContext& context) {
            check_arguments(schema, arguments, name);
            auto& files = resource.as<FileSystem>();
            try {
              return call(files, arguments, context);
            } catch (const Json::exception&) {
              // The one thing left that JSON can refuse: text that is not UTF-8, when it is written.
              throw_error(errc::file_format, fmt::format("'{}' was given text that is not UTF-8", name));
            }
          }};
}

Operations make_all() {
  const Json text_type = {{"type", "string"}};
  const Json yes_no = {{"type", "boolean"}};
  const Json anything = Json::object();
  const Json count = {{"type", "integer"}, {"minimum", 0}};
  const Json names = {{"type", "array"}, {"items", text_type}};
  const Json one_character = {{"type", "string"}, {"maxLength", 1}};
  return {
      make("read", "Returns the text of a file", {{"path", text_type}}, {"path"}, read),
      make("write", "Writes text to a file, whole or not at all; returns its bytes",
           {{"path", text_type}, {"text", text_type}}, {"path", "text"}, write),
      make("append", "Adds text to the end of a file; returns its bytes",
           {{"path", text_type}, {"text", text_type}}, {"path", "text"}, append),
      make("list", "Returns the paths that match a pattern, sorted",
           {{"path", text_type},
            {"pattern", text_type},
            {"recursive", yes_no},
            {"include", {{"enum", {"files", "directories", "all"}}}}},
           {}, list),
      make("delete", "Removes a file or an empty directory; false if there was none", {{"path", text_type}},
           {"path"}, remove),
      make("exists", "Whether there is a file or directory", {{"path", text_type}}, {"path"}, exists),
      make("read_json", "Returns what a JSON file holds, or the part at a pointer",
           {{"path", text_type}, {"pointer", text_type}}, {"path"}, read_json),
      make("write_json", "Writes a value as JSON, whole or not at all; returns its bytes",
           {{"path", text_type},
            {"value", anything},
            {"indent", {{"type", "integer"}, {"minimum", 0}, {"maximum", 16}}}},
           {"path", "value"}, write_json),
      make("read_yaml", "Returns what a YAML file holds", {{"path", text_type}}, {"path"}, read_yaml),
      make("read_csv", "Returns the rows of a CSV file as objects of text",
           {{"path", text_type},
            {"header", yes_no},
            {"delimiter", one_character},
            {"quote", one_character},
            {"columns", names},
            {"limit", count},
            {"offset", count}},
           {"path"}, read_csv),
      make("write_csv", "Writes rows as CSV, whole or not at all; returns their number",
           {{"path", text_type},
            {"rows", {{"type", "array"}}},
            {"columns", names},
            {"header", yes_no},
            {"delimiter", one_character},
            {"quote", one_character},
            {"crlf", yes_no}},
           {"path", "rows"}, write_csv),
      make("temp", "Makes a file that ends with the lease; returns its path", {{"suffix", text_type}}, {},
           temp),
  };
}

}  // namespace

const Operations& filesystem_operations() {
  static const Operations all = make_all();
  return all;
}

}  // namespace leasehold::detail
