#include "command_options.hpp"

#include <map>

namespace leasehold::tool {

namespace {

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

}  // namespace

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

}  // namespace leasehold::tool
