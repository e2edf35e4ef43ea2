#pragma once

// The verbs and their options, as CLI11 reads them: each add_VERB adds the verb, which fills in its command.

#include "command_line.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::tool {

// At the end of every --help.
inline constexpr std::string_view exit_statuses =
    "Exit status:\n"
    "  0  success\n"
    "  1  runs or tests failed or were interrupted, or a resource is not healthy\n"
    "  2  bad usage: arguments, or an input or output file that cannot be used\n"
    "  3  bad machine or scenario file: every problem is listed, nothing was registered or run\n";

// command_run.cpp
CLI::App& add_run(CLI::App& app, RunCommand& command);
CLI::App& add_step(CLI::App& app, StepCommand& command);
CLI::App& add_test(CLI::App& app, TestCommand& command);

// command_look.cpp
CLI::App& add_validate(CLI::App& app, ValidateCommand& command);
CLI::App& add_lint(CLI::App& app, LintCommand& command);
CLI::App& add_resources(CLI::App& app, ResourcesCommand& command);
CLI::App& add_health(CLI::App& app, HealthCommand& command);
CLI::App& add_operations(CLI::App& app, OperationsCommand& command);

// command_write.cpp
CLI::App& add_graph(CLI::App& app, GraphCommand& command);
CLI::App& add_generate(CLI::App& app, GenerateCommand& command);
CLI::App& add_schema(CLI::App& app, SchemaCommand& command);

// What several of them have. Durations throw CLI::ValidationError.
Duration duration_of(const std::string& option, const std::string& text);
Duration positive_duration_of(const std::string& option, const std::string& text);
void add_machine(CLI::App& verb, std::string& machine);
void add_format(CLI::App& verb, Format& format);
void add_log_level(CLI::App& verb, std::optional<LogLevel>& level);
void add_functions(CLI::App& verb, std::vector<std::string>& functions);
void add_sets(CLI::App& verb, std::vector<std::pair<std::string, nlohmann::json>>& sets);

}  // namespace leasehold::tool
