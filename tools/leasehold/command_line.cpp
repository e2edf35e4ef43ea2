#include "command_line.hpp"

#include <leasehold/config.hpp>
#include <leasehold/error.hpp>
#include <leasehold/fsm/lint.hpp>
#include <leasehold/json.hpp>
#include <leasehold/version.hpp>

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>

namespace leasehold::tool {

namespace {

constexpr std::string_view exit_statuses =
    "Exit status:\n"
    "  0  success\n"
    "  1  runs or tests failed or were interrupted, or a resource is not healthy\n"
    "  2  bad usage: arguments, or an input or output file that cannot be used\n"
    "  3  bad machine or scenario file: every problem is listed, nothing was registered or run\n";

constexpr std::string_view overview =
    "Examples:\n"
    "  leasehold validate import.yaml\n"
    "  leasehold run import.yaml --input records.jsonl --jobs 4 --output results.jsonl\n"
    "  leasehold operations database\n"
    "\n"
    "'leasehold VERB --help' says more of a verb.\n"
    "Results go to standard output, everything else to standard error.\n\n";

constexpr std::string_view run_examples =
    "Input: .json (an object is one record, an array many), .jsonl (an object a line) or .csv (a header,\n"
    "then a record of texts a row). Without --input the machine runs once, on {}.\n"
    "\n"
    "Results are JSON lines in the order of the records, each with the number of its record, 'success',\n"
    "'final_state', 'data', 'path', 'error' and 'metadata'. A file given by --output appears when the run\n"
    "ends, whole.\n"
    "\n"
    "Events: an object a line, {\"event\": \"order.paid\", \"data\": {...}, \"after\": \"1s\"} waits, then "
    "sends;\n"
    "{\"advance\": \"5s\"} lets time pass. A line is printed for the start, for each event and for each "
    "delay\n"
    "that comes due, with 'states', 'entered' and 'leases'; then the result.\n"
    "\n"
    "Ctrl-C (or SIGTERM) lets the running records end, up to --drain, and starts no more; a second one\n"
    "cancels them. What was done is written either way.\n"
    "\n"
    "Examples:\n"
    "  leasehold run hello.yaml --set name=world\n"
    "  leasehold run import.yaml --input rows.csv --jobs 8 --output results.jsonl\n"
    "  leasehold run orders.yaml --events events.jsonl --virtual-time\n"
    "  generate | leasehold run import.yaml --input - --timeout 30s --quiet | jq .data\n\n";

constexpr std::string_view validate_examples =
    "Examples:\n"
    "  leasehold validate configs/*.yaml\n"
    "  leasehold validate orders.yaml --function price_order,is_large\n\n";

constexpr std::string_view graph_examples =
    "Solid lines are arcs; dashed ones push another network; dotted red ones are where faults go.\n"
    "\n"
    "Examples:\n"
    "  leasehold graph orders.yaml --format svg -o orders.svg\n"
    "  leasehold graph orders.yaml --format mermaid --function price_order,is_large\n\n";

constexpr std::string_view lint_examples =
    "Errors that keep a machine from loading are findings, too. Notes never change the exit status, "
    "warnings\n"
    "only with --strict.\n"
    "\n"
    "Examples:\n"
    "  leasehold lint configs/*.yaml\n"
    "  leasehold lint --strict --disable shadowed-arc orders.yaml\n"
    "  leasehold lint --format sarif -o findings.sarif configs/*.yaml\n\n";

constexpr std::string_view generate_examples =
    "Functions are members of a class of the program; one that it lacks does not compile. What YAML can say\n"
    "and a header cannot (jq, operations, delays, regions, ...) is refused at its place.\n"
    "\n"
    "Examples:\n"
    "  leasehold generate orders.yaml -o orders.hpp\n"
    "  leasehold generate orders.yaml --namespace shop::orders -o orders.hpp\n\n";

Duration duration_of(const std::string& option, const std::string& text) {
  const std::optional<Duration> duration = parse_duration(text);
  if (!duration)
    throw CLI::ValidationError(option, fmt::format("'{}' is no duration; write 250ms, 30s or 5m", text));
  return *duration;
}

Duration positive_duration_of(const std::string& option, const std::string& text) {
  const Duration duration = duration_of(option, text);
  if (duration == Duration::zero()) throw CLI::ValidationError(option, "must be more than 0");
  return duration;
}

// The value is JSON where it is JSON, and text elsewhere, so --set n=3 and --set code=NO mean what they say.
std::pair<std::string, nlohmann::json> assignment_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw CLI::ValidationError("--set", fmt::format("'{}' is not of the form KEY=VALUE", text));
  std::string value = text.substr(equals + 1);
  try {
    return {text.substr(0, equals), parse_json(value, "--set")};
  } catch (const Error&) {
    return {text.substr(0, equals), std::move(value)};
  }
}

void add_format(CLI::App& verb, Format& format) {
  static const std::map<std::string, Format> words = {{"text", Format::text}, {"json", Format::json}};
  verb.add_option_function<std::string>(
          "--format", [&format](const std::string& word) { format = words.at(word); },
          "text for people (the default) or json for programs")
      ->check(CLI::IsMember({"text", "json"}).description(""))
      ->type_name("text|json");
}

void add_log_level(CLI::App& verb, std::optional<LogLevel>& level) {
  static const std::map<std::string, std::optional<LogLevel>> words = {{"debug", LogLevel::debug},
                                                                       {"info", LogLevel::info},
                                                                       {"warning", LogLevel::warning},
                                                                       {"error", LogLevel::error},
                                                                       {"off", std::nullopt}};
  verb.add_option_function<std::string>(
          "--log-level", [&level](const std::string& word) { level = words.at(word); },
          "what of the log is shown: debug, info, warning (the default), error or off")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}).description(""))
      ->type_name("LEVEL");
}

