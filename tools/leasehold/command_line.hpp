#pragma once

// What the user asks for, read from the arguments. Pure: reads no file and prints nothing.

#include "exit_status.hpp"

#include <leasehold/clock.hpp>
#include <leasehold/fsm/load.hpp>
#include <leasehold/log.hpp>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace leasehold::tool {

enum class Format { text, json };
enum class InputFormat { by_name, json, jsonl, csv };

struct ValidateCommand {
  std::vector<std::string> files;
  std::vector<std::string> functions;  // taken as registered, doing nothing
  Format format = Format::text;
};

struct RunCommand {
  std::string machine;
  std::string input;  // "": one record {}; "-": standard input
  InputFormat input_format = InputFormat::by_name;
  std::string records;  // JSON pointer to the records inside a .json input; "": the document itself
  std::size_t jobs = 1;
  std::string output;                                        // "": standard output
  std::vector<std::pair<std::string, nlohmann::json>> sets;  // put into every record
  std::optional<Duration> timeout;                           // of each run
  bool trace = false;
  Format format = Format::text;
  std::string metrics;        // "": none written
  std::string events;         // drives one execution with them; "-": standard input; "": runs on records
  bool virtual_time = false;  // with events: delays take no time
  Duration drain = std::chrono::seconds(30);
  bool quiet = false;
};

struct StepCommand {
  std::string machine;
  std::string input;                                         // "": {}
  std::vector<std::pair<std::string, nlohmann::json>> sets;  // put into it
  std::vector<std::string> functions;                        // as of validate
  Format format = Format::text;
};

struct TestCommand {
  std::vector<std::string> files;      // scenario files; machines with `generate`
  std::vector<std::string> functions;  // as of validate
  bool generate = false;               // write a scenario file instead of running one
  std::string output;                  // of `generate`; "": standard output
  std::string only;                    // runs scenarios with this text in their name
  bool coverage = false;               // show what was reached
  std::optional<double> min_coverage;  // percent; less is a failure
  enum class Report { text, json, junit } format = Report::text;
};

struct ResourcesCommand {
  std::string machine;
  Format format = Format::text;
};

struct HealthCommand {
  std::string machine;
  Duration timeout = std::chrono::seconds(5);
  Format format = Format::text;
};

struct OperationsCommand {
  std::string subject;  // a type or a machine; "": every type
  Format format = Format::text;
};

enum class GraphFormat { dot, mermaid, svg };

struct GraphCommand {
  std::string machine;
  std::vector<std::string> functions;  // as of validate
  GraphFormat format = GraphFormat::dot;
  std::string output;  // "": standard output
};

struct SchemaCommand {
  std::vector<std::string> types;  // of programs, beside the built-in ones
  std::string output;              // "": standard output
};

enum class LintFormat { text, json, sarif };

struct LintCommand {
  std::vector<std::string> files;
  std::vector<std::string> functions;  // as of validate
  fsm::LintOptions rules;
  LintFormat format = LintFormat::text;
  std::string output;       // "": standard output
  bool strict = false;      // warnings count as errors
  bool list_rules = false;  // and nothing else
};

struct GenerateCommand {
  std::string machine;
  std::string name_space;  // "": the machine's name
  std::string output;      // "": standard output
};

using Command =
    std::variant<ValidateCommand, RunCommand, ResourcesCommand, HealthCommand, OperationsCommand,
                 GraphCommand, SchemaCommand, StepCommand, TestCommand, LintCommand, GenerateCommand>;

struct CommandLine {
  Command command;
  std::optional<LogLevel> log_level = LogLevel::warning;  // none: silent
};

// The arguments ask for no verb: the help, the version, or they are wrong.
struct Notice {
  ExitStatus status = ExitStatus::success;  // success: for stdout, else for stderr
  std::string text;
};

std::variant<CommandLine, Notice> parse_command_line(int argc, const char* const* argv);

}  // namespace leasehold::tool
