#include "command_line.hpp"

#include "command_options.hpp"

#include <leasehold/config.hpp>
#include <leasehold/version.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace leasehold::tool {

namespace {

constexpr std::string_view overview =
    "Examples:\n"
    "  leasehold validate import.yaml\n"
    "  leasehold run import.yaml --input records.jsonl --jobs 4 --output results.jsonl\n"
    "  leasehold operations database\n"
    "\n"
    "'leasehold VERB --help' says more of a verb.\n"
    "Results go to standard output, everything else to standard error.\n\n";

// "unknown option '--jbos'; did you mean '--jobs'?" for the first argument that nothing takes, or CLI11's
// words.
std::string complaint(const CLI::App& app, const CLI::App* verb, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = app.remaining(true);
  if (unknown.empty()) return error.what();
  const std::string word = unknown.front().substr(0, unknown.front().find('='));
  std::vector<std::string> known;
  if (word.rfind('-', 0) == 0) {
    for (const CLI::Option* option : (verb ? *verb : app).get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    const std::string near = nearest_name(word, known);
    return fmt::format("unknown option '{}'{}", word,
                       near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
  }
  if (verb) return fmt::format("'{}' is one argument too many", word);
  for (const CLI::App* candidate : app.get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(candidate->get_name());
  const std::string near = nearest_name(word, known);
  return fmt::format("unknown verb '{}'; {}", word,
                     near.empty() ? fmt::format("verbs: {}", fmt::join(known, ", "))
                                  : fmt::format("did you mean '{}'?", near));
}

}  // namespace

std::variant<CommandLine, Notice> parse_command_line(int argc, const char* const* argv) {
  CLI::App app("leasehold runs state machines whose states hold the resources they declare.", "leasehold");
  app.set_version_flag("--version", fmt::format("leasehold {}", version()));
  app.get_formatter()->column_width(34);
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.get_formatter()->label("Subcommands", "Verbs");
  app.footer(std::string(overview) + std::string(exit_statuses));
  app.require_subcommand(1);

  CommandLine line;
  ValidateCommand validate;
  RunCommand run;
  StepCommand step;
  TestCommand test;
  ResourcesCommand resources;
  HealthCommand health;
  OperationsCommand operations;
  GraphCommand graph;
  GenerateCommand generate;
  SchemaCommand schema;
  CLI::App& validate_verb = add_validate(app, validate);
  CLI::App& run_verb = add_run(app, run);
  CLI::App& step_verb = add_step(app, step);
  CLI::App& test_verb = add_test(app, test);
  CLI::App& resources_verb = add_resources(app, resources);
  CLI::App& health_verb = add_health(app, health);
  CLI::App& operations_verb = add_operations(app, operations);
  CLI::App& graph_verb = add_graph(app, graph);
  CLI::App& generate_verb = add_generate(app, generate);
  CLI::App& schema_verb = add_schema(app, schema);
  LintCommand lint;
  CLI::App& lint_verb = add_lint(app, lint);
  add_log_level(run_verb, line.log_level);
  add_log_level(step_verb, line.log_level);
  add_log_level(health_verb, line.log_level);

  const auto chosen = [&]() -> const CLI::App* {
    const auto verbs = app.get_subcommands();
    return verbs.empty() ? nullptr : verbs.front();
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Notice{ExitStatus::success, app.help()};
  } catch (const CLI::CallForVersion& call) {
    return Notice{ExitStatus::success, std::string(call.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    const CLI::App* verb = chosen();
    if (!verb && app.remaining(true).empty() && argc < 2) return Notice{ExitStatus::usage, app.help()};
    const std::string name = verb ? "leasehold " + verb->get_name() : "leasehold";
    return Notice{ExitStatus::usage,
                  fmt::format("{}: {}\nsee '{} --help'\n", name, complaint(app, verb, error), name)};
  }

  const CLI::App* verb = chosen();
  if (verb == &validate_verb) line.command = std::move(validate);
  if (verb == &run_verb) line.command = std::move(run);
  if (verb == &step_verb) line.command = std::move(step);
  if (verb == &test_verb) line.command = std::move(test);
  if (verb == &resources_verb) line.command = std::move(resources);
  if (verb == &health_verb) line.command = std::move(health);
  if (verb == &operations_verb) line.command = std::move(operations);
  if (verb == &graph_verb) line.command = std::move(graph);
  if (verb == &generate_verb) line.command = std::move(generate);
  if (verb == &schema_verb) line.command = std::move(schema);
  if (verb == &lint_verb) line.command = std::move(lint);
  return line;
}

}  // namespace leasehold::tool
