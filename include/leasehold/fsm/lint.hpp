#pragma once

// Lint: what is legal in a machine and yet unlikely to be meant, such as a state that nothing leads to, or
// two states that can wait for each other's resources.
//
//   for (const Diagnostic& found : lint_machine("import.yaml", manager, functions)) std::cout <<
//   to_text(found);
//
// Loading runs the same rules: their findings are Machine::warnings(). A machine switches rules off for
// itself with `lint: {disable: [RULE, ...]}`, a program with LoadOptions::lint, the tool with --disable.
//
// Threads: any. Blocks: lint_machine reads the file; nothing is registered and no resource is opened.

#include <leasehold/fsm/load.hpp>

#include <nlohmann/json.hpp>
#include <span>

namespace leasehold::fsm {

struct LintRule {
  std::string_view id;           // "unreachable-state": Diagnostic::rule of its findings
  Severity severity;             // of its findings
  std::string_view summary;      // a line
  std::string_view explanation;  // a paragraph: what goes wrong, and what to do
};

std::span<const LintRule> lint_rules() noexcept;  // in the order in which they are documented

// Everything that loading would find, errors too, in the order of the document. Rules are chosen by
// options.lint. Throws ConfigError (config_value) if that names a rule that does not exist.
std::vector<Diagnostic> lint_machine(const std::filesystem::path& path, const ResourceManager& manager,
                                     const FunctionRegistry& functions, const LoadOptions& options = {});
std::vector<Diagnostic> lint_machine_text(std::string_view text, const ResourceManager& manager,
                                          const FunctionRegistry& functions, const LoadOptions& options = {},
                                          std::string_view file_name = "machine.yaml");

// The findings of any number of machines as one log of SARIF 2.1.0, the format that code hosts and editors
// read. Columns count characters; secrets in the lines shown are masked.
nlohmann::json to_sarif(std::span<const Diagnostic> diagnostics);

}  // namespace leasehold::fsm
