#include "run_events.hpp"

#include "counted.hpp"
#include "event_lines.hpp"
#include "interrupts.hpp"
#include "loading.hpp"
#include "logging.hpp"
#include "machine_events.hpp"
#include "records.hpp"
#include "results.hpp"
#include "terminal.hpp"

#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/virtual_clock.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unistd.h>

#include <algorithm>

namespace leasehold::tool {

namespace {

std::string line_text(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);  // data need not be UTF-8
}

nlohmann::json input_of(const RunCommand& command) {
  const auto records = open_records(command.input, command.input_format, command.records);
  std::optional<Record> first = records->next({});
  if (!first) throw Failure(ExitStatus::usage, fmt::format("'{}' holds no record", command.input));
  if (first->error) throw Failure(ExitStatus::usage, first->error->message());
  if (records->next({}))
    throw Failure(ExitStatus::usage,
                  fmt::format("--events drives one execution, but '{}' holds several records; give one",
                              command.input));
  for (const auto& [key, value] : command.sets) first->data[key] = value;
  return std::move(first->data);
}

// What a path has gained. A long one keeps its last states only, so it may have lost some at its beginning.
std::vector<std::string> added(const std::vector<std::string>& before, const std::vector<std::string>& now) {
  using Distance = std::ptrdiff_t;
  for (std::size_t gained = now.size() - std::min(now.size(), before.size());; ++gained) {
    const auto kept = static_cast<Distance>(now.size() - gained);
    if (std::equal(before.end() - kept, before.end(), now.begin(), now.begin() + kept))
      return {now.begin() + kept, now.end()};
  }
}

// Ends what runs when the drain is over or a second interruption comes.
class Drain {
 public:
  explicit Drain(Duration limit) : limit_(limit) {}

  void interrupted(int count) {
    if (count > 1) return cancel_.request_stop(), void();
    stop_.request_stop();
    watch_ = std::jthread([this](const std::stop_token& ended) {
      Clock::steady()->sleep_until(Clock::steady()->deadline_after(limit_), ended);
      if (!ended.stop_requested()) cancel_.request_stop();
    });
  }
  std::stop_token stop() const noexcept { return stop_.get_token(); }
  std::stop_token cancel() const noexcept { return cancel_.get_token(); }

 private:
  const Duration limit_;
  std::stop_source stop_, cancel_;
  std::jthread watch_;  // made by the one thread that interrupted() is called on
};

class EventRun {
 public:
  EventRun(fsm::Execution& run, EventFeed& feed, Clock& clock, bool virtual_time, Results& results)
      : run_(run),
        feed_(feed),
        clock_(clock),
        virtual_time_(virtual_time),
        results_(results),
        started_(clock.now()) {}

  void drive(const std::stop_token& stop) {
    report({{"cause", "start"}});
    while (!stop.stop_requested()) {
      const std::optional<EventLine> line = feed_.next(virtual_time_ ? Clock::never : next_due(), stop);
      if (line) {
        handle(*line, stop);
      } else if (feed_.ended() || stop.stop_requested()) {
        return;
      } else if (run_.advance()) {
        report({{"cause", "delay"}});
      }
    }
  }

  std::size_t events = 0, undelivered = 0, first_undelivered = 0;

 private:
  Clock::time_point next_due() const { return run_.snapshot().next_due.value_or(Clock::never); }

  void handle(const EventLine& line, const std::stop_token& stop) {
    if (line.wait > Duration::zero() && !pass_time(run_, clock_, line.wait, stop, [this] {
          report({{"cause", "delay"}});
        }))
      return;
    if (line.event.empty()) return;
    ++events;
    const bool delivered = run_.send(line.event, line.data);
    if (!delivered && ++undelivered == 1) first_undelivered = line.line;
    report({{"cause", "event"}, {"line", line.line}, {"event", line.event}, {"delivered", delivered}});
  }

  void report(nlohmann::json line) {
    const fsm::Snapshot now = run_.snapshot();
    const std::vector<std::string> path = run_.result().path;
    line["at_seconds"] = std::chrono::duration<double>(clock_.now() - started_).count();
    line["entered"] = added(path_, path);
    path_ = path;
    line["states"] = qualified_states(now);
    line["leases"] = nlohmann::json::array();
    for (const fsm::Snapshot::Held& held : now.leases) line["leases"].push_back(held.resource);
    line["finished"] = run_.finished();
    results_.write(line_text(line));
  }

