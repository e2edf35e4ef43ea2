#include "terminal.hpp"
#include "verbs.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <csignal>

namespace leasehold::tool {

namespace {

ExitStatus perform(const CommandLine& line) {
  struct {
    const CommandLine& line;
    ExitStatus operator()(const ValidateCommand& command) const { return validate(command); }
    ExitStatus operator()(const RunCommand& command) const { return run(command, line.log_level); }
    ExitStatus operator()(const StepCommand& command) const { return step(command, line.log_level); }
    ExitStatus operator()(const TestCommand& command) const { return test(command); }
    ExitStatus operator()(const ResourcesCommand& command) const { return resources(command); }
    ExitStatus operator()(const HealthCommand& command) const { return health(command, line.log_level); }
    ExitStatus operator()(const OperationsCommand& command) const { return operations(command); }
    ExitStatus operator()(const GraphCommand& command) const { return graph(command); }
    ExitStatus operator()(const SchemaCommand& command) const { return schema(command); }
    ExitStatus operator()(const LintCommand& command) const { return lint(command); }
    ExitStatus operator()(const GenerateCommand& command) const { return generate(command); }
  } const verbs{line};
  return std::visit(verbs, line.command);
}

}  // namespace

int tool_main(int argc, const char* const* argv) {
  occupy_standard_descriptors();
  // A closed pipe and a limit on the size of files are errors of a write, which we handle.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  ExitStatus status = ExitStatus::failed;
  try {
    const auto parsed = parse_command_line(argc, argv);
    if (const Notice* notice = std::get_if<Notice>(&parsed)) {
      status = notice->status;
      if (status == ExitStatus::success) {
        print(notice->text);
      } else {
        write_all(STDERR_FILENO, notice->text);
      }
    } else {
      status = perform(std::get<CommandLine>(parsed));
    }
  } catch (const OutputClosed&) {
  } catch (const Failure& failure) {
    status = failure.status();
    write_all(STDERR_FILENO, fmt::format("leasehold: {}\n", failure.what()));
  } catch (const std::exception& error) {
    write_all(STDERR_FILENO, fmt::format("leasehold: {}\n", error.what()));
  }
  return static_cast<int>(status);
}

}  // namespace leasehold::tool
