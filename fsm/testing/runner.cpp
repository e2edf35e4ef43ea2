// Running scenarios: first every file and every machine is looked at, then every scenario is played.

#include "load/file.hpp"
#include "load/value.hpp"
#include "testing/coverage.hpp"
#include "testing/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

struct Prepared {
  const ScenarioFile* file = nullptr;
  const Scenario* scenario = nullptr;
  TestBench bench;
};

class Preparation {
 public:
  explicit Preparation(const TestOptions& options) : options_(options) {}

  void add(const std::filesystem::path& path) {
    try {
      files_.push_back(std::make_unique<ScenarioFile>(
          Source(path.string(), read_machine_file(path, LoadOptions{}.max_bytes))));
    } catch (const LoadError& error) {
      return add(error.diagnostics());
    }
    ScenarioFile& file = *files_.back();
    Diagnostics diagnostics(file.source);
    if (file.source.text().size() > LoadOptions{}.max_bytes)
      diagnostics.error(errc::config_too_large, {},
                        fmt::format("the file has more than {} bytes", LoadOptions{}.max_bytes), "split it");
    else
      read_scenarios(file, diagnostics);
    if (!diagnostics.failed()) {
      for (const Scenario& scenario : file.scenarios) prepare(file, scenario, diagnostics);
    }
    add(diagnostics.take());
  }

  // Throws what is wrong.
  std::vector<Prepared> take() {
    if (std::any_of(found_.begin(), found_.end(),
                    [](const Diagnostic& d) { return d.severity == Severity::error; }))
      throw LoadError(std::move(found_));
    return std::move(prepared_);
  }

 private:
  void prepare(const ScenarioFile& file, const Scenario& scenario, Diagnostics& diagnostics) {
    if (scenario.name.find(options_.only) == std::string::npos) return;
    try {
      TestBench bench(file.machine, scenario.given, options_);
      for (const ScenarioStep& step : scenario.steps)
        if (const auto* expected = std::get_if<Expectations>(&step.what))
          for (const Expectation& one : *expected) verify(one, bench, diagnostics);
      prepared_.push_back({&file, &scenario, std::move(bench)});
    } catch (const LoadError& error) {
      add(error.diagnostics());
    } catch (const ConfigError& error) {
      report_issues(error.issues(), *scenario.given_node, diagnostics);
    }
  }

  // One machine is loaded for each of its scenarios; what is wrong with it is said once.
  void add(const std::vector<Diagnostic>& more) {
    for (const Diagnostic& d : more)
      if (d.severity == Severity::error &&
          std::none_of(found_.begin(), found_.end(), [&](const Diagnostic& known) {
            return known.file == d.file && known.line == d.line && known.column == d.column &&
                   known.message == d.message;
          }))
        found_.push_back(d);
  }

  const TestOptions& options_;
  std::vector<std::unique_ptr<ScenarioFile>> files_;
  std::vector<Prepared> prepared_;
  std::vector<Diagnostic> found_;
};

// Plays one scenario, up to the first step that goes wrong.
class Play {
 public:
  explicit Play(Prepared& prepared)
      : prepared_(prepared),
        failures_(prepared.file->source),
        run_(prepared.bench.machine().start(prepared.scenario->input, {.trace = true, .id = "test"})) {}

  std::vector<Diagnostic> play() {
    for (const ScenarioStep& step : prepared_.scenario->steps) {
      std::visit([&](const auto& what) { take(what, step.position); }, step.what);
      if (failures_.failed()) break;
    }
    const RunResult result = run_.result();
    if (!failures_.failed() && run_.finished() && !result.error.empty() && !looks_at_the_end())
      fail(prepared_.scenario->position, fmt::format("the run failed: {}", result.error),
           "expect error, if that is meant");
    run_.cancel();
    for (const auto& [name, status] : prepared_.bench.manager().get_all_resources())
      if (status.active_count > 0)
        fail(prepared_.scenario->position,
             fmt::format("{} lease{} of '{}' did not come back", status.active_count,
                         status.active_count == 1 ? "" : "s", name),
             {});
    return failures_.take();
  }

