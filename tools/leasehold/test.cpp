#include "loading.hpp"
#include "output.hpp"
#include "terminal.hpp"
#include "test_report.hpp"
#include "verbs.hpp"

#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/testing.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <filesystem>

namespace leasehold::tool {

namespace {

fsm::TestOptions options_of(const TestCommand& command) {
  return {.register_types = register_builtin_types,
          .functions = stand_ins(command.functions),
          .only = command.only};
}

template <class Work>
auto or_refuse(const TestCommand& command, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    const auto diagnostics = diagnostics_of(command.files.front(), error);
    write_all(STDERR_FILENO, diagnostics_text(diagnostics, wants_colour(STDERR_FILENO)));
    throw Failure(ExitStatus::bad_machine, refusal_text(diagnostics));
  }
}

ExitStatus generate(const TestCommand& command) {
  if (command.files.size() > 1)
    throw Failure(ExitStatus::usage, "--generate takes one machine; generate for one after the other");
  const std::string text = or_refuse(command, [&] {
    return fsm::generate_tests(command.files.front(), command.output, options_of(command));
  });
  if (!command.output.empty() && std::filesystem::exists(command.output))
    throw Failure(ExitStatus::usage,
                  fmt::format("'{}' exists; give --output another name, or move it away", command.output));
  deliver(text, command.output);
  return ExitStatus::success;
}

// A machine whose states or arcs were reached too little, in words.
std::vector<std::string> shortfalls(const fsm::TestReport& report, double least) {
  std::vector<std::string> texts;
  for (const fsm::Coverage& coverage : report.coverage)
    for (const auto& [what, places] :
         {std::pair{"states", &coverage.states}, std::pair{"arcs", &coverage.arcs}})
      if (const double percent = fsm::Coverage::percent(*places); percent < least)
        texts.push_back(fmt::format("{}: {:.1f}% of the {} were reached, {}% are wanted", coverage.file,
                                    percent, what, least));
  return texts;
}

}  // namespace

ExitStatus test(const TestCommand& command) {
  if (command.generate) return generate(command);
  const fsm::TestReport report = or_refuse(command, [&] {
    return fsm::run_tests({command.files.begin(), command.files.end()}, options_of(command));
  });
  if (report.scenarios.empty())
    throw Failure(ExitStatus::usage, fmt::format("no scenario has '{}' in its name", command.only));
  switch (command.format) {
    case TestCommand::Report::json:
      print(to_json(report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
      break;
    case TestCommand::Report::junit:
      print(to_junit(report));
      break;
    case TestCommand::Report::text:
      print(to_text(report, wants_colour(STDOUT_FILENO)));
      if (command.coverage) print(coverage_text(report.coverage));
      break;
  }
  const auto missing =
      command.min_coverage ? shortfalls(report, *command.min_coverage) : std::vector<std::string>{};
  for (const std::string& text : missing) write_all(STDERR_FILENO, text + "\n");
  return report.passed() && missing.empty() ? ExitStatus::success : ExitStatus::failed;
}

}  // namespace leasehold::tool
