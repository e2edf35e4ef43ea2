#include "expressions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace leasehold::fsm {

namespace {

bool is_path(const std::string& text) {
  try {
    DataPath::parse(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// The field as a path: total and order.id are .total and .order.id. nullopt if the text names none.
std::optional<std::string> field_path(const std::string& text) {
  const bool named =
      !text.empty() && (std::isalpha(static_cast<unsigned char>(text[0])) != 0 || text[0] == '_');
  std::string path = named ? "." + text : text;
  if (!path.starts_with('.') || !is_path(path)) return std::nullopt;
  return path;
}

std::optional<Template> parse_template(const nlohmann::json& json, const yaml::Node& node, JqBatch& batch,
                                       Diagnostics& diagnostics) {
  try {
    return Template::parse(json, [&](std::string source, const std::string& pointer) {
      return batch.add(std::move(source), {}, [&node, pointer, &diagnostics](const Error& error) {
        report_issues({{error.reason(), pointer, error.message(), error.hint(), false}}, node, diagnostics);
      });
    });
  } catch (const ConfigError& error) {
    report_issues(error.issues(), node, diagnostics);
    return std::nullopt;
  }
}

}  // namespace

std::optional<JqProgram> read_jq(const yaml::Node& node, JqBatch& batch, Diagnostics& diagnostics) {
  auto json = to_json(node, diagnostics);
  if (!json) return std::nullopt;
  if (json->is_boolean()) json = json->dump();  // `condition: true`
  if (!json->is_string()) {
    diagnostics.error(errc::config_value, node.position, "a jq program is needed here", "write it as text");
    return std::nullopt;
  }
  const auto report = [where = node.position, &diagnostics](const Error& error) {
    diagnostics.error(error.reason(), where, error.message(), error.hint());
  };
  try {
    return batch.add(json->get<std::string>(), node.as_written(), report);
  } catch (const Error& error) {
    report(error);
    return std::nullopt;
  }
}

std::optional<Template> read_template(const yaml::Node& node, JqBatch& batch, Diagnostics& diagnostics) {
  const auto json = to_json(node, diagnostics);
  return json ? parse_template(*json, node, batch, diagnostics) : std::nullopt;
}

std::optional<Template> read_data_mapping(const yaml::Node& node, JqBatch& batch, Diagnostics& diagnostics) {
  auto json = to_json(node, diagnostics);
  if (!json) return std::nullopt;
  if (!json->is_object() && !(json->is_string() && json->get_ref<const std::string&>().starts_with("${{"))) {
    diagnostics.error(errc::config_value, node.position,
                      fmt::format("a mapping of data is a mapping, not {}", yaml::kind_name(node.kind)),
                      "write {field: other_field}");
    return std::nullopt;
  }
  bool good = true;
  for (const yaml::Entry& entry : node.entries) {
    nlohmann::json& value = (*json)[entry.key];
    if (!value.is_string() || value.get_ref<const std::string&>().find("${{") != std::string::npos) continue;
    const std::string text = value;
    if (const auto path = field_path(text)) {
      value = "${{ " + *path + " }}";
      continue;
    }
    good = false;
    diagnostics.error(errc::fsm_expression, entry.value->position, fmt::format("'{}' names no field", text),
                      "write a field as .order.id, a text as ${{ \"text\" }}");
  }
  return good ? parse_template(*json, node, batch, diagnostics) : std::nullopt;
}

std::optional<DataPath> read_path(const yaml::Node* node, Diagnostics& diagnostics) {
  if (!node) return std::nullopt;
  const auto text = read_value<std::string>(*node, diagnostics);
  if (!text) return std::nullopt;
  try {
    return DataPath::parse(*text);
  } catch (const Error& error) {
    diagnostics.error(error.reason(), node->position, error.message(), error.hint());
    return std::nullopt;
  }
}

}  // namespace leasehold::fsm
