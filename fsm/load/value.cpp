#include "value.hpp"

#include "../yaml/scalar.hpp"

#include <algorithm>

namespace leasehold::fsm {

namespace {
std::optional<nlohmann::json> scalar_json(const yaml::Node& node, Diagnostics& diagnostics,
                                          bool off_is_text) {
  if (off_is_text && node.is(yaml::Node::Kind::scalar) && node.plain && node.text == "off") return "off";
  yaml::Scalar scalar = yaml::resolve(node);
  if (!scalar.refused) return std::move(scalar.value);
  diagnostics.error(*scalar.refused, node.position, std::move(scalar.message), std::move(scalar.hint));
  return std::nullopt;
}
}  // namespace

std::optional<nlohmann::json> to_json(const yaml::Node& node, Diagnostics& diagnostics, Off off) {
  bool good = true;
  nlohmann::json json;
  if (node.is(yaml::Node::Kind::mapping)) {
    json = nlohmann::json::object();
    for (const yaml::Entry& entry : node.entries) {
      const bool off_is_text = off == Off::text && entry.value->is(yaml::Node::Kind::scalar);
      auto value = off_is_text ? scalar_json(*entry.value, diagnostics, true)
                               : to_json(*entry.value, diagnostics, off);
      good = good && value;
      if (good) json[entry.key] = std::move(*value);
    }
  } else if (node.is(yaml::Node::Kind::sequence)) {
    json = nlohmann::json::array();
    for (const yaml::Node* item : node.items) {
      auto value = to_json(*item, diagnostics, off);
      good = good && value;
      if (good) json.push_back(std::move(*value));
    }
  } else {
    return scalar_json(node, diagnostics, off == Off::text);
  }
  return good ? std::optional(std::move(json)) : std::nullopt;
}

void report_issues(const std::vector<ConfigIssue>& issues, const yaml::Node& node, Diagnostics& diagnostics) {
  for (const ConfigIssue& issue : issues)
    diagnostics.error(issue.code, yaml::locate(node, issue.pointer, issue.at_key), issue.message, issue.hint);
}

// States called x and y are common, and no reader in use takes the letter for a truth value where it stands.
bool is_letter(const yaml::Node& node) noexcept {
  return node.is(yaml::Node::Kind::scalar) && (node.text == "y" || node.text == "n");
}

std::optional<std::string> read_name(const yaml::Node& node, Diagnostics& diagnostics) {
  if (is_letter(node)) return node.text;
  auto name = read_value<std::string>(node, diagnostics);
  if (!name) return name;
  if (name->empty()) {
    diagnostics.error(errc::config_value, node.position, "a name is needed here, not an empty text");
    return std::nullopt;
  }
  if (std::any_of(name->begin(), name->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    diagnostics.error(errc::config_value, node.position, "a name has no line breaks or control characters");
    return std::nullopt;
  }
  return name;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t at = text.find_first_not_of(' '); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    found.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(' ', end);
  }
  return found.empty() ? std::vector{std::string(text)} : found;
}

std::vector<const yaml::Node*> one_or_many(const yaml::Node* node) {
  if (!node) return {};
  if (node->is(yaml::Node::Kind::sequence)) return {node->items.begin(), node->items.end()};
  return {node};
}

}  // namespace leasehold::fsm
