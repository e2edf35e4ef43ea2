#include "steps.hpp"

#include "expressions.hpp"
#include "keys.hpp"
#include "schema.hpp"

#include <fmt/format.h>

namespace leasehold::fsm {

namespace {

using What = decltype(Step::what);
using nlohmann::json;

std::optional<What> read_named(Loading& loading, const yaml::Node& node, const ResourceScope& scope) {
  const auto name = read_name(node, loading.diagnostics);
  if (!name) return std::nullopt;
  if (const Action* action = loading.functions.find_action(*name)) return CallFunction{*name, *action};
  std::string hint = suggest_name(*name, loading.functions.action_names());
  if (name->starts_with('.')) {
    hint = "to run jq write {jq: ...}";
  } else if (scope.find(name->substr(0, name->rfind('.'))) && name->find('.') != std::string::npos) {
    hint = fmt::format("to call an operation write {{call: {}}}", *name);
  } else if (hint.empty()) {
    hint = "register it before loading: functions.action(name, function)";
  }
  loading.diagnostics.error(errc::fsm_function, node.position,
                            fmt::format("there is no function '{}'", *name), std::move(hint));
  return std::nullopt;
}

// Unknown and missing arguments by name, wrong ones by the schema.
bool check_arguments(Loading& loading, const std::string& call, const Operation& operation,
                     const json& arguments, const yaml::Node& where) {
  Diagnostics& diagnostics = loading.diagnostics;
  if (arguments.is_string() && arguments.get_ref<const std::string&>().starts_with("${{")) return true;
  if (!arguments.is_object()) {
    diagnostics.error(
        errc::fsm_argument, where.position,
        fmt::format("the arguments of '{}' are a mapping, not {}", call, yaml::kind_name(where.kind)));
    return false;
  }
  const json& schema = operation.arguments;
  const json properties = schema.is_object() ? schema.value("properties", json::object()) : json::object();
  std::vector<std::string> known;
  for (const auto& [key, property] : properties.items()) known.push_back(key);
  bool good = true;
  if (schema.is_object() && schema.value("additionalProperties", json(true)) == false) {
    for (const auto& [key, value] : arguments.items()) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      good = false;
      diagnostics.error(errc::fsm_argument, yaml::locate(where, pointer_join("", key), true),
                        fmt::format("'{}' takes no argument '{}'", call, key), suggest_name(key, known));
    }
  }
  if (schema.is_object() && schema.contains("required")) {
    for (const std::string key : schema["required"]) {
      if (arguments.contains(key)) continue;
      good = false;
      const std::string meaning = properties.value(key, json::object()).value("description", "");
      diagnostics.error(errc::fsm_argument, where.position,
                        fmt::format("'{}' needs the argument '{}'", call, key),
                        "add it under with" + (meaning.empty() ? "" : ": " + meaning));
    }
  }
  if (!good) return false;
  for (const Mismatch& mismatch : check_schema(schema, arguments, Texts::templates)) {
    good = false;
    const std::string argument = mismatch.pointer.empty() ? "" : mismatch.pointer.substr(1);
    diagnostics.error(errc::fsm_argument, yaml::locate(where, mismatch.pointer),
                      argument.empty()
                          ? fmt::format("the arguments of '{}': the mapping {}", call, mismatch.message)
                          : fmt::format("the argument '{}' of '{}' {}", argument, call, mismatch.message));
  }
  return good;
}

std::optional<What> read_call(Loading& loading, const yaml::Node& node, const ResourceScope& scope) {
  Diagnostics& diagnostics = loading.diagnostics;
  const Mapping mapping(node, keys::call, "a call", diagnostics);
  const yaml::Node& target = *mapping.find("call");
  const auto into = read_path(mapping.find("into"), diagnostics);
  std::optional<Template> arguments = Template();
  if (const yaml::Node* with = mapping.find("with"))
    arguments = read_template(*with, loading.jq, diagnostics);
  const auto text = read_name(target, diagnostics);
  if (!text) return std::nullopt;

  const std::size_t dot = text->rfind('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == text->size()) {
    diagnostics.error(errc::fsm_operation, target.position,
                      fmt::format("'{}' names no operation of a resource", *text),
                      "write resource.operation, as in db.query");
    return std::nullopt;
  }
  const std::string name = text->substr(0, dot), operation_name = text->substr(dot + 1);
  const ResourceRequirement* requirement = scope.find(name);
  if (!requirement) {
    const bool exists = loading.find_resource(name) != nullptr;
    diagnostics.error(errc::fsm_resource, target.position,
                      exists ? fmt::format("the resource '{}' is not leased here", name)
                             : fmt::format("there is no resource '{}'", name),
                      exists ? fmt::format("add it to the resources of the state: resources: [{}]", name)
                             : suggest_name(name, scope.names()));
    return std::nullopt;
  }
  const ResourceTable::Known* known = loading.find_resource(requirement->name);
  if (known && known->provider) {
    const Operations* operations = nullptr;
    try {
      operations = &operations_of(*known->provider, requirement->name);
    } catch (const Error& error) {
      diagnostics.error(error.reason(), target.position, error.message(), error.hint());
      return std::nullopt;
    }
    const Operation* operation = operations->find(operation_name);
    if (!operation) {
      std::vector<std::string> names;
      for (const auto& [one, described] : *operations) names.push_back(one);
      diagnostics.error(
          errc::fsm_operation, target.position,
          fmt::format("the resource '{}' has no operation '{}'", name, operation_name),
          names.empty() ? "its kind of resource has none" : suggest_name(operation_name, names));
      return std::nullopt;
    }
    const yaml::Node* with = mapping.find("with");
    if (arguments && !check_arguments(loading, *text, *operation, arguments->source(), with ? *with : node))
      return std::nullopt;
  }
  if (!arguments) return std::nullopt;
  return CallOperation{name, operation_name, std::move(*arguments), into};
}

std::optional<What> read_transform(Loading& loading, const yaml::Node& node, const ResourceScope&) {
  const Mapping mapping(node, keys::jq, "a jq function", loading.diagnostics);
  const auto into = read_path(mapping.find("into"), loading.diagnostics);
  auto program = read_jq(*mapping.find("jq"), loading.jq, loading.diagnostics);
  if (!program) return std::nullopt;
  return Transform{std::move(*program), into};
}

std::optional<Template> read_data(Loading& loading, const Mapping& mapping) {
  const yaml::Node* data = mapping.find("data");
  return data ? read_template(*data, loading.jq, loading.diagnostics) : Template::parse(nullptr);
}

// Nothing could wait for an event with spaces in its name.
std::optional<std::string> read_event(const yaml::Node& node, Diagnostics& diagnostics) {
  auto name = read_name(node, diagnostics);
  if (!name || name->find(' ') == std::string::npos) return name;
  diagnostics.error(errc::config_value, node.position,
                    fmt::format("the event '{}' has spaces in its name", *name),
                    "write . or _ between words");
  return std::nullopt;
}

std::optional<What> read_raise(Loading& loading, const yaml::Node& node, const ResourceScope&) {
  const Mapping mapping(node, keys::raise, "a raise", loading.diagnostics);
  const auto event = read_event(*mapping.find("raise"), loading.diagnostics);
  auto data = read_data(loading, mapping);
  if (!event || !data) return std::nullopt;
  return Raise{*event, std::move(*data)};
}

// A text, perhaps with ${{ }}.
std::optional<Template> read_id(Loading& loading, const yaml::Node* node) {
  if (!node) return Template::parse("");
  if (is_letter(*node)) return Template::parse(node->text);
  if (!read_value<std::string>(*node, loading.diagnostics)) return std::nullopt;
  return read_template(*node, loading.jq, loading.diagnostics);
}

std::optional<What> read_send(Loading& loading, const yaml::Node& node, const ResourceScope&) {
  const Mapping mapping(node, keys::send, "a send", loading.diagnostics);
  const auto event = read_event(*mapping.find("send"), loading.diagnostics);
  auto data = read_data(loading, mapping);
  Send send;
  auto id = read_id(loading, mapping.find("id"));
  const yaml::Node* const after = mapping.find("after");
  if (after && after->is(yaml::Node::Kind::scalar) && after->text.starts_with("${{"))
    send.computed_after = read_template(*after, loading.jq, loading.diagnostics);
  else
    mapping.read("after", send.after);
  if (!event || !data || !id) return std::nullopt;
  send.id = std::move(*id);
  send.event = *event;
  send.data = std::move(*data);
  return send;
}

std::optional<What> read_cancel(Loading& loading, const yaml::Node& node, const ResourceScope&) {
  const Mapping mapping(node, keys::cancel, "a cancel", loading.diagnostics);
  auto id = read_name(*mapping.find("cancel"), loading.diagnostics) ? read_id(loading, mapping.find("cancel"))
                                                                    : std::nullopt;
  if (!id) return std::nullopt;
  return Cancel{std::move(*id)};
}

// {type: custom, name: f}, as the guides write it.
std::optional<What> read_reference(Loading& loading, const yaml::Node& node, const ResourceScope& scope) {
  const Mapping mapping(node, keys::named_function, "a function", loading.diagnostics);
  const yaml::Node& name = *mapping.find("name");
  loading.diagnostics.note(node.position, "{type: ..., name: ...} is an older form of a function",
                           fmt::format("write its name alone: {}", name.text));
  return read_named(loading, name, scope);
}

struct StepForm {
  std::string_view key;
  std::optional<What> (*read)(Loading&, const yaml::Node&, const ResourceScope&);
};
constexpr StepForm step_forms[] = {{"call", read_call}, {"jq", read_transform},  {"raise", read_raise},
                                   {"send", read_send}, {"cancel", read_cancel}, {"name", read_reference}};

std::optional<What> read_step(Loading& loading, const yaml::Node& node, const ResourceScope& scope) {
  if (node.is(yaml::Node::Kind::scalar)) return read_named(loading, node, scope);
  for (const StepForm& form : step_forms)
    if (node.find(form.key)) return form.read(loading, node, scope);
  const std::string first = node.entries.empty() ? "" : node.entries.front().key;
  loading.diagnostics.error(
      node.is(yaml::Node::Kind::mapping) && !first.empty() ? errc::config_unknown_key : errc::config_value,
      node.entries.empty() ? node.position : node.entries.front().position, "this is no function",
      first.empty() ? "write the name of a registered one, {call: ...}, {jq: ...}, {raise: ...}, {send: ...} "
                      "or {cancel: ...}"
                    : suggest_name(first, {"call", "jq", "raise", "send", "cancel"}));
  return std::nullopt;
}

}  // namespace

Steps read_steps(Loading& loading, const yaml::Node* node, const ResourceScope& scope) {
  Steps steps;
  for (const yaml::Node* item : one_or_many(node))
    if (auto what = read_step(loading, *item, scope)) steps.push_back({std::move(*what), item->position});
  return steps;
}

}  // namespace leasehold::fsm