void add_machine(CLI::App& verb, std::string& machine) {
  verb.add_option("machine", machine, "the machine, a YAML file")->required()->type_name("FILE");
}

void add_functions(CLI::App& verb, std::vector<std::string>& functions) {
  verb.add_option(
          "--function", functions,
          "take NAME as a C++ function that a program registers (repeat, or a,b,c); others are errors")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
}

CLI::App& add_validate(CLI::App& app, ValidateCommand& command) {
  CLI::App& verb = *app.add_subcommand("validate", "Check machines without running anything");
  verb.add_option("files", command.files, "machines, YAML files")->required()->type_name("FILE...");
  add_functions(verb, command.functions);
  add_format(verb, command.format);
  verb.footer(std::string(validate_examples) + std::string(exit_statuses));
  return verb;
}

void add_sets(CLI::App& verb, std::vector<std::pair<std::string, nlohmann::json>>& sets) {
  verb.add_option_function<std::vector<std::string>>(
          "--set",
          [&sets](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) sets.push_back(assignment_of(text));
          },
          "put KEY into every record, over its own; VALUE is JSON or else text (repeat)")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

void add_run_input(CLI::App& verb, RunCommand& command) {
  static const std::map<std::string, InputFormat> formats = {
      {"json", InputFormat::json}, {"jsonl", InputFormat::jsonl}, {"csv", InputFormat::csv}};
  verb.add_option("-i,--input", command.input,
                  "records to run on: x.json, x.jsonl, x.csv, or - for JSON lines on standard input")
      ->type_name("FILE");
  verb.add_option_function<std::string>(
          "--input-format", [&](const std::string& word) { command.input_format = formats.at(word); },
          "what --input holds, where its name does not say")
      ->check(CLI::IsMember({"json", "jsonl", "csv"}).description(""))
      ->needs("--input")
      ->type_name("json|jsonl|csv");
  verb.add_option("--records", command.records,
                  "JSON pointer to the records inside a .json input: /items (the document itself)")
      ->needs("--input")
      ->type_name("POINTER");
  add_sets(verb, command.sets);
}

CLI::App& add_run(CLI::App& app, RunCommand& command) {
  CLI::App& verb = *app.add_subcommand("run", "Run a machine on records");
  add_machine(verb, command.machine);
  add_run_input(verb, command);
  verb.add_option("-j,--jobs", command.jobs, "records that run at once (1)")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("N");
  verb.add_option("-o,--output", command.output, "write results here instead of to standard output")
      ->type_name("FILE");
  verb.add_option_function<std::string>(
          "--timeout",
          [&](const std::string& text) { command.timeout = positive_duration_of("--timeout", text); },
          "bounds each run and everything inside it (no bound but the machine's)")
      ->type_name("TIME");
  verb.add_option_function<std::string>(
          "--drain", [&](const std::string& text) { command.drain = duration_of("--drain", text); },
          "how long running records may still take after Ctrl-C (30s)")
      ->type_name("TIME");
  verb.add_flag("--trace", command.trace,
                "add what each run did to its result: states, leases, calls, times");
  verb.add_option("--events", command.events,
                  "drive one execution with the events of a file of JSON lines, or - (see below)")
      ->excludes("--jobs")
      ->type_name("FILE");
  verb.add_flag("--virtual-time", command.virtual_time,
                "with --events: delays take no time, only 'after' and 'advance' of the lines let time pass")
      ->needs("--events");
  verb.add_option("--metrics", command.metrics, "write the leases' metrics here, as Prometheus text")
      ->type_name("FILE");
  verb.add_flag("-q,--quiet", command.quiet, "no progress bar and no summary");
  add_format(verb, command.format);
  verb.get_option("--format")->description("of the summary: text for people (the default) or json");
  verb.footer(std::string(run_examples) + std::string(exit_statuses));
  return verb;
}

