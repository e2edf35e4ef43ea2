#include "output.hpp"

#include "atomic_file.hpp"
#include "exit_status.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace leasehold::tool {

void deliver(std::string_view text, const std::string& output, const std::string& machine) {
  if (output.empty()) return print(text);
  std::error_code ignored;
  if (!machine.empty() && std::filesystem::equivalent(output, machine, ignored))
    throw Failure(ExitStatus::usage,
                  fmt::format("--output '{}' would replace the machine; give it another name", output));
  AtomicFile file(output);
  file.write(text);
  file.commit();
}

}  // namespace leasehold::tool
