#include "generate/header.hpp"

#include "execution/failure.hpp"
#include "generate/functions.hpp"
#include "generate/names.hpp"

#include <leasehold/version.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace leasehold::fsm {

namespace {

std::string requirements(const std::vector<ResourceRequirement>& all) {
  std::string text;
  for (const ResourceRequirement& one : all) {
    text += fmt::format("{}{{.name = {}", text.empty() ? "" : ", ", literal(one.name));
    if (!one.required) text += ", .required = false";
    if (one.timeout) text += fmt::format(", .timeout = leasehold::Duration({})", one.timeout->count());
    if (!one.role.empty()) text += fmt::format(", .role = {}", literal(one.role));
    text += "}";
  }
  return text;
}

class Header {
 public:
  Header(const Definition& definition, const FlatChart& chart)
      : definition_(definition),
        network_(definition.networks[definition.main]),
        chart_(chart),
        functions_(definition.name,
                   [this](StateIndex state) { return is_reached(state) ? type(state) : ""; }) {
    for (const StateIndex state : chart.states)
      states_[state] = state_names_.add(network_.states[state].name);
    for (const std::string& event : chart.events) events_[event] = event_names_.add(event);
  }

  std::string write(std::string_view name_space, std::string_view file) {
    write_states();
    write_arcs();
    write_handlers();
    write_definition();
    std::string head;
    const auto out = std::back_inserter(head);
    fmt::format_to(out, "// The machine '{}', made from {} by leasehold {}. Do not edit.\n#pragma once\n\n",
                   definition_.name, file, version());
    fmt::format_to(out, "#include <leasehold/fsm/msm/chart.hpp>\n\nnamespace {} {{\n\n", name_space);
    head += "namespace msm = leasehold::fsm::msm;\nusing leasehold::fsm::Context;\n\nnamespace events {\n\n";
    for (const auto& [event, name] : events_)
      fmt::format_to(out,
                     "struct {} {{\n  static constexpr std::string_view name = {};\n"
                     "  nlohmann::json data = nullptr;\n}};\n",
                     name, literal(event));
    head += "\n}  // namespace events\n\n" + functions_.text();
    return head + text_ + fmt::format("}}  // namespace {}\n", name_space);
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  std::string type(StateIndex state) const { return "states::" + states_.at(state); }
  bool is_reached(StateIndex state) const { return states_.contains(state); }

  std::string parts(const std::vector<StateIndex>& states) const {
    std::vector<std::string> names;
    for (const StateIndex state : states) names.push_back(type(state));
    return fmt::format("msm::Parts<{}>", fmt::join(names, ", "));
  }

  // --- States ---------------------------------------------------------------------------------------------

  void write_states() {
    line("namespace states {{\n");
    for (const auto& [state, name] : states_) line("struct {};", name);
    text_ += '\n';
    for (const auto& [state, name] : states_) write_state(network_.states[state], state, name);
    line("\n}}  // namespace states\n");
    line("struct Network {{\n  static constexpr std::string_view name = {};\n}};\n", literal(network_.name));
  }

  void write_state(const State& state, StateIndex index, const std::string& name) {
    line("struct {0} : msm::ChartState<{0}, {1}> {{  // line {2}", name,
         state.parent == root ? "void" : states_.at(state.parent), state.position.line);
    line("  static constexpr std::string_view name = {};", literal(state.name));
    if (!state.resources.empty())
      line("  static std::vector<leasehold::ResourceRequirement> resources() {{ return {{{}}}; }}",
           requirements(state.resources));
    if (is_compound(network_, index)) line("  static constexpr bool encloses = true;");
    if (state.type == StateType::final) line("  static constexpr bool final = true;");
    if (!state.success) line("  static constexpr bool success = false;");
    if (!state.catches.empty()) line("  static constexpr bool keeps_data = true;");
    if (state.type == StateType::final && state.parent != root)
      line("  static constexpr std::string_view done_event = {};",
           literal("done.state." + network_.states[state.parent].name));
    if (!definition_.is_driven() && !is_compound(network_, index) && state.type != StateType::final)
      line("  static constexpr std::string_view stuck = {};", literal(stuck_fault(network_, index).message));
    if (!state.on_entry.empty()) line("  using OnEntry = {};", functions_.calls(state.on_entry));
    if (!state.transform.empty()) line("  using Transform = {};", functions_.calls(state.transform));
    if (!state.on_exit.empty()) line("  using OnExit = {};", functions_.calls(state.on_exit));
    line("}};");
  }

  // --- Arcs -----------------------------------------------------------------------------------------------

  void write_arcs() {
    line("namespace arcs {{\n");
    for (const ArcRow& row : chart_.rows) {
      auto [known, added] = arcs_.try_emplace(row.arc);
      if (!added) continue;
      known->second =
          arc_names_.add(fmt::format("line_{}_{}", row.arc->position.line, row.arc->position.column));
      line("struct {} {{", known->second);
      line("  using Source = {};", type(row.arc->source));
      line("  using Actions = {};", functions_.calls(row.arc->actions));
      if (row.arc->condition) {
        line("  template <class Machine>\n  static bool holds(Machine& machine) {{");
        line("    return {};\n  }}", functions_.condition(*row.arc->condition, row.arc->source));
        line("  static constexpr msm::Doing asking{{{}}};",
             literal(fmt::format("the condition '{}'", row.arc->condition->text)));
      }
      line("}};");
    }
    line("\n}}  // namespace arcs\n");
  }

  void write_handlers() {
    if (chart_.handlers.empty()) return;
    line("namespace handlers {{\n");
    for (std::size_t i = 0; i < chart_.handlers.size(); ++i) {
      const Handler& handler = chart_.handlers[i];
      line("struct of_{}_{} {{", handler.by == root ? "network" : states_of(handler.by), i + 1);
      // What `into` does wrong is of what is left around, not of the state that has caught.
      const StateIndex source = handler.handler->into ? handler.domain : handler.by;
      line("  using Source = {};", is_reached(source) ? type(source) : "Network");
      line("  using Actions = msm::Calls<>;");
      std::vector<std::string> origins;
      for (const StateIndex state : handler.origins) origins.push_back(network_.states[state].name);
      line("  {}", array("origins", origins));
      line("  {}", array("errors", handler.handler->errors));
      if (handler.handler->into)
        line(
            "  static void keep(const msm::Fault& fault, msm::ChartContext& context) {{\n"
            "    {};\n  }}",
            functions_.put(*handler.handler->into,
                           fmt::format("msm::error_data(fault, {})", literal(network_.name))));
      line("}};");
    }
    line("\n}}  // namespace handlers\n");
  }
  std::string states_of(StateIndex state) const {
    return is_reached(state) ? states_.at(state) : "unreachable";
  }
  static std::string array(std::string_view name, const std::vector<std::string>& texts) {
    std::vector<std::string> literals;
    for (const std::string& text : texts) literals.push_back(literal(text));
    return fmt::format("static constexpr std::array<std::string_view, {}> {} = {{{}}};", literals.size(),
                       name, fmt::join(literals, ", "));
  }

  // --- The front end --------------------------------------------------------------------------------------

  void write_definition() {
    std::vector<StateIndex> around;
    for (const StateIndex state : chart_.states)
      if (is_compound(network_, state)) around.push_back(state);
    std::vector<StateIndex> start = chart_.start;
    const StateIndex first = start.back();
    start.pop_back();

    line("template <class User>\nstruct Definition;");
    line("template <class User>\nusing Front = msm::ChartDefinition<Definition<User>, User,");
    line("    {},\n    {},\n    {}>;\n", parts(chart_.states), parts(around), parts(start));
    line("template <class User>\nstruct Definition : Front<User> {{");
    for (const std::string& check : functions_.checks()) line("{}", check);
    line("\n  using Front<User>::Front;\n");
    line("  static constexpr std::string_view name = {};", literal(network_.name));
    line("  static constexpr std::size_t max_transitions = {};", definition_.max_transitions);
    line("  static constexpr bool event_driven = {};", definition_.is_driven());
    line("  static constexpr bool has_eventless = {};",
         std::any_of(chart_.rows.begin(), chart_.rows.end(),
                     [](const ArcRow& row) { return row.event.empty(); }));
    if (functions_.has_expressions()) line("  static void prepare() {{ expressions(); }}");
    if (!network_.resources.empty())
      line("  static std::vector<leasehold::ResourceRequirement> resources() {{ return {{{}}}; }}",
           requirements(network_.resources));
    write_rows(first);
    write_events();
    line("}};\n");
    line("template <class User>\nusing Machine = msm::ChartMachine<Definition<User>, User>;\n");
  }

  // MSM tries the last row of a state and event first.
  void write_rows(StateIndex first) {
    std::vector<std::string> rows;
    for (const ArcRow& row : chart_.rows) {
      const std::string arc = "arcs::" + arcs_.at(row.arc);
      const std::string target = row.passage.target == none ? "msm::none" : type(row.passage.target);
      rows.push_back(
          fmt::format("msm::Row<{}, {}, {}, msm::ArcPassage<{}, {}, {}, {}>, {}>", type(row.source),
                      row.event.empty() ? "msm::Eventless" : "events::" + events_.at(row.event), target, arc,
                      parts(row.passage.left), parts(row.passage.entered), target,
                      row.arc->condition ? fmt::format("msm::ArcCondition<{}>", arc) : "msm::none"));
    }
    for (const StateIndex leaf : chart_.states) {
      if (is_compound(network_, leaf)) continue;
      for (std::size_t i = 0; i < chart_.handlers.size(); ++i) {
        const Handler& handler = chart_.handlers[i];
        const std::string name =
            fmt::format("handlers::of_{}_{}", handler.by == root ? "network" : states_of(handler.by), i + 1);
        const std::string target = type(handler.passage.target);
        rows.push_back(fmt::format(
            "msm::Row<{}, msm::Fault, {}, msm::ArcPassage<{}, {}, {}, {}>, msm::HandlerCondition<{}>>",
            type(leaf), target, name, parts(handler.passage.left), parts(handler.passage.entered), target,
            name));
      }
    }
    std::reverse(rows.begin(), rows.end());
    line("\n  using initial_state = {};", type(first));
    line("  using transition_table = msm::Rows<\n    {}>;\n", fmt::join(rows, ",\n    "));
  }

  void write_events() {
    line("  // Calls with the event of that name; false if there is none.");
    line("  template <class Call>\n  static bool with_event(std::string_view event, const Call& call) {{");
    for (const auto& [event, name] : events_)
      line("    if (event == {}) return call(events::{}()), true;", literal(event), name);
    line("    return {};\n  }}", events_.empty() ? "(void)event, (void)call, false" : "false");
  }

  const Definition& definition_;
  const Network& network_;
  const FlatChart& chart_;
  FunctionWriter functions_;
  Names state_names_, event_names_, arc_names_;
  std::map<StateIndex, std::string> states_;
  std::map<std::string, std::string> events_;
  std::map<const Arc*, std::string> arcs_;
  std::string text_;
};

}  // namespace

std::string write_header(const Definition& definition, const FlatChart& chart, std::string_view name_space,
                         std::string_view file) {
  return Header(definition, chart).write(name_space, file);
}

}  // namespace leasehold::fsm