  fsm::Execution& run_;
  EventFeed& feed_;
  Clock& clock_;
  const bool virtual_time_;
  Results& results_;
  const Clock::time_point started_;
  std::vector<std::string> path_;  // as reported last
};

struct Ending {
  std::string machine;
  std::string events_name;
  std::size_t events = 0, undelivered = 0, first_undelivered = 0;
  bool finished = false, success = false, interrupted = false;
  std::string error, final_state;
  std::vector<std::string> states;
  Duration elapsed = {};
};

std::string text_of(const Ending& ending, const std::map<std::string, ResourceMetrics>& resources) {
  std::string text = fmt::format("{}: {} in {}: ", ending.machine, counted(ending.events, "event"),
                                 format_duration(ending.elapsed));
  if (!ending.finished)
    text += fmt::format("in {} when {}\n", fmt::join(ending.states, ", "),
                        ending.interrupted ? "it was interrupted" : "the events ended");
  else if (!ending.error.empty())
    text += fmt::format("failed: {}\n", ending.error);
  else
    text +=
        fmt::format("ended in '{}'{}\n", ending.final_state, ending.success ? "" : ", which is no success");
  if (ending.undelivered > 0)
    text += fmt::format("{} came after the end, the first of {}:{}\n", counted(ending.undelivered, "event"),
                        ending.events_name, ending.first_undelivered);
  if (!resources.empty()) text += "\n" + to_table(resources);
  return text;
}

nlohmann::json json_of(const Ending& ending, const std::map<std::string, ResourceMetrics>& resources) {
  nlohmann::json metrics = nlohmann::json::object();
  for (const auto& [name, of] : resources) metrics[name] = to_json(of);
  return {{"machine", ending.machine},
          {"events", ending.events},
          {"undelivered", ending.undelivered},
          {"finished", ending.finished},
          {"success", ending.success},
          {"interrupted", ending.interrupted},
          {"error", ending.error},
          {"states", ending.states},
          {"elapsed_seconds", std::chrono::duration<double>(ending.elapsed).count()},
          {"resources", std::move(metrics)}};
}

// Events that nothing waits for are legal, and mostly slips.
std::string unknown_events(const EventFeed& feed, const fsm::Machine& machine) {
  const std::vector<std::string> known = event_descriptors(machine);
  std::string text;
  for (const auto& [event, line] : feed.names())
    if (!is_awaited(event, known))
      text += fmt::format("{}:{}: warning: nothing in '{}' waits for '{}'; {}\n", feed.name(), line,
                          machine.name(), event, suggest_name(event, known));
  return text;
}

}  // namespace

ExitStatus run_events(const RunCommand& command, std::optional<LogLevel> log_level) {
  if (command.input == "-" && command.events == "-")
    throw Failure(ExitStatus::usage, "--input and --events cannot both be standard input");
  nlohmann::json input = input_of(command);

  ProgressBar bar(STDERR_FILENO, false);
  Drain drain(command.drain);
  const Interrupts interrupts([&](int count) {
    if (count == 1)
      bar.print(
          fmt::format("leasehold: interrupted; what is running may take {} more, another Ctrl-C cancels "
                      "it\n",
                      format_duration(command.drain)));
    drain.interrupted(count);
  });

  EventFeed feed(command.events);
  const std::shared_ptr<Clock> clock =
      command.virtual_time ? std::make_shared<fsm::VirtualClock>() : Clock::steady();
  ResourceManager manager(
      {.clock = clock, .logger = make_logger(log_level, bar), .maintenance = !command.virtual_time});
  register_builtin_types(manager);
  const fsm::Machine machine = load(command.machine, manager);
  if (!command.quiet) {
    bar.print(diagnostics_text(machine.warnings(), wants_colour(STDERR_FILENO)));
    bar.print(unknown_events(feed, machine));
  }
  Results results(command.output, bar);
  std::optional<AtomicFile> metrics;
  if (!command.metrics.empty()) metrics.emplace(command.metrics);
  manager.initialize();

  const Clock::time_point start = clock->now();
  fsm::Execution run = machine.start(
      std::move(input), {.timeout = command.timeout, .stop = drain.cancel(), .trace = command.trace});
  EventRun driven(run, feed, *clock, command.virtual_time, results);
  std::exception_ptr trouble;
  try {
    driven.drive(drain.stop());
  } catch (const Failure&) {  // a bad line of a stream, or nowhere to write to: what was done is told
    trouble = std::current_exception();
  }
  const fsm::RunResult result = run.result();
  Ending ending{.machine = machine.name(),
                .events_name = feed.name(),
                .events = driven.events,
                .undelivered = driven.undelivered,
                .first_undelivered = driven.first_undelivered,
                .finished = run.finished(),
                .success = result.success,
                .interrupted = drain.stop().stop_requested(),
                .error = result.error,
                .final_state = result.final_state,
                .states = qualified_states(run.snapshot()),
                .elapsed = clock->now() - start};
  nlohmann::json last = {{"cause", "end"}, {"finished", ending.finished}, {"result", to_json(result)}};
  run.cancel();

  try {
    results.write(line_text(last));
    results.commit();
  } catch (const Failure&) {
    if (!trouble) trouble = std::current_exception();
  }
  if (!command.quiet)
    bar.print(command.format == Format::text ? text_of(ending, manager.get_metrics())
                                             : json_of(ending, manager.get_metrics()).dump() + "\n");
  if (metrics) {
    metrics->write(to_prometheus(manager.get_metrics()));
    metrics->commit();
  }
  if (trouble) std::rethrow_exception(trouble);
  const bool failed = (ending.finished && !ending.success) || ending.undelivered > 0 || ending.interrupted;
  return failed ? ExitStatus::failed : ExitStatus::success;
}

}  // namespace leasehold::tool
