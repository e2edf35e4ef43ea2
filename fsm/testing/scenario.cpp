#include "testing/scenario.hpp"

#include "load/value.hpp"
#include "testing/keys.hpp"
#include "yaml/reader.hpp"

#include <fmt/format.h>

namespace leasehold::fsm {

namespace {

using yaml::Node;

class Reader {
 public:
  Reader(ScenarioFile& file, Diagnostics& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  void read() {
    auto document = yaml::read(file_.source, {}, diagnostics_);
    if (!document) return;
    file_.document = std::move(*document);
    const Node* const root_node = file_.document.root;
    if (!root_node || root_node->is(Node::Kind::null)) {
      diagnostics_.error(errc::config_missing, {1, 1}, "the document is empty",
                         "write at least machine and scenarios");
      return;
    }
    const Mapping mapping(*root_node, keys::scenario_document, "a scenario file", diagnostics_);
    std::string machine;
    mapping.read("machine", machine);
    file_.machine = std::filesystem::path(file_.source.name()).parent_path() / machine;
    file_.machine_position = mapping.key_position("machine");
    common_ = mapping.find("given");
    if (common_) Mapping(*common_, keys::given, "given", diagnostics_);
    const Node* const scenarios = mapping.find("scenarios");
    if (!scenarios) return;
    if (!scenarios->is(Node::Kind::sequence) || scenarios->items.empty()) {
      diagnostics_.error(errc::config_value, scenarios->position, "scenarios are a list that is not empty",
                         "write - name: what it shows");
      return;
    }
    for (const Node* item : scenarios->items) read_scenario(*item);
  }

 private:
  void read_scenario(const Node& node) {
    const Mapping mapping(node, keys::scenario, "a scenario", diagnostics_);
    if (!node.is(Node::Kind::mapping)) return;
    Scenario scenario;
    scenario.position = node.position;
    if (const Node* name = mapping.find("name")) scenario.name = read_name(*name, diagnostics_).value_or("");
    for (const Scenario& other : file_.scenarios)
      if (!scenario.name.empty() && other.name == scenario.name)
        diagnostics_.error(
            errc::config_duplicate_key, mapping.find("name")->position,
            fmt::format("there is a scenario '{}' already, in line {}", scenario.name, other.position.line),
            "give it another name");
    read_given(mapping.find("given"), scenario);
    if (const Node* input = mapping.find("input")) {
      scenario.input.clear();
      put_data(*input, scenario.input);
    }
    if (const Node* steps = mapping.find("steps")) {
      if (steps->is(Node::Kind::sequence))
        for (const Node* item : steps->items) read_step(*item, scenario);
      else
        diagnostics_.error(errc::config_value, steps->position, "steps are a list", "write - {send: event}");
    }
    if (const Node* expect = mapping.find("expect")) {
      ScenarioStep& step = scenario.steps.emplace_back();
      step.position = expect->position;
      step.what.emplace<Expectations>(read_expect(*expect));
    }
    file_.scenarios.push_back(std::move(scenario));
  }

  // What is given for every scenario with what this one says, as one mapping: its own counts more.
  void read_given(const Node* own, Scenario& scenario) {
    if (own) Mapping(*own, keys::given, "given", diagnostics_);
    Node merged{.kind = Node::Kind::mapping, .position = own ? own->position : scenario.position};
    for (const Node* part : {common_, own})
      if (part && part->is(Node::Kind::mapping))
        for (const yaml::Entry& entry : part->entries) merge(merged, entry);
    const Node& given = file_.document.add(std::move(merged));
    scenario.given_node = &given;
    if (const Node* data = given.find("data")) put_data(*data, scenario.input);
    if (const Node* environment = given.find("env")) read_texts(*environment, scenario.given.environment);
    if (const Node* functions = given.find("functions")) read_texts(*functions, scenario.given.functions);
    const Node* const resources = given.find("resources");
    if (!resources) return;
    for (const yaml::Entry& entry : resources->entries)
      if (auto script = to_json(*entry.value, diagnostics_, Off::text))
        scenario.given.doubles[entry.key] = script->is_null() ? nlohmann::json::object() : std::move(*script);
  }

  void merge(Node& into, const yaml::Entry& entry) {
    if (!entry.value->is(Node::Kind::mapping)) {
      diagnostics_.error(
          errc::config_value, entry.value->position,
          fmt::format("'{}' is a mapping, not {}", entry.key, yaml::kind_name(entry.value->kind)),
          "write {name: ...}");
      return;
    }
    for (yaml::Entry& known : into.entries) {
      if (known.key != entry.key) continue;
      Node both = *known.value;
      both.position = entry.value->position;
      for (const yaml::Entry& inner : entry.value->entries) put(both, inner, entry.key == "resources");
      known.value = &file_.document.add(std::move(both));
      return;
    }
    into.entries.push_back(entry);
  }

  // Of a double the keys are merged as well: a scenario may add a fault to the replies of all.
  void put(Node& into, const yaml::Entry& entry, bool merges) {
    for (yaml::Entry& known : into.entries) {
      if (known.key != entry.key) continue;
      if (merges && known.value->is(Node::Kind::mapping) && entry.value->is(Node::Kind::mapping)) {
        Node both = *known.value;
        for (const yaml::Entry& inner : entry.value->entries) put(both, inner, false);
        known = {entry.key, entry.position, &file_.document.add(std::move(both))};
      } else {
        known = entry;
      }
      return;
    }
    into.entries.push_back(entry);
  }

  void put_data(const Node& node, nlohmann::json& data) {
    auto value = to_json(node, diagnostics_);
    if (!value) return;
    if (value->is_object())
      data.update(*value);
    else
      data = std::move(*value);  // the machine will refuse it, which may be what is tested
  }

  void read_texts(const Node& node, std::map<std::string, std::string>& into) {
    for (const yaml::Entry& entry : node.entries) {
      if (entry.value->is(Node::Kind::scalar))
        into[entry.key] = entry.value->text;  // a variable is text, whatever it looks like
      else
        diagnostics_.error(
            errc::config_value, entry.value->position,
            fmt::format("'{}' is text, not {}", entry.key, yaml::kind_name(entry.value->kind)));
    }
  }

  void read_step(const Node& node, Scenario& scenario) {
    const auto add = [&]<class What>(What what) {
      ScenarioStep& step = scenario.steps.emplace_back();
      step.position = node.position;
      step.what.emplace<What>(std::move(what));
    };
    if (node.find("send")) {
      const Mapping mapping(node, keys::send_step, "a send", diagnostics_);
      SendEvent send;
      send.event = read_name(*mapping.find("send"), diagnostics_).value_or("");
      if (const Node* data = mapping.find("data"))
        if (auto value = to_json(*data, diagnostics_)) send.data = std::move(*value);
      add(std::move(send));
    } else if (node.find("advance")) {
      const Mapping mapping(node, keys::advance_step, "an advance", diagnostics_);
      PassTime pass;
      mapping.read("advance", pass.time);
      add(pass);
    } else if (const Node* expect = node.find("expect")) {
      const Mapping mapping(node, keys::expect_step, "an expect", diagnostics_);
      add(read_expect(*expect));
    } else {
      const bool one = node.is(Node::Kind::mapping) && node.entries.size() == 1;
      diagnostics_.error(
          one ? errc::config_unknown_key : errc::config_value, one ? node.entries[0].position : node.position,
          one ? fmt::format("there is no step '{}'", node.entries[0].key) : std::string("this is no step"),
          suggest_name(one ? node.entries[0].key : "", {"send", "advance", "expect"}));
    }
  }

  Expectations read_expect(const Node& node) {
    Expectations all;
    const Mapping mapping(node, keys::expect, "an expect", diagnostics_);
    if (!node.is(Node::Kind::mapping)) return all;
    if (node.entries.empty())
      diagnostics_.error(errc::config_value, node.position, "nothing is expected here",
                         "write {states: [...]}, for one");
    for (const yaml::Entry& entry : node.entries) {
      const bool names =
          entry.key == "states" || entry.key == "path" || entry.key == "final_state" || entry.key == "leases";
      if (auto value = names ? names_json(*entry.value) : to_json(*entry.value, diagnostics_))
        all.push_back({entry.key, std::move(*value), entry.value->position, entry.value});
    }
    return all;
  }

  // As to_json, but letters are names.
  std::optional<nlohmann::json> names_json(const Node& node) {
    if (is_letter(node)) return node.text;
    if (!node.is(Node::Kind::sequence) && !node.is(Node::Kind::mapping)) return to_json(node, diagnostics_);
    bool good = true;
    nlohmann::json names = node.is(Node::Kind::sequence) ? nlohmann::json::array() : nlohmann::json::object();
    for (const Node* item : node.items) {
      auto value = names_json(*item);
      good = good && value;
      if (good) names.push_back(std::move(*value));
    }
    for (const yaml::Entry& entry : node.entries) {
      auto value = names_json(*entry.value);
      good = good && value;
      if (good) names[entry.key] = std::move(*value);
    }
    return good ? std::optional(std::move(names)) : std::nullopt;
  }

  ScenarioFile& file_;
  Diagnostics& diagnostics_;
  const Node* common_ = nullptr;
};

}  // namespace

void read_scenarios(ScenarioFile& file, Diagnostics& diagnostics) {
  try {
    Reader(file, diagnostics).read();
  } catch (const TooManyErrors&) {
  }
}

}  // namespace leasehold::fsm
