// Writing scenarios whose paths reach every arc.

#include "load/environment.hpp"
#include "testing/bench.hpp"
#include "testing/coverage.hpp"
#include "testing/paths.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace leasehold::fsm {

namespace {

// A value in place of a variable that is not set; it is an address, since those are checked most.
constexpr const char* stand_in_value = "http://localhost";

// Any text is a YAML scalar once it is JSON.
std::string yaml_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string comment(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

class Writer {
 public:
  Writer(const Definition& definition, std::string& text) : definition_(definition), text_(text) {}

  void write(const ArcPath& path, std::set<std::string>& names) {
    const Move& last = path.moves.back();
    std::string name =
        fmt::format("{}: {}", state_of(last), comment(text_of(arc_of(last), network_of(last), definition_)));
    for (int i = 2; !names.insert(name).second; ++i)
      name = fmt::format("{} ({})", name.substr(0, name.rfind(" (")), i);
    text_ += fmt::format("  - name: {}\n    steps:\n", yaml_text(name));
    for (std::size_t i = 0; i < path.moves.size(); ++i) {
      const Move& move = path.moves[i];
      step(move);
      const bool at_once = i + 1 < path.moves.size() && comes_by_itself(arc_of(path.moves[i + 1]));
      if (at_once) continue;  // the machine does not stay here
      text_ += move.states.empty()
                   ? fmt::format("      - expect: {{final_state: {}}}\n", yaml_text(move.final_state))
                   : fmt::format("      - expect: {{states: [{}]}}\n",
                                 fmt::join(all_yaml_texts(move.states), ", "));
    }
  }

  std::string unreached(const Move& move) const {
    return fmt::format("#   line {}: {}: {}\n", arc_of(move).position.line, state_of(move),
                       comment(text_of(arc_of(move), network_of(move), definition_)));
  }

 private:
  const Network& network_of(const Move& move) const { return definition_.networks[move.network]; }
  const Arc& arc_of(const Move& move) const { return network_of(move).states[move.source].arcs[move.arc]; }
  std::string state_of(const Move& move) const {
    const Network& network = network_of(move);
    return move.source == root ? network.name : network.name + "." + network.states[move.source].name;
  }

  static bool comes_by_itself(const Arc& arc) {
    if (arc.after) return false;
    return arc.events.empty() || arc.events.front().starts_with("done.state.");
  }

  static std::vector<std::string> all_yaml_texts(const std::vector<std::string>& names) {
    std::vector<std::string> all;
    for (const std::string& name : names) all.push_back(yaml_text(name));
    return all;
  }

  void step(const Move& move) {
    const Arc& arc = arc_of(move);
    const State& state = network_of(move).states[move.source];
    // Arcs that are looked at before this one must not be taken.
    for (std::size_t i = 0; i < move.arc; ++i) {
      const Arc& before = state.arcs[i];
      if (before.condition && before.events == arc.events && before.after == arc.after)
        text_ +=
            fmt::format("      # in {} must not hold: {}\n", state_of(move), comment(before.condition->text));
    }
    if (arc.condition)
      text_ += fmt::format("      # in {} must hold: {}\n", state_of(move), comment(arc.condition->text));
    if (arc.after)
      text_ += fmt::format("      - advance: {}\n", format_duration(*arc.after));
    else if (!comes_by_itself(arc))
      text_ += fmt::format("      - send: {}\n", yaml_text(event_for(arc.events.front())));
  }

  const Definition& definition_;
  std::string& text_;
};

std::string machine_beside(const std::filesystem::path& machine, const std::filesystem::path& file) {
  if (file.empty()) return machine.string();
  const auto folder = std::filesystem::absolute(file).parent_path();
  return std::filesystem::absolute(machine).lexically_relative(folder).string();
}

}  // namespace

std::string generate_tests(const std::filesystem::path& machine, const std::filesystem::path& file,
                           const TestOptions& options) {
  // First as it is, to learn its resources and variables; nothing is opened.
  ResourceManager manager({.maintenance = false});
  if (options.register_types) options.register_types(manager);
  std::set<std::string> asked, variables;  // not set; those without a default
  LoadOptions load;
  load.environment = [&](const std::string& name) -> std::optional<std::string> {
    if (auto value = process_environment(name)) return value;
    asked.insert(name);
    return variables.count(name) > 0 ? std::optional<std::string>(stand_in_value) : std::nullopt;
  };
  std::optional<Machine> loaded;
  try {
    loaded.emplace(load_machine(machine, manager, options.functions, load));
  } catch (const LoadError& error) {
    for (const Diagnostic& found : error.diagnostics())
      for (const std::string& name : asked)
        if (found.code == errc::config_missing &&
            found.message.find(fmt::format("'{}'", name)) != std::string::npos)
          variables.insert(name);
    if (variables.empty()) throw;
    loaded.emplace(load_machine(machine, manager, options.functions, load));
  }
  const Definition& definition = loaded->definition();

  std::string text = fmt::format(
      "# Paths that reach every arc of '{}'. Give each scenario the data for which the conditions named in "
      "it\n"
      "# hold, and the doubles their replies; then it passes.\n"
      "machine: {}\n",
      comment(definition.name), yaml_text(machine_beside(machine, file)));
  std::string given;
  if (!variables.empty()) {
    given += "  env:\n";
    for (const std::string& name : variables) given += fmt::format("    {}: {}\n", name, stand_in_value);
  }
  std::string resources;
  for (const std::string& name : definition.resources) {
    const auto provider = manager.get_provider(name);
    if (!provider || provider->type() != "dict") resources += fmt::format("    {}: {{}}\n", yaml_text(name));
  }
  if (!resources.empty()) given += "  resources:  # doubles that answer null\n" + resources;
  if (!given.empty()) text += "given:\n" + given;
  text += "scenarios:\n";

  const Paths found = find_paths(definition);
  Writer writer(definition, text);
  std::set<std::string> names;
  for (const ArcPath& path : found.paths) writer.write(path, names);
  if (found.paths.empty()) text += "  - name: runs\n    steps:\n      - expect: {finished: true}\n";
  if (!found.unreached.empty()) {
    text += "# No path was found to these arcs:\n";
    for (const Move& move : found.unreached) text += writer.unreached(move);
  }
  return text;
}

}  // namespace leasehold::fsm
