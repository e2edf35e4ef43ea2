#include "severity.hpp"
#include "token.hpp"

#include <leasehold/fsm/lint.hpp>
#include <leasehold/version.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace leasehold::fsm {

namespace {

using nlohmann::json;

std::string id_of(const Diagnostic& diagnostic) {
  return diagnostic.rule.empty() ? std::string(error_name(diagnostic.code)) : diagnostic.rule;
}

json text(std::string_view words) {
  return {{"text", words}};
}

json descriptor(const LintRule& rule) {
  return {{"id", rule.id},
          {"shortDescription", text(rule.summary)},
          {"fullDescription", text(rule.explanation)},
          {"help",
           text(fmt::format("{} To switch the rule off for one machine write lint: {{disable: [{}]}} in it.",
                            rule.explanation, rule.id))},
          {"defaultConfiguration", {{"level", to_string(rule.severity)}}}};
}

// The rules of lint, and the codes of the errors that are there.
json descriptors(std::span<const Diagnostic> diagnostics) {
  json all = json::array();
  for (const LintRule& rule : lint_rules()) all.push_back(descriptor(rule));
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : diagnostics)
    if (diagnostic.rule.empty()) codes.push_back(id_of(diagnostic));
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  for (const std::string& code : codes)
    all.push_back({{"id", code},
                   {"shortDescription", text("the machine is refused with this error")},
                   {"defaultConfiguration", {{"level", "error"}}}});
  return all;
}

// A path as a URI reference: relative as it is, absolute with file://.
std::string uri_of(const std::string& path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x80 && std::isalnum(byte) != 0) ||
        std::string_view("-._~/").find(c) != std::string_view::npos)
      uri += c;
    else
      uri += fmt::format("%{:02X}", byte);
  }
  return uri;
}

json location(const Diagnostic& diagnostic) {
  json physical = {{"artifactLocation", {{"uri", uri_of(diagnostic.file)}}}};
  if (diagnostic.line > 0) {
    physical["region"] = {{"startLine", diagnostic.line}, {"startColumn", diagnostic.column}};
    if (const unsigned end = token_end(diagnostic.source_line, diagnostic.column)) {
      physical["region"]["endLine"] = diagnostic.line;
      physical["region"]["endColumn"] = end;
    }
    if (!diagnostic.source_line.empty())
      physical["contextRegion"] = {{"startLine", diagnostic.line}, {"snippet", text(diagnostic.source_line)}};
  }
  return {{"physicalLocation", std::move(physical)}};
}

json result(const Diagnostic& diagnostic, const json& rules) {
  const std::string id = id_of(diagnostic);
  const auto rule =
      std::find_if(rules.begin(), rules.end(), [&id](const json& one) { return one["id"] == id; });
  std::string message = diagnostic.message;
  if (!diagnostic.hint.empty()) message += "; " + diagnostic.hint;
  return {{"ruleId", id},
          {"ruleIndex", rule - rules.begin()},
          {"level", to_string(diagnostic.severity)},
          {"message", text(message)},
          {"locations", json::array({location(diagnostic)})}};
}

}  // namespace

json to_sarif(std::span<const Diagnostic> diagnostics) {
  const json rules = descriptors(diagnostics);
  json results = json::array();
  for (const Diagnostic& diagnostic : diagnostics) results.push_back(result(diagnostic, rules));
  const json driver = {
      {"name", "leasehold"}, {"version", version()}, {"semanticVersion", version()}, {"rules", rules}};
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", json::array({{{"tool", {{"driver", driver}}},
                                 {"columnKind", "unicodeCodePoints"},
                                 {"results", std::move(results)}}})}};
}

}  // namespace leasehold::fsm
