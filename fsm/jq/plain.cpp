#include "jq/plain.hpp"

#include "jq/words.hpp"
#include "utf8.hpp"

#include <leasehold/error.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace leasehold::fsm::jq {

namespace {

using Json = nlohmann::json;

const Json null_value;

void skip_space(std::string_view& text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  text.remove_prefix(start == std::string_view::npos ? text.size() : start);
}

bool take(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

std::optional<std::string> take_text(std::string_view& text) {
  if (text.empty() || text[0] != '"') return std::nullopt;
  std::size_t end = 1;
  while (end < text.size() && text[end] != '"') {
    if (text[end] == '\\' && end + 1 < text.size() && text[end + 1] == '(') return std::nullopt;
    end += text[end] == '\\' ? 2 : 1;
  }
  if (end >= text.size()) return std::nullopt;
  const Json value = Json::parse(text.substr(0, end + 1), nullptr, false);
  if (!value.is_string()) return std::nullopt;
  text.remove_prefix(end + 1);
  return value.get<std::string>();
}

std::optional<std::int64_t> take_index(std::string_view& text) {
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || std::abs(number) > 1'000'000'000) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return number;
}

// .name, ."name" without the dot's check, or [..]
std::optional<PathStep> take_bracket(std::string_view& text) {
  skip_space(text);
  std::optional<PathStep> step;
  if (auto name = take_text(text))
    step = std::move(*name);
  else if (const auto index = take_index(text))
    step = *index;
  skip_space(text);
  if (!step || !take(text, "]")) return std::nullopt;
  return step;
}

std::string_view take_word(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && in_word(text[size])) ++size;
  const std::string_view word = text.substr(0, size);
  text.remove_prefix(size);
  return word;
}

std::optional<Json> take_literal(std::string_view& text) {
  if (auto string = take_text(text)) return Json(std::move(*string));
  if (!text.empty() && starts_word(text[0])) {
    const std::string_view word = take_word(text);
    if (word == "true") return Json(true);
    if (word == "false") return Json(false);
    if (word == "null") return Json(nullptr);
    return std::nullopt;
  }
  std::size_t size = 0;
  while (size < text.size() && (is_digit(text[size]) || text[size] == '.' || text[size] == '-')) ++size;
  if (size == 0 || size > 15 || (size < text.size() && in_word(text[size]))) return std::nullopt;
  Json number = Json::parse(text.substr(0, size), nullptr, false);
  if (!number.is_number()) return std::nullopt;
  if (number.is_number_float() && number.get<double>() == std::trunc(number.get<double>()))
    number = static_cast<std::int64_t>(number.get<double>());
  text.remove_prefix(size);
  return number;
}

std::string_view kind_name(const Json& value) {
  return value.is_discarded() || value.is_binary() ? "binary" : std::string_view(value.type_name());
}

[[noreturn]] void throw_cannot_index(const Json& value, const PathStep& step) {
  const std::string by = std::holds_alternative<std::string>(step)
                             ? fmt::format("\"{}\"", std::get<std::string>(step))
                             : std::string("number");
  throw_error(errc::fsm_expression, fmt::format("cannot index {} with {}", kind_name(value), by));
}

const Json& follow_one(const Json& value, const PathStep& step) {
  if (value.is_null()) return null_value;
  if (const auto* key = std::get_if<std::string>(&step)) {
    if (!value.is_object()) throw_cannot_index(value, step);
    const auto found = value.find(*key);
    return found == value.end() ? null_value : *found;
  }
  if (!value.is_array()) throw_cannot_index(value, step);
  const auto size = static_cast<std::int64_t>(value.size());
  std::int64_t index = std::get<std::int64_t>(step);
  if (index < 0) index += size;
  return index < 0 || index >= size ? null_value : value[static_cast<std::size_t>(index)];
}

int rank(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return 0;
    case Json::value_t::boolean:
      return value.get<bool>() ? 2 : 1;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return 3;
    case Json::value_t::string:
      return 4;
    case Json::value_t::array:
      return 5;
    default:
      return 6;
  }
}

// Wide enough for every 64-bit integer and every double.
long double number_of(const Json& value) {
  if (value.is_number_unsigned()) return static_cast<long double>(value.get<std::uint64_t>());
  if (value.is_number_integer()) return static_cast<long double>(value.get<std::int64_t>());
  const double number = value.get<double>();
  if (!std::isfinite(number))
    throw_error(errc::json_number_range, "a number that is not finite cannot be compared");
  return number;
}

std::size_t code_points(const std::string& text) {
  std::size_t count = 0;
  for (const char c : text) count += !continues_character(c);
  return count;
}

