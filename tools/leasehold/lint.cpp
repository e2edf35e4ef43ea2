#include "counted.hpp"
#include "loading.hpp"
#include "output.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/lint.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace leasehold::tool {

namespace {

using Diagnostics = std::vector<fsm::Diagnostic>;

struct Report {
  std::string file;
  Diagnostics diagnostics;

  std::size_t count(fsm::Severity severity) const {
    return static_cast<std::size_t>(
        std::count_if(diagnostics.begin(), diagnostics.end(),
                      [severity](const fsm::Diagnostic& found) { return found.severity == severity; }));
  }
};

Report examine(const std::string& file, const LintCommand& command) {
  ResourceManager manager({.maintenance = false});  // one each, as of validate
  register_builtin_types(manager);
  fsm::LoadOptions options;
  options.lint = command.rules;
  return {file, fsm::lint_machine(file, manager, stand_ins(command.functions), options)};
}

// "m.yaml: 1 error, 2 warnings"
std::string summary(const Report& report) {
  std::vector<std::string> counts;
  const auto add = [&](fsm::Severity severity, std::string_view noun) {
    if (const std::size_t count = report.count(severity); count > 0) counts.push_back(counted(count, noun));
  };
  add(fsm::Severity::error, "error");
  add(fsm::Severity::warning, "warning");
  add(fsm::Severity::note, "note");
  return fmt::format("{}: {}\n", report.file,
                     counts.empty() ? "clean" : fmt::format("{}", fmt::join(counts, ", ")));
}

std::string as_text(const std::vector<Report>& reports, bool colour) {
  std::string text;
  for (const Report& report : reports) text += diagnostics_text(report.diagnostics, colour) + summary(report);
  return text;
}

std::string as_json(const std::vector<Report>& reports) {
  nlohmann::json all = nlohmann::json::array();
  for (const Report& report : reports) {
    nlohmann::json diagnostics = nlohmann::json::array();
    for (const fsm::Diagnostic& diagnostic : report.diagnostics) diagnostics.push_back(to_json(diagnostic));
    all.push_back({{"file", report.file},
                   {"ok", report.count(fsm::Severity::error) == 0},
                   {"diagnostics", std::move(diagnostics)}});
  }
  return all.dump(2) + "\n";
}

std::string as_sarif(const std::vector<Report>& reports) {
  Diagnostics all;
  for (const Report& report : reports)
    all.insert(all.end(), report.diagnostics.begin(), report.diagnostics.end());
  return to_sarif(all).dump(2) + "\n";
}

std::string written(const std::vector<Report>& reports, LintFormat format, bool colour) {
  switch (format) {
    case LintFormat::json:
      return as_json(reports);
    case LintFormat::sarif:
      return as_sarif(reports);
    case LintFormat::text:
      break;
  }
  return as_text(reports, colour);
}

// In lines of at most `width`, each after four spaces.
std::string wrapped(std::string_view paragraph, std::size_t width) {
  std::string text, line = "   ";
  for (std::size_t at = 0; at < paragraph.size();) {
    const std::size_t end = std::min(paragraph.find(' ', at), paragraph.size());
    const std::string_view word = paragraph.substr(at, end - at);
    if (line.size() + 1 + word.size() > width) {
      text += line + "\n";
      line = "   ";
    }
    line += fmt::format(" {}", word);
    at = end + 1;
  }
  return text + line + "\n";
}

std::string rules_text() {
  std::string text;
  for (const fsm::LintRule& rule : fsm::lint_rules())
    text += fmt::format("{}{}: {}\n{}", text.empty() ? "" : "\n", rule.id, rule.summary,
                        wrapped(rule.explanation, 100));
  return text;
}

std::string rules_json() {
  nlohmann::json rules = nlohmann::json::array();
  for (const fsm::LintRule& rule : fsm::lint_rules())
    rules.push_back({{"id", rule.id}, {"summary", rule.summary}, {"explanation", rule.explanation}});
  return rules.dump(2) + "\n";
}

}  // namespace

ExitStatus lint(const LintCommand& command) {
  if (command.list_rules) {
    print(command.format == LintFormat::text ? rules_text() : rules_json());
    return ExitStatus::success;
  }
  std::vector<Report> reports;
  for (const std::string& file : command.files) reports.push_back(examine(file, command));
  const bool colour = command.output.empty() && wants_colour(STDOUT_FILENO);
  deliver(written(reports, command.format, colour), command.output);
  std::size_t bad = 0;
  for (const Report& report : reports) {
    bad += report.count(fsm::Severity::error);
    if (command.strict) bad += report.count(fsm::Severity::warning);
  }
  if (bad == 0) return ExitStatus::success;
  throw Failure(ExitStatus::bad_machine, counted(bad, command.strict ? "finding" : "error") +
                                             (command.strict ? ", warnings counted" : ""));
}

}  // namespace leasehold::tool
