#pragma once

// What each verb does. Results go to standard output, the rest to standard error. Each throws Failure, and
// OutputClosed when nobody reads its results any more.

#include "command_line.hpp"

namespace leasehold::tool {

ExitStatus validate(const ValidateCommand& command);
ExitStatus run(const RunCommand& command, std::optional<LogLevel> log_level);
ExitStatus step(const StepCommand& command, std::optional<LogLevel> log_level);
ExitStatus test(const TestCommand& command);
ExitStatus resources(const ResourcesCommand& command);
ExitStatus health(const HealthCommand& command, std::optional<LogLevel> log_level);
ExitStatus operations(const OperationsCommand& command);
ExitStatus graph(const GraphCommand& command);
ExitStatus generate(const GenerateCommand& command);
ExitStatus schema(const SchemaCommand& command);
ExitStatus lint(const LintCommand& command);

// The program: reads the arguments, does the verb, reports what it threw. Returns the exit status.
int tool_main(int argc, const char* const* argv);

}  // namespace leasehold::tool
