#pragma once

// A scenario file: what is given, what happens, and what is expected then.

#include "diagnostics.hpp"
#include "yaml/document.hpp"

#include <leasehold/fsm/testing.hpp>

#include <memory>
#include <variant>

namespace leasehold::fsm {

// One key of an `expect`, with its value as JSON.
struct Expectation {
  std::string key;
  nlohmann::json value;
  Position position;  // of the value
  const yaml::Node* node = nullptr;
};

struct SendEvent {
  std::string event;
  nlohmann::json data;
};
struct PassTime {
  Duration time = {};
};
using Expectations = std::vector<Expectation>;

struct ScenarioStep {
  std::variant<SendEvent, PassTime, Expectations> what;
  Position position;
};

struct Scenario {
  std::string name;
  Position position;
  nlohmann::json input = nlohmann::json::object();
  Given given;
  const yaml::Node* given_node = nullptr;  // what the pointers of its issues are seen from
  std::vector<ScenarioStep> steps;
};

struct ScenarioFile {
  explicit ScenarioFile(Source text) : source(std::move(text)) {}

  Source source;
  yaml::Document document;
  std::filesystem::path machine;
  Position machine_position;
  std::vector<Scenario> scenarios;
};

// Everything that is wrong is in `diagnostics`, which must refer to the file's source.
void read_scenarios(ScenarioFile& file, Diagnostics& diagnostics);

}  // namespace leasehold::fsm
