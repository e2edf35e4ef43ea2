#include "generate/functions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

std::size_t number(std::vector<std::string>& texts, const std::string& text) {
  const auto found = std::find(texts.begin(), texts.end(), text);
  if (found != texts.end()) return static_cast<std::size_t>(found - texts.begin());
  texts.push_back(text);
  return texts.size() - 1;
}

// What failed if it does, in the interpreter's words.
std::string doing(const std::string& what, const std::string& resource = {}) {
  return fmt::format("  static constexpr msm::Doing doing{{{}{}}};\n", literal(what),
                     resource.empty() ? "" : ", " + literal(resource));
}

std::string function(const std::string& name, std::string_view result, std::string_view context,
                     std::string_view body, const std::string& doing, bool for_nobody = false) {
  return fmt::format(
      "struct {} {{\n{}  template <class User>\n  static {} call(User&{}, {} context) {{\n    {};\n  "
      "}}\n}};\n",
      name.substr(name.find("::") + 2), doing, result, for_nobody ? "" : " user", context, body);
}

std::string block(std::string_view name, const std::string& inside) {
  if (inside.empty()) return {};
  return fmt::format("namespace {0} {{\n\n{1}\n}}  // namespace {0}\n\n", name, inside);
}

}  // namespace

std::string FunctionWriter::calls(const Steps& steps) {
  std::vector<std::string> names;
  for (const Step& step : steps) {
    if (const auto* call = std::get_if<CallFunction>(&step.what)) names.push_back(action(call->name));
    if (const auto* operation = std::get_if<CallOperation>(&step.what))
      names.push_back(own_action(*operation));
    if (const auto* transform = std::get_if<Transform>(&step.what)) names.push_back(own_action(*transform));
    if (const auto* raised = std::get_if<Raise>(&step.what)) names.push_back(own_action(*raised));
    if (const auto* sent = std::get_if<Send>(&step.what)) names.push_back(own_action(*sent));
    if (const auto* cancelled = std::get_if<Cancel>(&step.what)) names.push_back(own_action(*cancelled));
  }
  return fmt::format("msm::Calls<{}>", fmt::join(names, ", "));
}

std::string FunctionWriter::condition(const Condition& condition, StateIndex source) {
  const auto joined = [&](const std::vector<Condition>& operands, std::string_view word) {
    std::vector<std::string> texts;
    for (const Condition& operand : operands) texts.push_back(this->condition(operand, source));
    return fmt::format("({})", fmt::join(texts, fmt::format(" {} ", word)));
  };
  if (const auto* call = std::get_if<GuardFunction>(&condition.test))
    return fmt::format("machine.template ask<{}, {}>()", guard(call->name), type_of_(source));
  if (const auto* program = std::get_if<JqProgram>(&condition.test))
    return fmt::format("machine.template ask<{}, {}>()", own_guard(*program), type_of_(source));
  if (const auto* in = std::get_if<InState>(&condition.test)) {
    const std::string type = type_of_(in->state);
    return type.empty() ? "false" : fmt::format("machine.template is_in<{}>()", type);
  }
  if (const auto* inner = std::get_if<Not>(&condition.test))
    return "!" + this->condition(inner->operand.front(), source);
  if (const auto* all = std::get_if<All>(&condition.test)) return joined(all->operands, "&&");
  return joined(std::get<Any>(condition.test).operands, "||");
}

std::string FunctionWriter::put(const DataPath& into, std::string_view value) {
  return fmt::format("expressions().put({}, {}, context)", number(paths_, into.text()), value);
}

std::string FunctionWriter::text() const {
  return expressions() + block("actions", actions_text_) + block("guards", guards_text_);
}

