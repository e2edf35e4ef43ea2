#include "test_report.hpp"

#include "loading.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::tool {

namespace {

std::size_t failed_of(const std::vector<fsm::ScenarioResult>& scenarios) {
  return static_cast<std::size_t>(
      std::count_if(scenarios.begin(), scenarios.end(), [](const auto& one) { return !one.passed(); }));
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// XML 1.0 has no place for most control characters, escaped or not.
std::string escaped(std::string_view text) {
  std::string xml;
  for (const char c : text) {
    switch (c) {
      case '&':
        xml += "&amp;";
        break;
      case '<':
        xml += "&lt;";
        break;
      case '>':
        xml += "&gt;";
        break;
      case '"':
        xml += "&quot;";
        break;
      case '\n':
        xml += "&#10;";
        break;
      default:
        xml += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? '?' : c;
    }
  }
  return xml;
}

std::string row(std::string_view what, const std::vector<fsm::Coverage::Place>& places) {
  const auto reached =
      std::count_if(places.begin(), places.end(), [](const auto& one) { return one.count > 0; });
  return fmt::format("  {:<6}  {:>4} of {:<4}  {:>5.1f}%\n", what, reached, places.size(),
                     fsm::Coverage::percent(places));
}

}  // namespace

std::string to_text(const fsm::TestReport& report, bool colour) {
  const auto word = [colour](bool passed) {
    const std::string_view text = passed ? "ok    " : "FAILED";
    return colour ? fmt::format("\x1b[{}m{}\x1b[0m", passed ? "32" : "1;31", text) : std::string(text);
  };
  std::string text, file;
  for (const fsm::ScenarioResult& one : report.scenarios) {
    if (one.file != file) text += one.file + "\n";
    file = one.file;
    text += fmt::format("  {}  {}\n", word(one.passed()), one.name);
    if (!one.passed()) text += diagnostics_text(one.failures, colour);
  }
  const std::size_t failed = failed_of(report.scenarios);
  return text + fmt::format("{} passed, {} failed\n", report.scenarios.size() - failed, failed);
}

std::string coverage_text(const std::vector<fsm::Coverage>& coverage) {
  std::string text;
  for (const fsm::Coverage& one : coverage) {
    text += fmt::format("\n{} ({})\n{}{}", one.machine, one.file, row("states", one.states),
                        row("arcs", one.arcs));
    for (const auto& [what, places] : {std::pair{"state", &one.states}, std::pair{"arc", &one.arcs}})
      for (const fsm::Coverage::Place& place : *places)
        if (place.count == 0)
          text += fmt::format("  {}:{}:{}: {} not reached: {}\n", one.file, place.line, place.column, what,
                              place.name);
  }
  return text;
}

std::string to_junit(const fsm::TestReport& report) {
  std::vector<std::pair<std::string, std::vector<fsm::ScenarioResult>>> suites;
  for (const fsm::ScenarioResult& one : report.scenarios) {
    if (suites.empty() || suites.back().first != one.file)
      suites.emplace_back(one.file, std::vector<fsm::ScenarioResult>{});
    suites.back().second.push_back(one);
  }
  std::string xml =
      fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{}\">\n",
                  report.scenarios.size(), failed_of(report.scenarios));
  for (const auto& [file, scenarios] : suites) {
    xml += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n", escaped(file),
                       scenarios.size(), failed_of(scenarios));
    for (const fsm::ScenarioResult& one : scenarios) {
      xml += fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.6f}\"",
                         escaped(file), escaped(one.name), escaped(file), one.line, seconds(one.took));
      if (one.passed()) {
        xml += "/>\n";
        continue;
      }
      xml +=
          fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                      escaped(one.failures.front().message), escaped(diagnostics_text(one.failures, false)));
    }
    xml += "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace leasehold::tool