CLI::App& add_step(CLI::App& app, StepCommand& command) {
  CLI::App& verb = *app.add_subcommand("step", "Drive a machine by hand, event by event");
  add_machine(verb, command.machine);
  verb.add_option("-i,--input", command.input, "the data it starts with: a file with one record ({})")
      ->type_name("FILE");
  add_sets(verb, command.sets);
  add_functions(verb, command.functions);
  add_format(verb, command.format);
  verb.footer(
      "Commands come from standard input, one a line: an event with its data, 'advance 5s', 'help' for the\n"
      "rest. Time is virtual: it passes when 'advance' or 'next' says so. Resources are the real ones.\n"
      "\n"
      "Examples:\n"
      "  leasehold step orders.yaml\n"
      "  echo 'order.received {\"amount\": 3}' | leasehold step orders.yaml --format json\n\n" +
      std::string(exit_statuses));
  return verb;
}

CLI::App& add_test(CLI::App& app, TestCommand& command) {
  static const std::map<std::string, TestCommand::Report> reports = {{"text", TestCommand::Report::text},
                                                                     {"json", TestCommand::Report::json},
                                                                     {"junit", TestCommand::Report::junit}};
  CLI::App& verb = *app.add_subcommand("test", "Run the scenarios of machines, with doubles for resources");
  verb.add_option("files", command.files, "scenarios, YAML files (machine.test.yaml)")
      ->required()
      ->type_name("FILE...");
  verb.add_option("--only", command.only, "run the scenarios with TEXT in their name")->type_name("TEXT");
  verb.add_flag("--coverage", command.coverage, "show which states and arcs were reached");
  verb.add_option("--min-coverage", command.min_coverage,
                  "fail if a machine's states or arcs were reached by less than N percent")
      ->check(CLI::Range(0.0, 100.0).description(""))
      ->type_name("N");
  CLI::Option* generate = verb.add_flag("--generate", command.generate,
                                        "take a machine and write scenarios whose paths reach every arc");
  verb.add_option("-o,--output", command.output, "with --generate: write here instead of to standard output")
      ->needs(generate)
      ->type_name("FILE");
  add_functions(verb, command.functions);
  verb.add_option_function<std::string>(
          "--format", [&command](const std::string& word) { command.format = reports.at(word); },
          "text for people (the default), json, or junit for build servers")
      ->check(CLI::IsMember({"text", "json", "junit"}).description(""))
      ->type_name("text|json|junit");
  verb.footer(
      "Examples:\n"
      "  leasehold test configs/tests/*.yaml --min-coverage 80\n"
      "  leasehold test orders.yaml --generate -o orders.test.yaml\n\n" +
      std::string(exit_statuses));
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

CLI::App& add_graph(CLI::App& app, GraphCommand& command) {
  static const std::map<std::string, GraphFormat> words = {
      {"dot", GraphFormat::dot}, {"mermaid", GraphFormat::mermaid}, {"svg", GraphFormat::svg}};
  CLI::App& verb = *app.add_subcommand("graph", "Draw a machine, with the resources on its states");
  add_machine(verb, command.machine);
  verb.add_option_function<std::string>(
          "--format", [&](const std::string& word) { command.format = words.at(word); },
          "dot for Graphviz (the default), mermaid for Markdown pages, or svg (needs Graphviz)")
      ->check(CLI::IsMember({"dot", "mermaid", "svg"}).description(""))
      ->type_name("dot|mermaid|svg");
  verb.add_option("-o,--output", command.output, "write the picture here instead of to standard output")
      ->type_name("FILE");
  add_functions(verb, command.functions);
  verb.footer(std::string(graph_examples) + std::string(exit_statuses));
  return verb;
}

CLI::App& add_schema(CLI::App& app, SchemaCommand& command) {
  CLI::App& verb = *app.add_subcommand("schema", "Print the JSON Schema of machines, for editors");
  verb.add_option(
          "--type", command.types,
          "take NAME as a type of resource that a program registers, with any keys (repeat, or a,b,c)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
  verb.add_option("-o,--output", command.output, "write it here instead of to standard output")
      ->type_name("FILE");
  verb.footer(
      "An editor with a YAML language server checks and completes a machine whose first line is\n"
      "  # yaml-language-server: $schema=machine.schema.json\n\n" +
      std::string(exit_statuses));
  return verb;
}

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

CLI::App& add_generate(CLI::App& app, GenerateCommand& command) {
  CLI::App& verb = *app.add_subcommand("generate", "Write a machine as a Boost.MSM machine in C++");
  add_machine(verb, command.machine);
  verb.add_option("-o,--output", command.output, "write the header here instead of to standard output")
      ->type_name("FILE");
  verb.add_option("--namespace", command.name_space, "of what is generated (the machine's name)")
      ->type_name("NAME");
  verb.footer(std::string(generate_examples) + std::string(exit_statuses));
  return verb;
}

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
