#include "command_line.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace leasehold;
using namespace leasehold::tool;
using namespace std::chrono_literals;

namespace {

std::variant<CommandLine, Notice> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "leasehold");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

template <class T>
T command(const std::vector<const char*>& arguments) {
  const auto parsed = parse(arguments);
  if (const Notice* notice = std::get_if<Notice>(&parsed)) FAIL(notice->text);
  return std::get<T>(std::get<CommandLine>(parsed).command);
}

Notice notice(const std::vector<const char*>& arguments) {
  const auto parsed = parse(arguments);
  REQUIRE(std::holds_alternative<Notice>(parsed));
  return std::get<Notice>(parsed);
}

}  // namespace

TEST_CASE("run has defaults that need no option") {
  const auto run = command<RunCommand>({"run", "a.yaml"});
  CHECK(run.machine == "a.yaml");
  CHECK(run.input.empty());
  CHECK(run.input_format == InputFormat::by_name);
  CHECK(run.jobs == 1);
  CHECK(run.output.empty());
  CHECK(run.sets.empty());
  CHECK_FALSE(run.timeout);
  CHECK_FALSE(run.trace);
  CHECK_FALSE(run.quiet);
  CHECK(run.drain == 30s);
  CHECK(run.format == Format::text);
}

TEST_CASE("run takes every option, and --set takes one value each") {
  const auto run =
      command<RunCommand>({"run",       "--input", "-",         "--input-format", "csv",       "--jobs",
                           "4",         "-o",      "out.jsonl", "--set",          "n=3",       "--set",
                           "code=NO",   "--set",   "zip=010",   "a.yaml",         "--timeout", "1.5s",
                           "--drain",   "0",       "--trace",   "--quiet",        "--format",  "json",
                           "--metrics", "m.prom"});
  CHECK(run.machine == "a.yaml");
  CHECK(run.input == "-");
  CHECK(run.input_format == InputFormat::csv);
  CHECK(run.jobs == 4);
  CHECK(run.output == "out.jsonl");
  REQUIRE(run.sets.size() == 3);
  CHECK(run.sets[0] == std::pair<std::string, nlohmann::json>("n", 3));
  CHECK(run.sets[1] == std::pair<std::string, nlohmann::json>("code", "NO"));
  CHECK(run.sets[2] == std::pair<std::string, nlohmann::json>("zip", "010"));
  CHECK(run.timeout == 1500ms);
  CHECK(run.drain == 0s);
  CHECK(run.trace);
  CHECK(run.quiet);
  CHECK(run.format == Format::json);
  CHECK(run.metrics == "m.prom");
}

TEST_CASE("validate takes several files and names of functions") {
  const auto validate = command<ValidateCommand>(
      {"validate", "a.yaml", "b.yaml", "--function", "f,g", "--function", "h", "c.yaml", "--format=json"});
  CHECK(validate.files == std::vector<std::string>{"a.yaml", "b.yaml", "c.yaml"});
  CHECK(validate.functions == std::vector<std::string>{"f", "g", "h"});
  CHECK(validate.format == Format::json);
}

TEST_CASE("the other verbs") {
  CHECK(command<ResourcesCommand>({"resources", "a.yaml"}).machine == "a.yaml");
  CHECK(command<HealthCommand>({"health", "a.yaml", "--timeout", "2s"}).timeout == 2s);
  CHECK(command<OperationsCommand>({"operations"}).subject.empty());
  CHECK(command<OperationsCommand>({"operations", "database"}).subject == "database");

  const auto graph = command<GraphCommand>(
      {"graph", "m.yaml", "--format", "svg", "-o", "m.svg", "--function", "a,b", "--function", "c"});
  CHECK(graph.machine == "m.yaml");
  CHECK(graph.format == GraphFormat::svg);
  CHECK(graph.output == "m.svg");
  CHECK(graph.functions == std::vector<std::string>{"a", "b", "c"});
  CHECK(command<GraphCommand>({"graph", "m.yaml"}).format == GraphFormat::dot);

  const auto generate =
      command<GenerateCommand>({"generate", "m.yaml", "-o", "m.hpp", "--namespace", "a::b"});
  CHECK(generate.machine == "m.yaml");
  CHECK(generate.output == "m.hpp");
  CHECK(generate.name_space == "a::b");
  const auto parsed = parse({"health", "a.yaml", "--log-level", "off"});
  CHECK_FALSE(std::get<CommandLine>(parsed).log_level);
}

TEST_CASE("help and version end well, on standard output") {
  CHECK(notice({"--version"}).text == "leasehold 0.1.0\n");
  CHECK(notice({"--version"}).status == ExitStatus::success);
  const Notice overview = notice({"--help"});
  CHECK(overview.status == ExitStatus::success);
  for (const char* part : {"validate", "run", "resources", "health", "operations", "graph", "generate",
                           "Exit status:", "Examples:"})
    CHECK_MESSAGE(overview.text.find(part) != std::string::npos, part);
  CHECK(notice({"run", "--help"}).text.find("--set KEY=VALUE") != std::string::npos);
}

TEST_CASE("bad usage says what and offers the nearest name") {
  const auto complains = [](const std::vector<const char*>& arguments, const std::string& text) {
    const Notice given = notice(arguments);
    CHECK(given.status == ExitStatus::usage);
    CHECK(given.text == text);
  };
  complains({"run", "a.yaml", "--jbos", "4"},
            "leasehold run: unknown option '--jbos'; did you mean '--jobs'?\nsee 'leasehold run --help'\n");
  complains({"run", "a.yaml", "--frobnicate=1"},
            "leasehold run: unknown option '--frobnicate'\nsee 'leasehold run --help'\n");
  complains({"run", "a.yaml", "b.yaml"},
            "leasehold run: 'b.yaml' is one argument too many\nsee 'leasehold run --help'\n");
  complains({"vaildate", "a.yaml"},
            "leasehold: unknown verb 'vaildate'; did you mean 'validate'?\nsee 'leasehold --help'\n");
  complains({"paint"},
            "leasehold: unknown verb 'paint'; verbs: validate, run, step, test, resources, health, "
            "operations, graph, generate, schema, lint\n"
            "see 'leasehold --help'\n");
  complains({"run"}, "leasehold run: machine is required\nsee 'leasehold run --help'\n");
  complains(
      {"run", "a.yaml", "--timeout", "5"},
      "leasehold run: --timeout: '5' is no duration; write 250ms, 30s or 5m\nsee 'leasehold run --help'\n");
  complains({"run", "a.yaml", "--timeout", "0"},
            "leasehold run: --timeout: must be more than 0\nsee 'leasehold run --help'\n");
  complains({"run", "a.yaml", "--set", "=3"},
            "leasehold run: --set: '=3' is not of the form KEY=VALUE\nsee 'leasehold run --help'\n");
  complains({"run", "a.yaml", "--jobs", "0"},
            "leasehold run: --jobs: Value 0 not in range 1 to 1024\nsee 'leasehold run --help'\n");
  CHECK(notice({}).status == ExitStatus::usage);
}