std::string FunctionWriter::expressions() const {
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

std::string FunctionWriter::action(const std::string& member) {
  auto [known, added] = actions_.try_emplace(member);
  if (added) {
    known->second = "actions::" + action_names_.add(member);
    actions_text_ += function(known->second, "void", "Context&", fmt::format("user.{}(context)", member),
                              doing(fmt::format("the function '{}'", member)));
    checks_.push_back(check("action", member, "void", "leasehold::fsm::Context&", "Context&"));
  }
  return known->second;
}

std::string FunctionWriter::guard(const std::string& member) {
  auto [known, added] = guards_.try_emplace(member);
  if (added) {
    known->second = "guards::" + guard_names_.add(member);
    guards_text_ +=
        function(known->second, "bool", "const Context&", fmt::format("return user.{}(context)", member), "");
    checks_.push_back(check("guard", member, "bool", "const leasehold::fsm::Context&", "const Context&"));
  }
  return known->second;
}

// An action of the machine's own.
std::string FunctionWriter::own_action(const std::string& name, const std::string& body,
                                       const std::string& doing) {
  auto [known, added] = own_actions_.try_emplace(body);
  if (added) {
    known->second = "actions::" + action_names_.add(name);
    actions_text_ += function(known->second, "void", "msm::ChartContext&", body, doing, true);
  }
  return known->second;
}

std::string FunctionWriter::own_action(const Raise& raise) {
  return own_action("raise " + raise.event, fmt::format("context.raise({})", event(raise.event, raise.data)),
                    doing(fmt::format("raising '{}'", raise.event)));
}

std::string FunctionWriter::own_action(const Send& send) {
  std::string body = fmt::format("leasehold::fsm::Event event{{{}}};\n    ", event(send.event, send.data));
  const std::string at_once = "context.send(std::move(event))";
  if (send.computed_after)
    body += fmt::format(
        "const leasehold::Duration after = expressions().delay({}, {}, context);\n"
        "    if (after <= leasehold::Duration::zero()) return {};\n    context.send(std::move(event), after, "
        "{})",
        number(values_, send.computed_after->source().dump()), literal(send.event), at_once, text(send.id));
  else if (send.after > Duration::zero())
    body += fmt::format("context.send(std::move(event), leasehold::Duration({}), {})", send.after.count(),
                        text(send.id));
  else
    body += at_once;
  return own_action("send " + send.event, body, doing(fmt::format("sending '{}'", send.event)));
}

std::string FunctionWriter::own_action(const Cancel& cancel) {
  return own_action("cancel", fmt::format("context.cancel({})", text(cancel.id)),
                    doing(fmt::format("cancelling '{}'", cancel.id.source().get<std::string>())));
}

std::string FunctionWriter::own_action(const Transform& transform) {
  const std::size_t program = number(programs_, transform.program.source());
  return own_action("jq",
                    transform.into ? fmt::format("expressions().transform({}, {}, context)", program,
                                                 number(paths_, transform.into->text()))
                                   : fmt::format("expressions().transform({}, context)", program),
                    doing("a jq transform"));
}

std::string FunctionWriter::own_action(const CallOperation& call) {
  const std::string result =
      fmt::format("msm::Expressions::call({}, {}, {}, context)", literal(call.resource),
                  literal(call.operation), filled(call.arguments));
  return own_action(
      "call " + call.resource + "." + call.operation, call.into ? put(*call.into, result) : result,
      doing(fmt::format("the operation '{}.{}'", call.resource, call.operation), call.resource));
}

std::string FunctionWriter::own_guard(const JqProgram& program) {
  auto [known, added] = own_guards_.try_emplace(program.source());
  if (added) {
    known->second = "guards::" + guard_names_.add("jq");
    guards_text_ += function(
        known->second, "bool", "const msm::ChartContext&",
        fmt::format("return expressions().test({}, context)", number(programs_, program.source())), "", true);
  }
  return known->second;
}

std::string FunctionWriter::filled(const Template& value) {
  return fmt::format("expressions().fill({}, context)", number(values_, value.source().dump()));
}

std::string FunctionWriter::event(const std::string& name, const Template& data) {
  const bool bare = data.constant() && (data.source().is_null() || data.source().empty());
  return bare ? literal(name) : fmt::format("{}, {}", literal(name), filled(data));
}

std::string FunctionWriter::text(const Template& value) {
  if (value.constant() && value.source().is_string()) return literal(value.source().get<std::string>());
  return fmt::format("expressions().text({}, context)", number(values_, value.source().dump()));
}

std::string FunctionWriter::check(std::string_view kind, const std::string& member, std::string_view result,
                                  std::string_view parameter, std::string_view context) const {
  const std::string message =
      fmt::format("the machine '{}' calls the {} '{}', which its class lacks: add the member {} {}({})",
                  machine_, kind, member, result, member, parameter);
  const std::string call = kind == "guard"
                               ? fmt::format("{{ user.{}(context) }} -> std::convertible_to<bool>;", member)
                               : fmt::format("user.{}(context);", member);
  return fmt::format("  static_assert(requires(User& user, {} context) {{ {} }},\n                {});",
                     context, call, literal(message));
}

}  // namespace leasehold::fsm
