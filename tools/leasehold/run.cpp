#include "batch.hpp"
#include "interrupts.hpp"
#include "loading.hpp"
#include "logging.hpp"
#include "results.hpp"
#include "run_events.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <leasehold/adapters/all.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <exception>
#include <filesystem>

namespace leasehold::tool {

namespace {

fsm::RunResult failure_of(const Error& error) {
  fsm::RunResult result;
  result.error = error.what();
  result.code = error.reason();
  return result;
}

// A record's execution, from its data to its line of the results.
class RecordRun {
 public:
  RecordRun(const fsm::Machine& machine, const RunCommand& command) : machine_(machine), command_(command) {}

  Outcome operator()(Record&& record, const std::stop_token& cancel) const {
    const fsm::RunResult result = execute(record, cancel);
    Outcome outcome{.success = result.success,
                    .code = result.code,
                    .error = result.error,
                    .final_state = result.final_state};
    outcome.cancelled = !result.success && cancel.stop_requested() &&
                        (result.code == errc::fsm_cancelled || result.code == errc::acquire_cancelled);
    nlohmann::json line = to_json(result);
    line["record"] = record.number;
    if (record.line > 0) line["line"] = record.line;
    // What adapters read need not be UTF-8; JSON must be.
    outcome.line = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return outcome;
  }

 private:
  fsm::RunResult execute(Record& record, const std::stop_token& cancel) const {
    if (record.error) return failure_of(*record.error);
    for (const auto& [key, value] : command_.sets) record.data[key] = value;
    try {
      return machine_.run(std::move(record.data),
                          {.timeout = command_.timeout, .stop = cancel, .trace = command_.trace});
    } catch (const Error& error) {
      return failure_of(error);
    } catch (const std::exception& error) {
      return failure_of(Error(errc::fsm_action, error.what()));
    }
  }

  const fsm::Machine& machine_;
  const RunCommand& command_;
};

// What ended the run early, other than its user.
struct Trouble {
  std::exception_ptr input;
  std::exception_ptr output;
};

bool is_same_file(const std::string& one, const std::string& other) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (one.empty() || other.empty() || (fs::exists(one, error) && !fs::is_regular_file(one, error)))
    return false;  // a device takes any number of outputs
  return fs::equivalent(one, other, error) ||
         fs::weakly_canonical(fs::absolute(one), error) == fs::weakly_canonical(fs::absolute(other), error);
}

// An output appears under its name at the end: a slip of the hand must not cost the machine or the records.
void refuse_replacing(const RunCommand& command) {
  const auto refuse_if_same = [](std::string_view option, const std::string& output, const std::string& other,
                                 std::string_view what) {
    if (is_same_file(output, other))
      throw Failure(ExitStatus::usage,
                    fmt::format("{} '{}' would replace {}; give it another name", option, output, what));
  };
  for (const auto& [option, output] :
       {std::pair{"--output", &command.output}, std::pair{"--metrics", &command.metrics}}) {
    refuse_if_same(option, *output, command.machine, "the machine");
    refuse_if_same(option, *output, command.input, "what --input names");
    refuse_if_same(option, *output, command.events, "what --events names");
  }
  refuse_if_same("--metrics", command.metrics, command.output, "what --output names");
}

void write_metrics(AtomicFile& file, const ResourceManager& manager) {
  file.write(to_prometheus(manager.get_metrics()));
  file.commit();
}

std::string interruption_notice(Duration drain) {
  return fmt::format("leasehold: interrupted; what is running may take {} more, another Ctrl-C cancels it\n",
                     format_duration(drain));
}

}  // namespace

ExitStatus run(const RunCommand& command, std::optional<LogLevel> log_level) {
  refuse_replacing(command);
  if (!command.events.empty()) return run_events(command, log_level);
  // Until there is something to wind up, Ctrl-C ends the program as it ends any other.
  const std::unique_ptr<RecordReader> records =
      open_records(command.input, command.input_format, command.records);

  std::stop_source stop, cancel;
  ProgressBar bar(STDERR_FILENO, !command.quiet && is_terminal(STDERR_FILENO));
  const Interrupts interrupts([&](int count) {
    if (count == 1) bar.print(interruption_notice(command.drain));
    (count == 1 ? stop : cancel).request_stop();
  });

  ResourceManager manager({.logger = make_logger(log_level, bar)});
  register_builtin_types(manager);
  const fsm::Machine machine = load(command.machine, manager);
  if (!command.quiet) bar.print(diagnostics_text(machine.warnings(), wants_colour(STDERR_FILENO)));
  Results results(command.output, bar);
  std::optional<AtomicFile> metrics;
  if (!command.metrics.empty()) metrics.emplace(command.metrics);
  manager.initialize();

  Summary summary{.machine = machine.name(), .total = records->total()};
  Trouble trouble;
  const auto deliver = [&](std::size_t record, Outcome&& outcome) {
    summary.add(record, outcome);
    if (trouble.output) return;
    try {
      results.write(outcome.line);
    } catch (...) {
      trouble.output = std::current_exception();
      stop.request_stop();
    }
  };
  Batch batch(
      *records, RecordRun(machine, command), deliver,
      {.jobs = command.jobs, .drain = command.drain, .stop = stop.get_token(), .cancel = cancel.get_token()});
  const Clock::time_point start = manager.clock()->now();
  try {
    batch.run([&](const Progress& progress) { bar.update(progress); });
  } catch (const Failure&) {
    trouble.input = std::current_exception();
  }
  bar.clear();
  summary.elapsed = manager.clock()->now() - start;
  summary.interrupted = batch.interrupted() || summary.cancelled > 0;

  if (!command.quiet)
    bar.print(command.format == Format::text ? to_text(summary, manager.get_metrics())
                                             : to_json(summary, manager.get_metrics()).dump() + "\n");
  if (metrics) write_metrics(*metrics, manager);
  if (trouble.output) std::rethrow_exception(trouble.output);
  results.commit();
  if (trouble.input) std::rethrow_exception(trouble.input);
  return summary.failed > 0 || summary.interrupted ? ExitStatus::failed : ExitStatus::success;
}

}  // namespace leasehold::tool
