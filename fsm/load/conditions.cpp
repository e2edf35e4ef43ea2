#include "conditions.hpp"

#include "expressions.hpp"
#include "keys.hpp"

#include "../yaml/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace leasehold::fsm {

namespace {

using Test = decltype(Condition::test);

bool looks_like_name(std::string_view text) noexcept {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

void report_unknown_guard(Loading& loading, const yaml::Node& node, const std::string& name) {
  loading.diagnostics.error(errc::fsm_function, node.position, fmt::format("there is no guard '{}'", name),
                            suggest_name(name, loading.functions.guard_names()));
}

// The name of a guard if there is one, else jq.
std::optional<Test> read_text(Loading& loading, const Draft&, const yaml::Node& node) {
  if (node.is(yaml::Node::Kind::scalar)) {
    if (const Guard* guard = loading.functions.find_guard(node.text)) return GuardFunction{node.text, *guard};
    if (looks_like_name(node.text) && to_json(node, loading.diagnostics) == nlohmann::json(node.text)) {
      const auto report = [&loading, &node](const Error&) { report_unknown_guard(loading, node, node.text); };
      try {  // jq has words of its own: empty, not, keys
        return loading.jq.add(node.text, node.as_written(), report);
      } catch (const Error& error) {
        report(error);
        return std::nullopt;
      }
    }
  }
  auto program = read_jq(node, loading.jq, loading.diagnostics);
  return program ? std::optional<Test>(std::move(*program)) : std::nullopt;
}

std::optional<Test> read_jq_form(Loading& loading, const Draft&, const yaml::Node& node) {
  const Mapping mapping(node, keys::jq_condition, "a jq condition", loading.diagnostics);
  auto program = read_jq(*mapping.find("jq"), loading.jq, loading.diagnostics);
  return program ? std::optional<Test>(std::move(*program)) : std::nullopt;
}

std::optional<Test> read_in(Loading& loading, const Draft& draft, const yaml::Node& node) {
  const Mapping mapping(node, keys::in_condition, "an in condition", loading.diagnostics);
  const StateIndex state = draft.find_state(loading, *mapping.find("in"));
  if (state == none) return std::nullopt;
  return InState{draft.index, state};
}

std::optional<Test> read_not(Loading& loading, const Draft& draft, const yaml::Node& node) {
  const Mapping mapping(node, keys::not_condition, "a not condition", loading.diagnostics);
  auto operand = read_condition(loading, draft, *mapping.find("not"));
  if (!operand) return std::nullopt;
  Not negation;
  negation.operand.push_back(std::move(*operand));
  return negation;
}

template <class Many>
std::optional<Test> read_many(Loading& loading, const Draft& draft, const yaml::Node& node, Keys known,
                              std::string_view key) {
  const Mapping mapping(node, known, fmt::format("an {} condition", key), loading.diagnostics);
  const yaml::Node* operands = mapping.find(key);
  const std::vector<const yaml::Node*> items = one_or_many(operands);
  if (items.empty()) {
    loading.diagnostics.error(errc::config_value, operands->position,
                              fmt::format("'{}' needs conditions", key));
    return std::nullopt;
  }
  Many many;
  many.operands = read_conditions(loading, draft, operands);
  if (many.operands.size() != items.size()) return std::nullopt;
  return many;
}
std::optional<Test> read_all(Loading& loading, const Draft& draft, const yaml::Node& node) {
  return read_many<All>(loading, draft, node, keys::all_condition, "all");
}
std::optional<Test> read_any(Loading& loading, const Draft& draft, const yaml::Node& node) {
  return read_many<Any>(loading, draft, node, keys::any_condition, "any");
}

// {type: custom, name: g}, as the guides write it.
std::optional<Test> read_reference(Loading& loading, const Draft&, const yaml::Node& node) {
  const Mapping mapping(node, keys::named_function, "a guard", loading.diagnostics);
  const auto name = read_name(*mapping.find("name"), loading.diagnostics);
  if (!name) return std::nullopt;
  loading.diagnostics.note(node.position, "{type: ..., name: ...} is an older form of a guard",
                           fmt::format("write its name alone: {}", *name));
  if (const Guard* guard = loading.functions.find_guard(*name)) return GuardFunction{*name, *guard};
  report_unknown_guard(loading, node, *name);
  return std::nullopt;
}

struct TestForm {
  std::string_view key;
  std::optional<Test> (*read)(Loading&, const Draft&, const yaml::Node&);
};
constexpr TestForm test_forms[] = {{"jq", read_jq_form}, {"in", read_in},   {"not", read_not},
                                   {"all", read_all},    {"any", read_any}, {"name", read_reference}};

std::optional<Test> read_test(Loading& loading, const Draft& draft, const yaml::Node& node) {
  if (!node.is(yaml::Node::Kind::mapping)) return read_text(loading, draft, node);
  for (const TestForm& form : test_forms)
    if (node.find(form.key)) return form.read(loading, draft, node);
  const std::string first = node.entries.empty() ? "" : node.entries.front().key;
  loading.diagnostics.error(first.empty() ? errc::config_value : errc::config_unknown_key,
                            first.empty() ? node.position : node.entries.front().position,
                            "this is no condition",
                            first.empty() ? "write jq or the name of a guard"
                                          : suggest_name(first, {"jq", "in", "not", "all", "any"}));
  return std::nullopt;
}

// The condition as the document has it, for messages and pictures: without what came from the environment.
nlohmann::json written(const yaml::Node& node) {
  nlohmann::json json;
  for (const yaml::Entry& entry : node.entries) json[entry.key] = written(*entry.value);
  for (const yaml::Node* item : node.items) json.push_back(written(*item));
  if (!json.is_null()) return json;
  return node.written ? nlohmann::json(*node.written) : yaml::resolve(node).value;
}

std::string text_of(const yaml::Node& node) {
  if (node.is(yaml::Node::Kind::scalar)) return node.as_written();
  for (const char* key : {"jq", "name"})
    if (const yaml::Node* inside = node.find(key); inside && inside->is(yaml::Node::Kind::scalar))
      return inside->as_written();
  return written(node).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::optional<Condition> read_condition(Loading& loading, const Draft& draft, const yaml::Node& node) {
  auto test = read_test(loading, draft, node);
  if (!test) return std::nullopt;
  return Condition{std::move(*test), node.position, text_of(node)};
}

std::vector<Condition> read_conditions(Loading& loading, const Draft& draft, const yaml::Node* node) {
  std::vector<Condition> conditions;
  for (const yaml::Node* item : one_or_many(node))
    if (auto condition = read_condition(loading, draft, *item)) conditions.push_back(std::move(*condition));
  return conditions;
}

}  // namespace leasehold::fsm
