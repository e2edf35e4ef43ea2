#include "generate/header.hpp"

#include "generate/functions.hpp"
#include "generate/names.hpp"
#include "generate/rows.hpp"
#include "generate/states.hpp"
#include "load/schema.hpp"

#include <leasehold/version.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace leasehold::fsm {

namespace {

class Header {
 public:
  Header(const Definition& definition, const FlatChart& chart)
      : definition_(definition),
        network_(definition.networks[definition.main]),
        chart_(chart),
        symbols_(network_, chart),
        functions_(definition.name, [this](StateIndex state) {
          return symbols_.is_reached(state) ? symbols_.type(state) : "";
        }) {}

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
    for (const auto& [event, name] : symbols_.events())
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

  // --- States ---------------------------------------------------------------------------------------------

  void write_states() {
    line("namespace states {{\n");
    for (const auto& [state, name] : symbols_.states()) line("struct {};", name);
    text_ += '\n';
    for (const auto& [state, name] : symbols_.states())
      text_ += write_state(definition_, chart_, state, symbols_, functions_);
    line("\n}}  // namespace states\n");
    line("struct Network {{\n  static constexpr std::string_view name = {};\n}};\n", literal(network_.name));
  }

  // --- Arcs -----------------------------------------------------------------------------------------------

  void write_arcs() {
    line("namespace arcs {{\n");
    std::set<const Arc*> written;
    for (const ArcRow& row : chart_.rows)
      if (written.insert(row.arc).second) write_arc(*row.arc);
    line("\n}}  // namespace arcs\n");
  }

  void write_arc(const Arc& arc) {
    line("struct {} {{", symbols_.arc(arc));
    line("  using Source = {};", symbols_.type(arc.source));
    line("  using Actions = {};", functions_.calls(arc.actions));
    if (!arc.resources.empty()) {
      text_ += write_requirements(arc.resources);
      line("  template <class Machine>\n  static msm::ArcScope& scope(Machine& machine) {{");
      line("    return machine.template part<Source>().of_{};\n  }}", symbols_.arc(arc));
    }
    if (arc.condition) {
      line("  template <class Machine>\n  static bool holds(Machine& machine) {{");
      line("    return {};\n  }}", functions_.condition(*arc.condition, arc.source));
      line("  static constexpr msm::Doing asking{{{}, \"\", msm::Doing::Kind::asking}};",
           literal(fmt::format("the condition '{}'", arc.condition->text)));
    }
    for (const ErrorArc& listening : chart_.error_arcs)
      if (listening.arc == &arc) write_listening(listening);
    line("}};");
  }

  // What is asked of it when a fault has struck.
  void write_listening(const ErrorArc& listening) {
    line("  {}", array("origins", names_of(listening.origins)));
    line("  {}", array("events", listening.arc->events));
    line("  static constexpr bool leads = {};", !listening.arc->targets.empty());
    line("  static constexpr bool internal = {};", listening.within.has_value());
  }

  void write_handlers() {
    if (chart_.handlers.empty()) return;
    line("namespace handlers {{\n");
    for (std::size_t i = 0; i < chart_.handlers.size(); ++i) {
      const Handler& handler = chart_.handlers[i];
      line("struct {} {{", symbols_.handler(i));
      // What `into` does wrong is of what is left around, not of the state that has caught.
      const StateIndex source = handler.handler->into ? handler.domain : handler.by;
      line("  using Source = {};", symbols_.is_reached(source) ? symbols_.type(source) : "Network");
      line("  using Actions = msm::Calls<>;");
      line("  {}", array("origins", names_of(handler.origins)));
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
  std::vector<std::string> names_of(const std::vector<StateIndex>& states) const {
    std::vector<std::string> names;
    for (const StateIndex state : states) names.push_back(network_.states[state].name);
    return names;
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
      if (is_compound(network_, state) || contains(chart_.apart, state)) around.push_back(state);

    line("template <class User>\nstruct Definition;");
    line("template <class User>\nusing Front = msm::ChartDefinition<Definition<User>, User,");
    line("    {},\n    {},\n    {}>;\n", symbols_.parts(chart_.states), symbols_.parts(around),
         symbols_.entered(chart_.start));
    line("template <class User>\nstruct Definition : Front<User> {{");
    for (const std::string& check : functions_.checks()) line("{}", check);
    line("\n  using Front<User>::Front;\n");
    line("  static constexpr std::string_view name = {};", literal(network_.name));
    line("  static constexpr std::size_t max_transitions = {};", definition_.max_transitions);
    line("  static constexpr bool event_driven = {};", definition_.is_driven());
    line("  static constexpr bool has_eventless = {};", has_row(""));
    line("  static constexpr bool takes_unnamed = {};", has_row("*"));
    line("  static constexpr bool has_error_arcs = {};", !chart_.error_arcs.empty());
    write_time();
    line("  static const msm::ChartInput& input() {{\n    static const msm::ChartInput all({}, {});",
         literal(definition_.name),
         literal(definition_.input_schema ? definition_.input_schema->source().dump() : std::string()));
    line("    return all;\n  }}");
    if (functions_.has_expressions()) line("  static void prepare() {{ expressions(); }}");
    text_ += write_requirements(network_.resources);
    line("\n  using initial_state = {};", symbols_.type(chart_.start.target));
    line("{}", write_rows(network_, chart_, symbols_));
    write_events();
    write_delays();
    line("}};\n");
    line("template <class User>\nusing Machine = msm::ChartMachine<Definition<User>, User>;\n");
  }

  bool has_row(std::string_view event) const {
    return std::any_of(chart_.rows.begin(), chart_.rows.end(),
                       [&](const ArcRow& row) { return row.event == event && !row.arc->after; });
  }

  void write_events() {
    line("  // Calls with the event of that name; false if there is none.");
    line("  template <class Call>\n  static bool with_event(std::string_view event, const Call& call) {{");
    for (const auto& [event, name] : symbols_.events())
      line("    if (event == {}) return call(msm::bare<events::{}>()), true;", literal(event), name);
    line("    return {};\n  }}", symbols_.events().empty() ? "(void)event, (void)call, false" : "false");
  }

  void write_time() {
    const bool timed =
        definition_.timeout || std::any_of(chart_.states.begin(), chart_.states.end(), [&](StateIndex state) {
          return network_.states[state].timeout.has_value();
        });
    line("  static constexpr bool timed = {};  // it, or a state, may take so long only", timed);
    line("  static constexpr std::optional<msm::Limit> limit = {};",
         definition_.timeout ? "msm::Limit" + write_limit(*definition_.timeout, "the execution")
                             : "std::nullopt");
  }

  void write_delays() {
    if (chart_.delayed.empty()) return;
    line("  // Calls with the event of the delay of that number.");
    line("  template <class Call>\n  static void with_delay(std::size_t number, const Call& call) {{");
    for (std::size_t i = 0; i < chart_.delayed.size(); ++i)
      line("    if (number == {}) call(msm::After<arcs::{}>());", i, symbols_.arc(*chart_.delayed[i]));
    line("  }}");
  }

  const Definition& definition_;
  const Network& network_;
  const FlatChart& chart_;
  Symbols symbols_;
  FunctionWriter functions_;
  std::string text_;
};

}  // namespace

std::string write_header(const Definition& definition, const FlatChart& chart, std::string_view name_space,
                         std::string_view file) {
  return Header(definition, chart).write(name_space, file);
}

}  // namespace leasehold::fsm
