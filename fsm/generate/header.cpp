#include "generate/header.hpp"

#include "execution/failure.hpp"
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
      : definition_(definition), network_(definition.networks[definition.main]), chart_(chart) {
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
    head += "\n}  // namespace events\n\n" + expressions() + block("actions", actions_text_) +
            block("guards", guards_text_);
    return head + text_ + fmt::format("}}  // namespace {}\n", name_space);
  }

 private:
  static std::string block(std::string_view name, const std::string& inside) {
    if (inside.empty()) return {};
    return fmt::format("namespace {0} {{\n\n{1}\n}}  // namespace {0}\n\n", name, inside);
  }

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

  // --- Functions ------------------------------------------------------------------------------------------

  std::string action(const std::string& member) {
    auto [known, added] = actions_.try_emplace(member);
    if (added) {
      known->second = "actions::" + action_names_.add(member);
      actions_text_ += function(known->second, "void", "Context&", fmt::format("user.{}(context)", member),
                                doing(fmt::format("the function '{}'", member)));
      checks_.push_back(check("action", member, "void", "leasehold::fsm::Context&", "Context&"));
    }
    return known->second;
  }
  std::string guard(const std::string& member) {
    auto [known, added] = guards_.try_emplace(member);
    if (added) {
      known->second = "guards::" + guard_names_.add(member);
      guards_text_ += function(known->second, "bool", "const Context&",
                               fmt::format("return user.{}(context)", member), "");
      checks_.push_back(check("guard", member, "bool", "const leasehold::fsm::Context&", "const Context&"));
    }
    return known->second;
  }
  // What failed if it does, in the interpreter's words.
  static std::string doing(const std::string& what, const std::string& resource = {}) {
    return fmt::format("  static constexpr msm::Doing doing{{{}{}}};\n", literal(what),
                       resource.empty() ? "" : ", " + literal(resource));
  }

  // An action of the machine's own.
  std::string own_action(const std::string& name, const std::string& body, const std::string& doing) {
    auto [known, added] = own_actions_.try_emplace(body);
    if (added) {
      known->second = "actions::" + action_names_.add(name);
      actions_text_ += function(known->second, "void", "msm::ChartContext&", body, doing, true);
    }
    return known->second;
  }
  std::string own_action(const Raise& raise) {
    const bool bare = raise.data.constant() && (raise.data.source().is_null() || raise.data.source().empty());
    return own_action("raise " + raise.event,
                      bare ? fmt::format("context.raise({})", literal(raise.event))
                           : fmt::format("context.raise({}, {})", literal(raise.event), filled(raise.data)),
                      doing(fmt::format("raising '{}'", raise.event)));
  }
  std::string own_action(const Transform& transform) {
    const std::size_t program = number(programs_, transform.program.source());
    return own_action("jq",
                      transform.into ? fmt::format("expressions().transform({}, {}, context)", program,
                                                   number(paths_, transform.into->text()))
                                     : fmt::format("expressions().transform({}, context)", program),
                      doing("a jq transform"));
  }
  std::string own_action(const CallOperation& call) {
    const std::string result =
        fmt::format("msm::Expressions::call({}, {}, {}, context)", literal(call.resource),
                    literal(call.operation), filled(call.arguments));
    return own_action(
        "call " + call.resource + "." + call.operation,
        call.into
            ? fmt::format("expressions().put({}, {}, context)", number(paths_, call.into->text()), result)
            : result,
        doing(fmt::format("the operation '{}.{}'", call.resource, call.operation), call.resource));
  }
  std::string own_guard(const JqProgram& program) {
    auto [known, added] = own_guards_.try_emplace(program.source());
    if (added) {
      known->second = "guards::" + guard_names_.add("jq");
      guards_text_ +=
          function(known->second, "bool", "const msm::ChartContext&",
                   fmt::format("return expressions().test({}, context)", number(programs_, program.source())),
                   "", true);
    }
    return known->second;
  }
  std::string filled(const Template& value) {
    return fmt::format("expressions().fill({}, context)", number(values_, value.source().dump()));
  }
  static std::size_t number(std::vector<std::string>& texts, const std::string& text) {
    const auto found = std::find(texts.begin(), texts.end(), text);
    if (found != texts.end()) return static_cast<std::size_t>(found - texts.begin());
    texts.push_back(text);
    return texts.size() - 1;
  }
  bool has_expressions() const { return !programs_.empty() || !values_.empty() || !paths_.empty(); }
  std::string expressions() const {
    if (!has_expressions()) return {};
    std::vector<std::string> lists;
    for (const auto* texts : {&programs_, &values_, &paths_}) {
      std::vector<std::string> literals;
      for (const std::string& text : *texts) literals.push_back("\n    " + literal(text));
      lists.push_back(fmt::format("{{{}}}", fmt::join(literals, ",")));
    }
    return fmt::format(
        "inline const msm::Expressions& expressions() {{\n  static const msm::Expressions all({});\n"
        "  return all;\n}}\n\n",
        fmt::join(lists, ", "));
  }
  static std::string function(const std::string& name, std::string_view result, std::string_view context,
                              std::string_view body, const std::string& doing, bool for_nobody = false) {
    return fmt::format(
        "struct {} {{\n{}  template <class User>\n  static {} call(User&{}, {} context) {{\n    {};\n  "
        "}}\n}};\n",
        name.substr(name.find("::") + 2), doing, result, for_nobody ? "" : " user", context, body);
  }
  std::string check(std::string_view kind, const std::string& member, std::string_view result,
                    std::string_view parameter, std::string_view context) const {
    const std::string message =
        fmt::format("the machine '{}' calls the {} '{}', which its class lacks: add the member {} {}({})",
                    definition_.name, kind, member, result, member, parameter);
    const std::string call = kind == "guard"
                                 ? fmt::format("{{ user.{}(context) }} -> std::convertible_to<bool>;", member)
                                 : fmt::format("user.{}(context);", member);
    return fmt::format("  static_assert(requires(User& user, {} context) {{ {} }},\n                {});",
                       context, call, literal(message));
  }

  std::string calls(const Steps& steps) {
    std::vector<std::string> names;
    for (const Step& step : steps) {
      if (const auto* call = std::get_if<CallFunction>(&step.what)) names.push_back(action(call->name));
      if (const auto* operation = std::get_if<CallOperation>(&step.what))
        names.push_back(own_action(*operation));
      if (const auto* transform = std::get_if<Transform>(&step.what)) names.push_back(own_action(*transform));
      if (const auto* raised = std::get_if<Raise>(&step.what)) names.push_back(own_action(*raised));
    }
    return fmt::format("msm::Calls<{}>", fmt::join(names, ", "));
  }

  // An expression in `machine`.
  std::string condition(const Condition& condition, StateIndex source) {
    const auto joined = [&](const std::vector<Condition>& operands, std::string_view word) {
      std::vector<std::string> texts;
      for (const Condition& operand : operands) texts.push_back(this->condition(operand, source));
      return fmt::format("({})", fmt::join(texts, fmt::format(" {} ", word)));
    };
    if (const auto* call = std::get_if<GuardFunction>(&condition.test))
      return fmt::format("machine.template ask<{}, {}>()", guard(call->name), type(source));
    if (const auto* program = std::get_if<JqProgram>(&condition.test))
      return fmt::format("machine.template ask<{}, {}>()", own_guard(*program), type(source));
    if (const auto* in = std::get_if<InState>(&condition.test))
      return is_reached(in->state) ? fmt::format("machine.template part<{}>().standing()", type(in->state))
                                   : "false";
    if (const auto* inner = std::get_if<Not>(&condition.test))
      return "!" + this->condition(inner->operand.front(), source);
    if (const auto* all = std::get_if<All>(&condition.test)) return joined(all->operands, "&&");
    return joined(std::get<Any>(condition.test).operands, "||");
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
    if (!state.on_entry.empty()) line("  using OnEntry = {};", calls(state.on_entry));
    if (!state.transform.empty()) line("  using Transform = {};", calls(state.transform));
    if (!state.on_exit.empty()) line("  using OnExit = {};", calls(state.on_exit));
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
      line("  using Actions = {};", calls(row.arc->actions));
      if (row.arc->condition) {
        line("  template <class Machine>\n  static bool holds(Machine& machine) {{");
        line("    return {};\n  }}", condition(*row.arc->condition, row.arc->source));
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
            "    expressions().put({}, msm::error_data(fault, {}), context);\n  }}",
            number(paths_, handler.handler->into->text()), literal(network_.name));
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
    for (const std::string& check : checks_) line("{}", check);
    line("\n  using Front<User>::Front;\n");
    line("  static constexpr std::string_view name = {};", literal(network_.name));
    line("  static constexpr std::size_t max_transitions = {};", definition_.max_transitions);
    line("  static constexpr bool event_driven = {};", definition_.is_driven());
    line("  static constexpr bool has_eventless = {};",
         std::any_of(chart_.rows.begin(), chart_.rows.end(),
                     [](const ArcRow& row) { return row.event.empty(); }));
    if (has_expressions()) line("  static void prepare() {{ expressions(); }}");
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
  Names state_names_, event_names_, action_names_, guard_names_, arc_names_;
  std::map<StateIndex, std::string> states_;
  std::map<std::string, std::string> events_, actions_, guards_;
  std::map<std::string, std::string> own_actions_, own_guards_;  // by what they do
  std::vector<std::string> programs_, values_, paths_;           // of the expressions
  std::map<const Arc*, std::string> arcs_;
  std::vector<std::string> checks_;
  std::string actions_text_, guards_text_, text_;
};

}  // namespace

std::string write_header(const Definition& definition, const FlatChart& chart, std::string_view name_space,
                         std::string_view file) {
  return Header(definition, chart).write(name_space, file);
}

}  // namespace leasehold::fsm
