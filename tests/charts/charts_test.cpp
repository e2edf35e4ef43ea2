// Charts of others, played through the public interface. scxml-test-framework has charts for SCXML engines
// and expected.json, which says what is active at the start and after each event; published has machines
// written after those of books and of other engines' pages and tests, with scenarios.

#include "folders.hpp"
#include "model.hpp"
#include "scratch_directory.hpp"

#include <leasehold/fsm/machine.hpp>
#include <leasehold/fsm/testing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

using namespace leasehold;
using namespace leasehold::fsm;
using nlohmann::json;

namespace {

const std::filesystem::path all_charts = std::filesystem::path(folders::source()) / "tests/charts";
const std::filesystem::path folder = all_charts / "scxml-test-framework";

json expectations() {
  return json::parse(std::ifstream(folder / "expected.json"));
}

class Player {
 public:
  explicit Player(const std::string& chart)
      : machine_(load_machine(folder / (chart + ".yaml"), manager_, functions_)) {
    const Network& network = machine_.definition().networks.front();
    for (const State& state : network.states)
      if (state.children.empty()) atomic_.insert(state.name);
  }

  void play(const json& expected) {
    Execution run = machine_.start(expected.value("data", json::object()));
    check(run, expected.at("start"));
    for (const json& step : expected.at("events")) {
      CAPTURE(step.dump());
      if (step.contains("after")) pass(run, *parse_duration(step["after"].get<std::string>()));
      run.send(step.at("send").get<std::string>());
      check(run, step.at("then"));
    }
  }

 private:
  // Stops wherever something is due, as time does.
  void pass(Execution& run, Duration time) {
    const Clock::time_point end = clock_->now() + time;
    for (;;) {
      const Clock::time_point due = run.next_due().value_or(Clock::never);
      clock_->advance(std::min(due, end) - clock_->now());
      if (due > end) return;
      run.advance();
    }
  }

  // The tests say which atomic states are active.
  void check(const Execution& run, const json& expected) const {
    std::set<std::string> active;
    for (const std::string& state : run.configuration())
      if (atomic_.contains(state)) active.insert(state);
    CHECK(json(active) == json(expected.get<std::set<std::string>>()));
    CHECK(run.result().error.empty());
  }

  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  ResourceManager manager_{{.clock = clock_, .maintenance = false}};
  FunctionRegistry functions_;
  Machine machine_;
  std::set<std::string> atomic_;
};

}  // namespace

TEST_CASE("charts of scxml-test-framework") {
  const json all = expectations();
  for (const auto& item : all.items()) {
    CAPTURE(item.key());
    Player(item.key()).play(item.value());
  }
}

TEST_CASE("every chart is played") {
  const json expected = expectations();
  std::size_t charts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    ++charts;
    CHECK_MESSAGE(expected.contains(entry.path().stem()), entry.path());
  }
  CHECK(charts == expected.size());
  CHECK(charts > 100);
}

TEST_CASE("published charts do what their authors say") {
  std::vector<std::filesystem::path> scenarios;
  std::size_t machines = 0;
  for (const auto& entry : std::filesystem::directory_iterator(all_charts / "published")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".test.yaml"))
      scenarios.push_back(entry.path());
    else if (name.ends_with(".yaml"))
      ++machines;
  }
  const TestReport report = run_tests(scenarios, {});
  CHECK(report.coverage.size() == machines);
  for (const ScenarioResult& scenario : report.scenarios)
    for (const Diagnostic& failure : scenario.failures)
      FAIL_CHECK(scenario.file << ", " << scenario.name << ": " << to_text(failure));
  for (const Coverage& coverage : report.coverage) {
    CAPTURE(coverage.file);
    CHECK(Coverage::percent(coverage.states) >= 85);
  }
}

TEST_CASE("generated scenarios pass where no condition needs data") {
  const ScratchDirectory scratch;
  std::vector<std::filesystem::path> scenarios;
  std::size_t arcs_without_way = 0;
  for (const char* const folder_name : {"scxml-test-framework", "published"})
    for (const auto& entry : std::filesystem::directory_iterator(all_charts / folder_name)) {
      const std::string name = entry.path().filename().string();
      if (!name.ends_with(".yaml") || name.ends_with(".test.yaml")) continue;
      const std::filesystem::path file = scratch / (entry.path().stem().string() + ".test.yaml");
      const std::string text = generate_tests(entry.path(), file, {});
      if (text.find(" hold: ") != std::string::npos) continue;
      for (std::size_t at = text.find("\n#   line "); at != std::string::npos;
           at = text.find("\n#   line ", at + 1))
        ++arcs_without_way;
      std::ofstream(file) << text;
      scenarios.push_back(file);
    }
  CHECK(scenarios.size() > 100);
  const TestReport report = run_tests(scenarios, {});
  for (const ScenarioResult& scenario : report.scenarios)
    for (const Diagnostic& failure : scenario.failures)
      FAIL_CHECK(scenario.file << ", " << scenario.name << ": " << to_text(failure));
  std::size_t arcs_without_visit = 0;
  for (const Coverage& coverage : report.coverage)
    for (const Coverage::Place& arc : coverage.arcs) arcs_without_visit += arc.count == 0 ? 1 : 0;
  CHECK(arcs_without_visit == arcs_without_way);  // each arc is reached, or listed as one that cannot be
}
