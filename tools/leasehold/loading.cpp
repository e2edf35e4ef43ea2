#include "loading.hpp"

#include "counted.hpp"
#include "exit_status.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <set>

namespace leasehold::tool {

namespace {

// "file:1:2: error[code]: ..." with "error[code]" coloured; the position comes first, so what follows it is
// ours.
std::string coloured(const fsm::Diagnostic& diagnostic) {
  std::string text = fsm::to_text(diagnostic);
  const std::size_t from = text.find(": ", diagnostic.file.size()) + 2;
  const std::size_t to = text.find(": ", from);
  const std::string_view colour = diagnostic.severity == fsm::Severity::error     ? "\x1b[1;31m"
                                  : diagnostic.severity == fsm::Severity::warning ? "\x1b[1;33m"
                                                                                  : "\x1b[1;36m";
  text.insert(to, "\x1b[0m");
  return text.insert(from, colour);
}

}  // namespace

std::string diagnostics_text(const std::vector<fsm::Diagnostic>& diagnostics, bool colour) {
  std::string text;
  for (const fsm::Diagnostic& diagnostic : diagnostics)
    text += (colour ? coloured(diagnostic) : fsm::to_text(diagnostic)) + "\n";
  return text;
}

std::vector<fsm::Diagnostic> diagnostics_of(const std::string& path, const Error& error) {
  if (const auto* refused = dynamic_cast<const fsm::LoadError*>(&error)) return refused->diagnostics();
  fsm::Diagnostic diagnostic;
  diagnostic.code = error.reason();
  diagnostic.file = path;
  diagnostic.message = error.message();
  diagnostic.hint = error.hint();
  return {diagnostic};
}

std::string refusal_text(const std::vector<fsm::Diagnostic>& diagnostics) {
  const auto errors = std::count_if(
      diagnostics.begin(), diagnostics.end(),
      [](const fsm::Diagnostic& diagnostic) { return diagnostic.severity == fsm::Severity::error; });
  return counted(static_cast<std::size_t>(errors), "error") + ", nothing was registered or run";
}

fsm::FunctionRegistry stand_ins(const std::vector<std::string>& names) {
  fsm::FunctionRegistry functions;
  for (const std::string& name : std::set<std::string>(names.begin(), names.end())) {
    functions.action(name, [](fsm::Context&) {});
    functions.guard(name, [](const fsm::Context&) { return true; });
  }
  return functions;
}

fsm::Machine load(const std::string& path, ResourceManager& manager, const fsm::FunctionRegistry& functions) {
  try {
    return fsm::load_machine(path, manager, functions);
  } catch (const Error& error) {
    const std::vector<fsm::Diagnostic> diagnostics = diagnostics_of(path, error);
    write_all(STDERR_FILENO, diagnostics_text(diagnostics, wants_colour(STDERR_FILENO)));
    throw Failure(ExitStatus::bad_machine, refusal_text(diagnostics));
  }
}

}  // namespace leasehold::tool
