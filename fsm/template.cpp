#include "template.hpp"

#include "jq/plain.hpp"
#include "jq/vocabulary.hpp"

#include <leasehold/config.hpp>

#include <fmt/format.h>

namespace leasehold::fsm {

namespace {

constexpr std::string_view opening = "${{";
constexpr std::string_view closing = "}}";
constexpr std::size_t max_index = 1'000'000;

bool is_plain_key(std::string_view key) {
  if (key.empty() || (key[0] >= '0' && key[0] <= '9')) return false;
  for (const char c : key)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
      return false;
  return true;
}

std::string text_of(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

using Parts = std::vector<std::variant<std::string, JqProgram>>;

// Literal text and expressions in turn; no part is empty text.
Parts split(std::string_view text, const Template::Compile& compile, const std::string& pointer) {
  Parts parts;
  while (!text.empty()) {
    const std::size_t start = text.find(opening);
    if (start != 0) parts.emplace_back(std::string(text.substr(0, start)));
    if (start == std::string_view::npos) break;
    text.remove_prefix(start + opening.size());
    const std::size_t end = jq::find_expression_end(text);
    if (end == std::string_view::npos)
      throw_error(errc::fsm_expression, "'${{' is not closed", {.hint = "close the expression with '}}'"});
    std::string_view source = text.substr(0, end);
    const std::size_t first = source.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos)
      source = source.substr(first, source.find_last_not_of(" \t\r\n") + 1 - first);
    parts.emplace_back(compile(std::string(source), pointer));
    text.remove_prefix(end + closing.size());
  }
  return parts;
}

// Calls found(pointer, text) for every text that holds an expression.
template <class Found>
void visit_texts(const nlohmann::json& value, const std::string& pointer, std::vector<ConfigIssue>& issues,
                 const Found& found) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.find(opening) == std::string::npos) return;
    try {
      found(pointer, text);
    } catch (const Error& error) {
      issues.push_back({error.reason(), pointer, error.message(), error.hint(), false});
    }
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      const std::string at = pointer_join(pointer, key);
      if (key.find(opening) != std::string::npos)
        issues.push_back({errc::fsm_expression, at, "a key cannot hold an expression",
                          "build the object with one ${{ }} that makes all of it", true});
      visit_texts(member, at, issues, found);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      visit_texts(value[i], pointer_join(pointer, i), issues, found);
  }
}

}  // namespace

JqProgram Template::compile_now(std::string source, const std::string&) {
  return JqProgram::compile(std::move(source));
}

Template Template::parse(const nlohmann::json& value, const Compile& compile) {
  Template result;
  result.source_ = value;
  std::vector<ConfigIssue> issues;
  visit_texts(value, {}, issues, [&](const std::string& pointer, const std::string& text) {
    Expression expression{nlohmann::json::json_pointer(pointer), {}, false};
    for (auto& part : split(text, compile, pointer)) expression.parts.push_back({std::move(part)});
    expression.whole =
        expression.parts.size() == 1 && std::holds_alternative<JqProgram>(expression.parts[0].content);
    result.expressions_.push_back(std::move(expression));
  });
  if (!issues.empty()) throw ConfigError(std::move(issues));
  return result;
}

nlohmann::json Template::evaluate(const nlohmann::json& data, const nlohmann::json& event,
                                  const JqLimits& limits) const {
  const auto fill = [&](const Expression& expression) -> nlohmann::json {
    if (expression.whole) return std::get<JqProgram>(expression.parts[0].content).run(data, event, limits);
    std::string text;
    for (const Part& part : expression.parts) {
      const auto* program = std::get_if<JqProgram>(&part.content);
      text += program ? text_of(program->run(data, event, limits)) : std::get<std::string>(part.content);
    }
    return text;
  };
  if (expressions_.size() == 1 && expressions_[0].where.empty()) return fill(expressions_[0]);
  nlohmann::json result = source_;
  for (const Expression& expression : expressions_) result[expression.where] = fill(expression);
  return result;
}

DataPath DataPath::parse(std::string_view text) {
  std::string_view rest = text;
  const auto path = jq::take_path(rest);
  if (!path || !rest.empty())
    throw_error(errc::fsm_expression, fmt::format("'{}' is not a path into the data", text),
                {.hint = "write it as .name, .a.b or .list[0]"});
  DataPath result;
  for (const jq::PathStep& step : *path) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      result.steps_.emplace_back(*key);
      continue;
    }
    const std::int64_t index = std::get<std::int64_t>(step);
    if (index < 0 || static_cast<std::size_t>(index) > max_index)
      throw_error(errc::fsm_expression, fmt::format("the index {} of the path '{}' is not between 0 and {}",
                                                    index, text, max_index));
    result.steps_.emplace_back(static_cast<std::size_t>(index));
  }
  return result;
}

void DataPath::set(nlohmann::json& data, nlohmann::json value) const {
  // Nothing is made until it is sure that everything can be.
  const nlohmann::json* there = &data;
  for (const auto& step : steps_) {
    if (!there || there->is_null()) break;
    const auto* key = std::get_if<std::string>(&step);
    if (key ? !there->is_object() : !there->is_array())
      throw_error(
          errc::fsm_expression,
          fmt::format("the result cannot go into '{}': {} stands in the way", text(), there->type_name()),
          {.hint = "choose another place with 'into'"});
    if (key) {
      const auto found = there->find(*key);
      there = found == there->end() ? nullptr : &*found;
    } else {
      const auto index = std::get<std::size_t>(step);
      there = index < there->size() ? &(*there)[index] : nullptr;
    }
  }
  nlohmann::json* place = &data;
  for (const auto& step : steps_) {
    if (const auto* key = std::get_if<std::string>(&step))
      place = &(*place)[*key];
    else
      place = &(*place)[std::get<std::size_t>(step)];
  }
  *place = std::move(value);
}

const nlohmann::json* DataPath::find(const nlohmann::json& data) const noexcept {
  const nlohmann::json* at = &data;
  for (const auto& step : steps_) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      if (!at->is_object()) return nullptr;
      const auto found = at->find(*key);
      if (found == at->end()) return nullptr;
      at = &*found;
    } else {
      const auto index = std::get<std::size_t>(step);
      if (!at->is_array() || index >= at->size()) return nullptr;
      at = &(*at)[index];
    }
  }
  return at;
}

std::string DataPath::text() const {
  if (steps_.empty()) return ".";
  std::string text;
  for (const auto& step : steps_) {
    if (const auto* key = std::get_if<std::string>(&step))
      text += is_plain_key(*key) ? "." + *key : "." + nlohmann::json(*key).dump();
    else
      text += fmt::format("{}[{}]", text.empty() ? "." : "", std::get<std::size_t>(step));
  }
  return text;
}

}  // namespace leasehold::fsm