  RunResult result() const { return run_.result(); }

 private:
  void take(const SendEvent& send, Position where) {
    if (!run_.send(send.event, send.data))
      fail(where, fmt::format("the run was over before '{}'{}", send.event, how_it_ended()), {});
  }
  void take(const PassTime& pass, Position) { pass_time(run_, prepared_.bench.clock(), pass.time); }
  void take(const Expectations& expected, Position) {
    const Observed observed{prepared_.bench, run_.snapshot(), run_.result(), run_.finished()};
    for (const Expectation& one : expected)
      for (std::string& text : mismatches(one, observed)) fail(one.position, std::move(text), {});
    if (failures_.failed() && observed.finished && !observed.result.error.empty() && !told_)
      fail(prepared_.scenario->position, fmt::format("the run had failed: {}", observed.result.error), {});
  }

  void fail(Position where, std::string message, std::string hint) {
    told_ = told_ || message.find(run_.result().error) != std::string::npos;
    failures_.error(errc::fsm_expectation, where, std::move(message), std::move(hint));
  }

  std::string how_it_ended() const {
    const RunResult result = run_.result();
    return result.error.empty() ? fmt::format(": it had ended in '{}'", result.final_state)
                                : ": " + result.error;
  }

  bool looks_at_the_end() const {
    for (const ScenarioStep& step : prepared_.scenario->steps)
      if (const auto* expected = std::get_if<Expectations>(&step.what))
        for (const Expectation& one : *expected)
          if (one.key == "finished" || one.key == "success" || one.key == "final_state" || one.key == "error")
            return true;
    return false;
  }

  Prepared& prepared_;
  Diagnostics failures_;
  Execution run_;
  bool told_ = false;
};

}  // namespace

bool TestReport::passed() const noexcept {
  return std::all_of(scenarios.begin(), scenarios.end(),
                     [](const ScenarioResult& one) { return one.passed(); });
}

TestReport run_tests(const std::vector<std::filesystem::path>& files, const TestOptions& options) {
  Preparation preparation(options);
  for (const std::filesystem::path& file : files) preparation.add(file);
  std::vector<Prepared> prepared = preparation.take();
  TestReport report;
  for (Prepared& one : prepared) {
    const Clock::time_point start = Clock::steady()->now();
    ScenarioResult result{one.file->source.name(), one.scenario->name, one.scenario->position.line, {}, {}};
    Coverage coverage = nothing_reached(one.bench.machine(), one.file->machine.lexically_normal().string());
    {
      Play play(one);
      result.failures = play.play();
      count(play.result(), one.bench.machine(), coverage);
    }
    result.took = Clock::steady()->now() - start;
    report.scenarios.push_back(std::move(result));
    const auto known = std::find_if(report.coverage.begin(), report.coverage.end(),
                                    [&](const Coverage& other) { return other.file == coverage.file; });
    if (known == report.coverage.end())
      report.coverage.push_back(std::move(coverage));
    else
      known->add(coverage);
  }
  return report;
}

nlohmann::json to_json(const TestReport& report) {
  nlohmann::json scenarios = nlohmann::json::array(), coverage = nlohmann::json::array();
  for (const ScenarioResult& one : report.scenarios) {
    nlohmann::json failures = nlohmann::json::array();
    for (const Diagnostic& failure : one.failures) failures.push_back(to_json(failure));
    scenarios.push_back({{"file", one.file},
                         {"name", one.name},
                         {"line", one.line},
                         {"passed", one.passed()},
                         {"took_seconds", std::chrono::duration<double>(one.took).count()},
                         {"failures", std::move(failures)}});
  }
  for (const Coverage& one : report.coverage) coverage.push_back(to_json(one));
  return {
      {"passed", report.passed()}, {"scenarios", std::move(scenarios)}, {"coverage", std::move(coverage)}};
}

}  // namespace leasehold::fsm