Json length_of(const Json& value) {
  switch (rank(value)) {
    case 0:
      return 0;
    case 3:
      if (value.is_number_unsigned()) return value;
      if (value.is_number_integer() && value.get<std::int64_t>() != std::numeric_limits<std::int64_t>::min())
        return std::abs(value.get<std::int64_t>());
      return std::fabs(value.get<double>());
    case 4:
      return code_points(value.get_ref<const std::string&>());
    case 5:
    case 6:
      return value.size();
    default:
      throw_error(errc::fsm_expression, "boolean has no length");
  }
}

}  // namespace

std::optional<std::vector<PathStep>> take_path(std::string_view& text) {
  std::string_view rest = text;
  std::vector<PathStep> path;
  if (!rest.starts_with('.')) return std::nullopt;
  if (rest.size() > 1 && (rest[1] == '.' || is_digit(rest[1]))) return std::nullopt;
  while (!rest.empty() && (rest[0] == '.' || (rest[0] == '[' && !path.empty()))) {
    std::string_view ahead = rest;
    const bool dot = take(ahead, ".");
    std::optional<PathStep> step;
    if (!ahead.empty() && dot && starts_word(ahead[0]))
      step = std::string(take_word(ahead));
    else if (!ahead.empty() && dot && ahead[0] == '"')
      step = take_text(ahead);
    else if (!(dot && !path.empty()) && take(ahead, "["))  // .[0] and .a[0], but jq 1.6 has no .a.[0]
      step = take_bracket(ahead);
    else if (path.empty() && dot) {  // "." alone
      rest = ahead;
      break;
    }
    if (!step) return std::nullopt;
    path.push_back(std::move(*step));
    rest = ahead;
  }
  text = rest;
  return path;
}

const Json& follow(const std::vector<PathStep>& path, const Json& data) {
  const Json* value = &data;
  for (const PathStep& step : path) value = &follow_one(*value, step);
  return *value;
}

int compare(const Json& a, const Json& b) {
  const int rank_a = rank(a);
  const int rank_b = rank(b);
  if (rank_a != rank_b) return rank_a < rank_b ? -1 : 1;
  if (rank_a == 3) {
    const long double x = number_of(a);
    const long double y = number_of(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (rank_a == 4) return a.get_ref<const std::string&>().compare(b.get_ref<const std::string&>());
  return 0;
}

std::optional<PlainProgram> PlainProgram::parse(std::string_view source) {
  PlainProgram program;
  skip_space(source);
  if (auto path = take_path(source)) {
    program.path_ = std::move(*path);
    skip_space(source);
    if (source.starts_with('|')) {
      source.remove_prefix(1);
      skip_space(source);
      if (take_word(source) != "length") return std::nullopt;
      program.length_ = true;
      skip_space(source);
    }
    if (source.empty()) return program;
    static constexpr std::pair<std::string_view, Comparison> comparisons[] = {
        {"==", Comparison::equal},         {"!=", Comparison::unequal}, {"<=", Comparison::less_equal},
        {">=", Comparison::greater_equal}, {"<", Comparison::less},     {">", Comparison::greater}};
    for (const auto& [sign, comparison] : comparisons)
      if (program.comparison_ == Comparison::none && take(source, sign)) program.comparison_ = comparison;
    if (program.comparison_ == Comparison::none) return std::nullopt;
    skip_space(source);
  } else {
    program.constant_ = true;
  }
  auto literal = take_literal(source);
  skip_space(source);
  if (!literal || !source.empty()) return std::nullopt;
  program.literal_ = std::move(*literal);
  return program;
}

const Json& PlainProgram::found(const Json& data) const {
  return constant_ ? literal_ : follow(path_, data);
}

bool PlainProgram::holds(const Json& value) const {
  switch (comparison_) {
    case Comparison::equal:
      return compare(value, literal_) == 0;
    case Comparison::unequal:
      return compare(value, literal_) != 0;
    case Comparison::less:
      return compare(value, literal_) < 0;
    case Comparison::less_equal:
      return compare(value, literal_) <= 0;
    case Comparison::greater:
      return compare(value, literal_) > 0;
    case Comparison::greater_equal:
      return compare(value, literal_) >= 0;
    case Comparison::none:
      break;
  }
  return !value.is_null() && !(value.is_boolean() && !value.get<bool>());
}

Json PlainProgram::run(const Json& data) const {
  const Json& value = found(data);
  if (comparison_ != Comparison::none) return holds(length_ ? length_of(value) : value);
  return length_ ? length_of(value) : value;
}

bool PlainProgram::test(const Json& data) const {
  const Json& value = found(data);
  return length_ ? holds(length_of(value)) : holds(value);
}

PathPrefix split_path_prefix(std::string_view source) {
  std::string_view rest = source;
  skip_space(rest);
  auto path = take_path(rest);
  skip_space(rest);
  if (!path || path->empty() || !rest.starts_with('|') || rest.starts_with("|=")) return {{}, source};
  return {std::move(*path), rest.substr(1)};
}

}  // namespace leasehold::fsm::jq
