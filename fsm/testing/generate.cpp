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
    std::string name = fmt::format("{}: {}", state_of(path.wanted), comment(text_of(path.wanted)));
    for (int i = 2; !names.insert(name).second; ++i)
      name = fmt::format("{} ({})", name.substr(0, name.rfind(" (")), i);
    text_ += fmt::format("  - name: {}\n    steps:\n", yaml_text(name));
    write(path.moves);
  }

  // There is no arc: it stays where it starts.
  void write_start() {
    const Simulation simulation(definition_);
    const Situation start = simulation.start();
    text_ += "  - name: runs\n    steps:\n";
    expect(simulation.innermost(start), start.final_state);
  }

  std::string unreached(const ArcId& arc) const {
    return fmt::format("#   line {}: {}: {}\n", arc_of(arc).position.line, state_of(arc),
                       comment(text_of(arc)));
  }

 private:
  const Network& network_of(const ArcId& arc) const { return definition_.networks[arc.network]; }
  const Arc& arc_of(const ArcId& arc) const { return network_of(arc).states[arc.source].arcs[arc.arc]; }
  std::string text_of(const ArcId& arc) const {
    return fsm::text_of(arc_of(arc), network_of(arc), definition_);
  }
  std::string state_of(const ArcId& arc) const {
    const Network& network = network_of(arc);
    return arc.source == root ? network.name : network.name + "." + network.states[arc.source].name;
  }

  static std::vector<std::string> all_yaml_texts(const std::vector<std::string>& names) {
    std::vector<std::string> all;
    for (const std::string& name : names) all.push_back(yaml_text(name));
    return all;
  }

  void write(const std::vector<Move>& moves) {
    for (std::size_t i = 0; i < moves.size(); ++i) {
      const Move& move = moves[i];
      for (const Assumed& assumed : move.assumed)
        text_ +=
            fmt::format("      # in {} must {}hold: {}\n", state_of({assumed.network, assumed.source, 0}),
                        assumed.holds ? "" : "not ", comment(assumed.condition->text));
      if (!move.event.empty()) text_ += fmt::format("      - send: {}\n", yaml_text(move.event));
      if (move.delay > Duration::zero())
        text_ += fmt::format("      - advance: {}\n", format_duration(move.delay));
      if (i + 1 < moves.size() && moves[i + 1].by_itself()) continue;  // the machine does not stay here
      expect(move.states, move.final_state);
    }
  }

  void expect(const std::vector<std::string>& states, const std::string& final_state) {
    text_ += states.empty()
                 ? fmt::format("      - expect: {{final_state: {}}}\n", yaml_text(final_state))
                 : fmt::format("      - expect: {{states: [{}]}}\n", fmt::join(all_yaml_texts(states), ", "));
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
  if (found.paths.empty()) writer.write_start();
  if (!found.unreached.empty()) {
    text += "# No path was found to these arcs:\n";
    for (const ArcId& arc : found.unreached) text += writer.unreached(arc);
  }
  return text;
}

}  // namespace leasehold::fsm
