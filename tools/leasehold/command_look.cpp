#include "command_options.hpp"

#include <leasehold/config.hpp>
#include <leasehold/fsm/lint.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace leasehold::tool {

namespace {

constexpr std::string_view validate_examples =
    "Examples:\n"
    "  leasehold validate configs/*.yaml\n"
    "  leasehold validate orders.yaml --function price_order,is_large\n\n";

constexpr std::string_view lint_examples =
    "Errors that keep a machine from loading are findings, too. Notes never change the exit status, "
    "warnings\n"
    "only with --strict.\n"
    "\n"
    "Examples:\n"
    "  leasehold lint configs/*.yaml\n"
    "  leasehold lint --strict --disable shadowed-arc orders.yaml\n"
    "  leasehold lint --format sarif -o findings.sarif configs/*.yaml\n\n";

void add_rules(CLI::App& verb, const std::string& option, std::vector<std::string>& rules,
               std::string meaning) {
  verb.add_option_function<std::vector<std::string>>(
          option,
          [option, &rules](const std::vector<std::string>& names) {
            std::vector<std::string> known;
            for (const fsm::LintRule& rule : fsm::lint_rules()) known.emplace_back(rule.id);
            for (const std::string& name : names)
              if (std::find(known.begin(), known.end(), name) == known.end())
                throw CLI::ValidationError(
                    option, fmt::format("there is no rule '{}'; {}", name, suggest_name(name, known)));
            rules.insert(rules.end(), names.begin(), names.end());
          },
          std::move(meaning))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("RULE");
}

}  // namespace

CLI::App& add_validate(CLI::App& app, ValidateCommand& command) {
  CLI::App& verb = *app.add_subcommand("validate", "Check machines without running anything");
  verb.add_option("files", command.files, "machines, YAML files")->required()->type_name("FILE...");
  add_functions(verb, command.functions);
  add_format(verb, command.format);
  verb.footer(std::string(validate_examples) + std::string(exit_statuses));
  return verb;
}

CLI::App& add_lint(CLI::App& app, LintCommand& command) {
  static const std::map<std::string, LintFormat> words = {
      {"text", LintFormat::text}, {"json", LintFormat::json}, {"sarif", LintFormat::sarif}};
  CLI::App& verb = *app.add_subcommand("lint", "Look for what is legal in machines but unlikely to be meant");
  verb.add_option("files", command.files, "machines, YAML files")->type_name("FILE...");
  add_rules(verb, "--disable", command.rules.disable, "do not look for this (repeat, or a,b,c)");
  add_rules(verb, "--enable", command.rules.enable, "look for this even if the machine disables it");
  add_rules(verb, "--only", command.rules.only, "look for nothing else, whatever the machine disables");
  verb.add_flag("--strict", command.strict, "status 3 for warnings, too");
  verb.add_flag("--rules", command.list_rules, "explain every rule, and look at nothing");
  verb.add_option_function<std::string>(
          "--format", [&](const std::string& word) { command.format = words.at(word); },
          "text for people (the default), json, or sarif for code hosts and editors")
      ->check(CLI::IsMember({"text", "json", "sarif"}).description(""))
      ->type_name("text|json|sarif");
  verb.add_option("-o,--output", command.output, "write the findings here instead of to standard output")
      ->type_name("FILE");
  add_functions(verb, command.functions);
  verb.parse_complete_callback([&command] {
    if (command.files.empty() && !command.list_rules) throw CLI::RequiredError("a machine, or --rules,");
  });
  verb.footer(std::string(lint_examples) + std::string(exit_statuses));
  return verb;
}

CLI::App& add_resources(CLI::App& app, ResourcesCommand& command) {
  CLI::App& verb = *app.add_subcommand("resources", "Show what a machine declares and which states use it");
  add_machine(verb, command.machine);
  add_format(verb, command.format);
  verb.footer("Secrets are shown as ***.\n\n" + std::string(exit_statuses));
  return verb;
}

CLI::App& add_health(CLI::App& app, HealthCommand& command) {
  CLI::App& verb = *app.add_subcommand("health", "Check that what a machine declares is there");
  add_machine(verb, command.machine);
  verb.add_option_function<std::string>(
          "--timeout",
          [&](const std::string& text) { command.timeout = positive_duration_of("--timeout", text); },
          "bounds each check (5s)")
      ->type_name("TIME");
  add_format(verb, command.format);
  verb.footer(std::string(exit_statuses));
  return verb;
}

CLI::App& add_operations(CLI::App& app, OperationsCommand& command) {
  CLI::App& verb = *app.add_subcommand("operations", "List what machines can call, with arguments");
  verb.add_option("subject", command.subject,
                  "a type (database, filesystem, http, llm, dict) or a machine; every type without it")
      ->type_name("TYPE|FILE");
  add_format(verb, command.format);
  verb.footer(
      "Examples:\n"
      "  leasehold operations\n"
      "  leasehold operations database\n"
      "  leasehold operations import.yaml\n\n" +
      std::string(exit_statuses));
  return verb;
}

}  // namespace leasehold::tool
