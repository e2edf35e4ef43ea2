#include "atomic_file.hpp"
#include "loading.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <leasehold/fsm/generate.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <filesystem>

namespace leasehold::tool {

namespace {

std::string generated(const GenerateCommand& command) {
  try {
    return fsm::generate_machine(command.machine, {.name_space = command.name_space});
  } catch (const fsm::LoadError& error) {
    write_all(STDERR_FILENO, diagnostics_text(error.diagnostics(), wants_colour(STDERR_FILENO)));
    throw Failure(ExitStatus::bad_machine, "nothing was generated");
  }
}

}  // namespace

ExitStatus generate(const GenerateCommand& command) {
  const std::string header = generated(command);
  if (command.output.empty()) {
    print(header);
    return ExitStatus::success;
  }
  std::error_code ignored;
  if (std::filesystem::equivalent(command.output, command.machine, ignored))
    throw Failure(
        ExitStatus::usage,
        fmt::format("--output '{}' would replace the machine; give it another name", command.output));
  AtomicFile file(command.output);
  file.write(header);
  file.commit();
  return ExitStatus::success;
}

}  // namespace leasehold::tool
