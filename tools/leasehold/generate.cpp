#include "loading.hpp"
#include "output.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <leasehold/fsm/generate.hpp>

#include <unistd.h>

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
  deliver(generated(command), command.output, command.machine);
  return ExitStatus::success;
}

}  // namespace leasehold::tool
