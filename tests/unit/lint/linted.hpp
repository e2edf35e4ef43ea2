#pragma once

// What lint finds in a machine, with the fakes that the loader's tests use.

#include "../load/loaded.hpp"

#include <doctest/doctest.h>

namespace leasehold::fsm::test {

inline constexpr const char* header =
    "name: m\n"
    "resources: {a: {type: database}, b: {type: database}, c: {type: database}, small: {type: http, pool: "
    "{max_size: 1}}, slow: {type: http, pool: {acquire_timeout: 20s}}}\n";

// "line:column rule: message; hint" of each finding of lint.
inline std::vector<std::string> findings(const std::string& text, const LintOptions& options = {}) {
  const Document m(text, {}, "m.yaml", options);
  CHECK(Document::text(m.errors) == "");
  std::vector<std::string> lines;
  for (const std::vector<Diagnostic>* all : {&m.warnings, &m.notes})
    for (const Diagnostic& d : *all)
      lines.push_back(std::to_string(d.line) + ":" + std::to_string(d.column) + " " + d.rule + ": " +
                      d.message + "; " + d.hint);
  return lines;
}

// Of one network with these states, which start in line 6.
inline std::vector<std::string> findings_in(const std::string& states, const std::string& network = "") {
  return findings(header + ("networks:\n- name: main\n  initial: s" + network + "\n  states:\n") + states);
}

// Which rules found something.
inline std::vector<std::string> rules_of(const std::vector<std::string>& lines) {
  std::vector<std::string> rules;
  for (const std::string& line : lines) {
    const std::size_t start = line.find(' ') + 1;
    rules.push_back(line.substr(start, line.find(':', start) - start));
  }
  return rules;
}

}  // namespace leasehold::fsm::test
