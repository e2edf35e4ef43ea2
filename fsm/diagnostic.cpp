#include "severity.hpp"
#include "token.hpp"
#include "utf8.hpp"

#include <leasehold/fsm/load.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

constexpr std::size_t widest = 110;  // characters of a source line that are shown

// Byte offset of every character, and of the end.
std::vector<std::size_t> character_offsets(std::string_view text) {
  std::vector<std::size_t> offsets;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!continues_character(text[i])) offsets.push_back(i);
  offsets.push_back(text.size());
  return offsets;
}

// The line and its caret; a long line is cut to what is around the caret.
std::string excerpt(const Diagnostic& d) {
  const std::vector<std::size_t> at = character_offsets(d.source_line);
  const std::size_t characters = at.size() - 1;
  const std::size_t caret = std::min<std::size_t>(d.column > 0 ? d.column - 1 : 0, characters);
  const std::size_t from = characters <= widest || caret < widest * 3 / 4 ? 0 : caret - widest / 2;
  const std::size_t to = std::min(characters, from + widest);
  const std::string_view before = from > 0 ? "..." : "";
  const std::string number = std::to_string(d.line);
  return fmt::format("\n {} | {}{}{}\n {:{}} | {:{}}^", number, before,
                     std::string_view(d.source_line).substr(at[from], at[to] - at[from]),
                     to < characters ? "..." : "", "", number.size(), "", before.size() + caret - from);
}

std::string join(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += (text.empty() ? "" : "\n") + to_text(diagnostic);
  return text;
}

std::vector<ConfigIssue> errors_of(const std::vector<Diagnostic>& diagnostics) {
  std::vector<ConfigIssue> issues;
  for (const Diagnostic& d : diagnostics)
    if (d.severity == Severity::error) issues.push_back({d.code, "", d.message, d.hint, false});
  if (issues.empty()) issues.push_back({errc::config_value, "", "the machine was refused", "", false});
  return issues;
}

}  // namespace

std::string to_text(const Diagnostic& d) {
  std::string text = d.file;
  if (d.line > 0) text += fmt::format(":{}:{}", d.line, d.column);
  text += fmt::format(": {}", to_string(d.severity));
  if (!d.rule.empty())
    text += fmt::format("[{}]", d.rule);
  else if (d.severity != Severity::note)
    text += fmt::format("[{}]", error_name(d.code));
  text += ": " + d.message;
  if (!d.hint.empty()) text += "; " + d.hint;
  if (d.line > 0 && !d.source_line.empty()) text += excerpt(d);
  return text;
}

nlohmann::json to_json(const Diagnostic& d) {
  nlohmann::json object = {{"severity", to_string(d.severity)}, {"file", d.file}, {"message", d.message}};
  if (d.severity != Severity::note) object["code"] = error_name(d.code);
  if (!d.rule.empty()) object["rule"] = d.rule;
  if (d.line > 0) {
    object["line"] = d.line;
    object["column"] = d.column;
    if (const unsigned end = token_end(d.source_line, d.column)) object["end_column"] = end;
    object["source"] = d.source_line;
  }
  if (!d.hint.empty()) object["hint"] = d.hint;
  return object;
}

LoadError::LoadError(std::vector<Diagnostic> diagnostics)
    : ConfigError(errors_of(diagnostics)),
      text_(std::make_shared<const std::string>(join(diagnostics))),
      diagnostics_(std::make_shared<const std::vector<Diagnostic>>(std::move(diagnostics))) {}

}  // namespace leasehold::fsm
