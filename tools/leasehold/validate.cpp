#include "counted.hpp"
#include "loading.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <leasehold/adapters/all.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace leasehold::tool {

namespace {

struct Verdict {
  std::string file;
  bool good = false;
  std::size_t states = 0;
  std::size_t resources = 0;
  std::vector<fsm::Diagnostic> diagnostics;
};

Verdict examine(const std::string& file, const fsm::FunctionRegistry& functions) {
  Verdict verdict{file, false, 0, 0, {}};
  ResourceManager manager(
      {.maintenance = false});  // one each: machines of a program need not share resources
  register_builtin_types(manager);
  try {
    const fsm::Machine machine = fsm::load_machine(file, manager, functions);
    verdict.good = true;
    verdict.states = machine.states().size();
    verdict.resources = machine.resources().size();
    verdict.diagnostics = machine.warnings();
  } catch (const Error& error) {
    verdict.diagnostics = diagnostics_of(file, error);
  }
  return verdict;
}

nlohmann::json json_of(const Verdict& verdict) {
  nlohmann::json diagnostics = nlohmann::json::array();
  for (const fsm::Diagnostic& diagnostic : verdict.diagnostics) diagnostics.push_back(to_json(diagnostic));
  nlohmann::json json = {
      {"file", verdict.file}, {"ok", verdict.good}, {"diagnostics", std::move(diagnostics)}};
  if (verdict.good) {
    json["states"] = verdict.states;
    json["resources"] = verdict.resources;
  }
  return json;
}

void print_text(const Verdict& verdict) {
  write_all(STDERR_FILENO, diagnostics_text(verdict.diagnostics, wants_colour(STDERR_FILENO)));
  if (!verdict.good) return;
  const auto warnings = std::count_if(
      verdict.diagnostics.begin(), verdict.diagnostics.end(),
      [](const fsm::Diagnostic& diagnostic) { return diagnostic.severity == fsm::Severity::warning; });
  print(fmt::format("{}: ok ({}, {}, {})\n", verdict.file, counted(verdict.states, "state"),
                    counted(verdict.resources, "resource"),
                    counted(static_cast<std::size_t>(warnings), "warning")));
}

}  // namespace

ExitStatus validate(const ValidateCommand& command) {
  const fsm::FunctionRegistry functions = stand_ins(command.functions);
  std::vector<fsm::Diagnostic> refused;
  bool good = true;
  nlohmann::json verdicts = nlohmann::json::array();
  for (const std::string& file : command.files) {
    const Verdict verdict = examine(file, functions);
    if (command.format == Format::text) print_text(verdict);
    verdicts.push_back(json_of(verdict));
    if (verdict.good) continue;
    good = false;
    refused.insert(refused.end(), verdict.diagnostics.begin(), verdict.diagnostics.end());
  }
  if (command.format == Format::json) print(verdicts.dump(2) + "\n");
  if (!good) throw Failure(ExitStatus::bad_machine, refusal_text(refused));
  return ExitStatus::success;
}

}  // namespace leasehold::tool
