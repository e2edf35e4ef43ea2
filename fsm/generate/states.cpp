#include "generate/states.hpp"

#include "execution/failure.hpp"
#include "generate/names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace leasehold::fsm {

namespace {

class StateWriter {
 public:
  StateWriter(const Definition& definition, const FlatChart& chart, StateIndex index, const Symbols& symbols,
              FunctionWriter& functions)
      : definition_(definition),
        chart_(chart),
        network_(definition.networks[definition.main]),
        index_(index),
        state_(network_.states[index]),
        symbols_(symbols),
        functions_(functions) {}

  std::string write() {
    const std::string& name = symbols_.states().at(index_);
    line("struct {0} : msm::ChartState<{0}, {1}> {{  // line {2}", name,
         symbols_.is_reached(state_.parent) ? symbols_.states().at(state_.parent) : "void",
         state_.position.line);
    line("  static constexpr std::string_view name = {};", literal(state_.name));
    text_ += write_requirements(state_.resources);
    if (is_compound(network_, index_)) line("  static constexpr bool encloses = true;");
    if (!state_.success) line("  static constexpr bool success = false;");
    if (!state_.catches.empty()) line("  static constexpr bool keeps_data = true;");
    if (state_.run_on_failure) line("  static constexpr bool run_on_failure = true;");
    if (contains(chart_.apart, index_)) line("  static constexpr bool apart = true;");
    if (state_.retry) write_retry(*state_.retry);
    write_end();
    write_time();
    write_demands();
    write_calls("OnEntry", state_.on_entry);
    write_calls("Transform", state_.transform);
    write_calls("OnExit", state_.on_exit);
    write_calls("Initial", state_.initial_actions);
    for (const Arc& arc : state_.arcs)
      if (!arc.resources.empty() && symbols_.has(arc)) line("  msm::ArcScope of_{};", symbols_.arc(arc));
    line("}};");
    return std::move(text_);
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  void write_calls(std::string_view name, const Steps& steps) {
    if (!steps.empty()) line("  using {} = {};", name, functions_.calls(steps));
  }

  void write_retry(const Retry& retry) {
    std::vector<std::string> errors;
    for (const std::string& error : retry.errors) errors.push_back(literal(error));
    line("  static constexpr std::array<std::string_view, {}> retried = {{{}}};", errors.size(),
         fmt::join(errors, ", "));
    line("  static constexpr msm::Retry retry{{retried, {}, leasehold::Duration({}), {}, {}, {}}};",
         retry.attempts, retry.delay.count(), retry.backoff, retry.jitter,
         retry.max_delay ? fmt::format("leasehold::Duration({})", retry.max_delay->count()) : "{}");
  }

  // What it is the end of, or why nothing goes on there.
  void write_end() {
    if (state_.type != StateType::final) {
      if (!definition_.is_driven() && !is_compound(network_, index_))
        line("  static constexpr std::string_view stuck = {};",
             literal(stuck_fault(network_, index_).message));
      return;
    }
    if (state_.parent == root) return line("  static constexpr bool ends = true;");
    line("  static constexpr std::string_view done_event = {};",
         literal("done.state." + network_.states[state_.parent].name));
    if (!state_.done_data) return;
    line("  static nlohmann::json done_data(const msm::ChartContext& context) {{ return {}; }}",
         functions_.filled(*state_.done_data));
    line("  static constexpr msm::Doing telling{{\"the data\"}};");
  }

  void write_time() {
    if (state_.timeout)
      line("  static constexpr msm::Limit limit{};",
           write_limit(*state_.timeout, fmt::format("the state '{}.{}'", network_.name, state_.name)));
    std::vector<std::string> delays;
    for (const Arc& arc : state_.arcs)
      if (arc.after)
        delays.push_back(fmt::format(
            "{{{}, leasehold::Duration({})}}",
            std::find(chart_.delayed.begin(), chart_.delayed.end(), &arc) - chart_.delayed.begin(),
            arc.after->count()));
    if (!delays.empty())
      line("  static constexpr std::array<msm::Delay, {}> delays = {{{{{}}}}};", delays.size(),
           fmt::join(delays, ", "));
  }

  // In the order in which the interpreter asks.
  void write_demands() {
    std::vector<std::string> before, after, always;
    add_demands(state_.pre, "requires", before);
    add_demands(state_.invariant, "must keep", always);
    before.insert(before.end(), always.begin(), always.end());
    add_demands(state_.validate, "is only valid if", before);
    add_demands(state_.post, "promises", after);
    after.insert(after.end(), always.begin(), always.end());
    write_demands("Before", before);
    write_demands("After", after);
    write_demands("Always", always);
  }
  void write_demands(std::string_view name, const std::vector<std::string>& demands) {
    if (!demands.empty()) line("  using {} = msm::Demands<{}>;", name, fmt::join(demands, ", "));
  }

  void add_demands(const std::vector<Condition>& conditions, std::string_view what,
                   std::vector<std::string>& names) {
    for (const Condition& condition : conditions) {
      names.push_back(fmt::format("Demand{}", ++demands_));
      line("  struct {} {{", names.back());
      line("    template <class Machine>\n    static bool holds(Machine& machine) {{");
      line("      return {};\n    }}", functions_.condition(condition, index_));
      line("    static constexpr msm::Doing asking{{{}, \"\", msm::Doing::Kind::demand}};",
           literal(fmt::format("the condition '{}'", condition.text)));
      line("    static constexpr std::string_view broken = {};\n  }};",
           literal(fmt::format("the state '{}.{}' {} '{}', which does not hold", network_.name, state_.name,
                               what, condition.text)));
    }
  }

  const Definition& definition_;
  const FlatChart& chart_;
  const Network& network_;
  const StateIndex index_;
  const State& state_;
  const Symbols& symbols_;
  FunctionWriter& functions_;
  std::size_t demands_ = 0;
  std::string text_;
};

}  // namespace

std::string write_requirements(const std::vector<ResourceRequirement>& requirements) {
  if (requirements.empty()) return {};
  std::vector<std::string> texts;
  for (const ResourceRequirement& one : requirements) {
    std::string& text = texts.emplace_back(fmt::format("{{.name = {}", literal(one.name)));
    if (!one.required) text += ", .required = false";
    if (one.timeout) text += fmt::format(", .timeout = leasehold::Duration({})", one.timeout->count());
    if (!one.role.empty()) text += fmt::format(", .role = {}", literal(one.role));
    text += "}";
  }
  return fmt::format(
      "  static std::vector<leasehold::ResourceRequirement> resources() {{ return {{{}}}; }}\n",
      fmt::join(texts, ", "));
}

std::string write_limit(Duration time, std::string_view of) {
  return fmt::format("{{leasehold::Duration({}), {}}}", time.count(),
                     literal(fmt::format("{} did not end within {}", of, format_duration(time))));
}

std::string write_state(const Definition& definition, const FlatChart& chart, StateIndex state,
                        const Symbols& symbols, FunctionWriter& functions) {
  return StateWriter(definition, chart, state, symbols, functions).write();
}

}  // namespace leasehold::fsm
