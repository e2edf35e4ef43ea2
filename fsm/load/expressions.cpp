#include "expressions.hpp"

namespace leasehold::fsm {

std::optional<JqProgram> read_jq(const yaml::Node& node, Diagnostics& diagnostics) {
  auto json = to_json(node, diagnostics);
  if (!json) return std::nullopt;
  if (json->is_boolean()) json = json->dump();  // `condition: true`
  if (!json->is_string()) {
    diagnostics.error(errc::config_value, node.position, "a jq program is needed here", "write it as text");
    return std::nullopt;
  }
  try {
    return JqProgram::compile(json->get<std::string>());
  } catch (const Error& error) {
    diagnostics.error(error.reason(), node.position, error.message(), error.hint());
    return std::nullopt;
  }
}

std::optional<Template> read_template(const yaml::Node& node, Diagnostics& diagnostics) {
  const auto json = to_json(node, diagnostics);
  if (!json) return std::nullopt;
  try {
    return Template::parse(*json);
  } catch (const ConfigError& error) {
    report_issues(error.issues(), node, diagnostics);
    return std::nullopt;
  }
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
