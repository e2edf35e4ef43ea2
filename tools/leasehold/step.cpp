#include "interrupts.hpp"
#include "line_reader.hpp"
#include "loading.hpp"
#include "logging.hpp"
#include "machine_events.hpp"
#include "records.hpp"
#include "step_view.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/virtual_clock.hpp>
#include <leasehold/json.hpp>

#include <fmt/format.h>

#include <unistd.h>

namespace leasehold::tool {

namespace {

constexpr std::string_view help =
    "EVENT [JSON]        sends an event that the machine waits for, with data\n"
    "send EVENT [JSON]   sends any event\n"
    "advance TIME        lets time pass: advance 5s\n"
    "next                lets time pass until the next delay is due\n"
    "show                shows where the machine is\n"
    "data                shows the data\n"
    "path                shows the states that were entered, in order\n"
    "help                this\n"
    "quit                ends, as the end of the input does; leases go back\n";

const std::vector<std::string> words = {"send", "advance", "next", "show", "data", "path", "help", "quit"};

struct Refused {
  std::string message;
};

// The first word of a text, and what follows it.
std::pair<std::string, std::string> split(const std::string& text) {
  constexpr const char* blank = " \t";
  const std::size_t from = text.find_first_not_of(blank);
  if (from == std::string::npos) return {};
  const std::size_t to = std::min(text.find_first_of(blank, from), text.size());
  const std::size_t rest = text.find_first_not_of(blank, to);
  std::string after = rest == std::string::npos ? "" : text.substr(rest);
  after.erase(after.find_last_not_of(blank) + 1);
  return {text.substr(from, to - from), after};
}

class Stepper {
 public:
  Stepper(const fsm::Machine& machine, fsm::Execution& run, fsm::VirtualClock& clock, Format format)
      : machine_(machine),
        run_(run),
        clock_(clock),
        format_(format),
        known_(event_descriptors(machine)),
        start_(clock.now()) {}

  void show() const {
    const StepView view = view_of(machine_, run_, start_);
    print_value(to_json(view), to_text(view));
  }

  // False: that was the end. Throws Refused.
  bool obey(const std::string& line) {
    const auto [word, rest] = split(line);
    if (word.empty()) return true;
    if (word == "quit") return false;
    if (word == "help")
      print_value({{"help", help}}, std::string(help));
    else if (word == "show")
      show();
    else if (word == "data")
      print_value({{"data", run_.snapshot().data}}, dump(run_.snapshot().data, 2) + "\n");
    else if (word == "path")
      print_value({{"path", run_.result().path}}, fmt::format("{}\n", fmt::join(run_.result().path, ", ")));
    else if (word == "advance")
      advance(rest);
    else if (word == "next")
      next();
    else if (word == "send")
      send(split(rest).first, split(rest).second);
    else if (is_awaited(word, known_))
      send(word, rest);
    else
      refuse_unknown(word);
    return true;
  }

 private:
  void advance(const std::string& text) {
    const std::optional<Duration> time = parse_duration(text);
    if (!time) throw Refused{fmt::format("'{}' is no duration; write advance 5s", text)};
    pass_time(run_, clock_, *time);
    show();
  }

  void next() {
    const std::optional<Clock::time_point> due = run_.snapshot().next_due;
    if (!due) throw Refused{"no delay is pending"};
    pass_time(run_, clock_, std::max(Duration::zero(), *due - clock_.now()));
    show();
  }

  void send(const std::string& event, const std::string& data) {
    if (event.empty()) throw Refused{"send needs the name of an event"};
    nlohmann::json value;
    try {
      if (!data.empty()) value = parse_json(data, "the data");
    } catch (const Error& error) {
      throw Refused{fmt::format("{}; write {} {{\"key\": 1}}", error.message(), event)};
    }
    if (!run_.send(event, std::move(value))) throw Refused{"the machine has ended; quit and start again"};
    show();
  }

  [[noreturn]] void refuse_unknown(const std::string& word) const {
    std::vector<std::string> all = words;
    all.insert(all.end(), known_.begin(), known_.end());
    const std::string near = nearest_name(word, all);
    throw Refused{fmt::format("'{}' is neither a command nor an event of '{}'; {}", word, machine_.name(),
                              near.empty() ? "try help" : fmt::format("did you mean '{}'?", near))};
  }

  void print_value(const nlohmann::json& json, const std::string& text) const {
    print(format_ == Format::json ? dump(json, -1) + "\n" : text);
  }

  static std::string dump(const nlohmann::json& json, int indent) {
    return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  const fsm::Machine& machine_;
  fsm::Execution& run_;
  fsm::VirtualClock& clock_;
  const Format format_;
  const std::vector<std::string> known_;
  const Clock::time_point start_;
};

nlohmann::json input_of(const StepCommand& command) {
  if (command.input == "-")
    throw Failure(ExitStatus::usage, "standard input holds the commands; give a file");
  std::optional<Record> record = open_records(command.input, InputFormat::by_name)->next({});
  if (!record) throw Failure(ExitStatus::usage, fmt::format("'{}' holds no record", command.input));
  if (record->error) throw Failure(ExitStatus::usage, record->error->message());
  for (const auto& [key, value] : command.sets) record->data[key] = value;
  return std::move(record->data);
}

}  // namespace

ExitStatus step(const StepCommand& command, std::optional<LogLevel> log_level) {
  nlohmann::json input = input_of(command);
  std::stop_source stop, cancel;
  const Interrupts interrupts([&](int count) {
    stop.request_stop();
    if (count > 1) cancel.request_stop();
  });
  ProgressBar bar(STDERR_FILENO, false);
  const auto clock = std::make_shared<fsm::VirtualClock>();
  ResourceManager manager({.clock = clock, .logger = make_logger(log_level, bar), .maintenance = false});
  register_builtin_types(manager);
  const fsm::Machine machine = load(command.machine, manager, stand_ins(command.functions));
  manager.initialize();

  fsm::Execution run = machine.start(std::move(input), {.stop = cancel.get_token()});
  Stepper stepper(machine, run, *clock, command.format);
  stepper.show();
  ByteInput bytes("-");
  LineReader lines(bytes);
  const bool prompt = ::isatty(STDIN_FILENO) == 1;
  bool refused = false;
  try {
    for (;;) {
      if (prompt) write_all(STDERR_FILENO, "> ");
      const auto line = lines.next(stop.get_token());
      if (!line) break;
      try {
        if (!stepper.obey(line->text)) break;
      } catch (const Refused& refusal) {
        refused = true;
        bar.print(prompt ? refusal.message + "\n"
                         : fmt::format("standard input:{}: {}\n", line->number, refusal.message));
      }
    }
  } catch (const ByteInput::Stopped&) {
  }
  if (run.finished() && !run.result().success) return ExitStatus::failed;
  return refused && !prompt ? ExitStatus::usage : ExitStatus::success;
}

}  // namespace leasehold::tool
