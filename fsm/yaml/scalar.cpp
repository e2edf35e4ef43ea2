#include "scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace leasehold::fsm::yaml {

namespace {

bool digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::string_view without_sign(std::string_view text) noexcept {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text;
}

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), digit);
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool looks_like_float(std::string_view text) noexcept {
  text = without_sign(text);
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    if (!all_digits(without_sign(text.substr(exponent + 1)))) return false;
    text = text.substr(0, exponent);
  }
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return all_digits(text);
  const std::string_view whole = text.substr(0, dot), fraction = text.substr(dot + 1);
  return whole.empty() ? all_digits(fraction)
                       : all_digits(whole) && (fraction.empty() || all_digits(fraction));
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// 1_000, 1_000.5
bool grouped_number(std::string_view text) noexcept {
  if (text.empty() || !digit(text.front()) || text.find('_') == std::string_view::npos) return false;
  return text.find_first_not_of("0123456789_.") == std::string_view::npos &&
         std::count(text.begin(), text.end(), '.') <= 1;
}

// 12:30, 1:02:03.5
bool base_60(std::string_view text) noexcept {
  std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !all_digits(text.substr(0, colon))) return false;
  while (colon != std::string_view::npos) {
    text.remove_prefix(colon + 1);
    colon = text.find(':');
    std::string_view part = text.substr(0, colon);
    if (colon == std::string_view::npos) part = part.substr(0, part.find('.'));
    if (!all_digits(part) || part.size() > 2 || (part.size() == 2 && part[0] > '5')) return false;
  }
  const std::size_t dot = text.find('.');
  return dot == std::string_view::npos || dot + 1 == text.size() || all_digits(text.substr(dot + 1));
}

// What YAML 1.1 takes for something else than YAML 1.2 does.
std::optional<std::string> ambiguity(std::string_view text) {
  constexpr std::array words = {"yes", "no", "on", "off", "y", "n"};
  const std::string word = lower(text);
  if (std::find(words.begin(), words.end(), word) != words.end())
    return "write true or false, or put it in quotes if text is meant";
  const std::string_view number = without_sign(text);
  if (number.size() > 1 && number[0] == '0' && all_digits(number))
    return "write the number without leading zeros, or put it in quotes if text is meant";
  if (number.size() > 2 && number[0] == '0' && (number[1] == 'o' || number[1] == 'b') &&
      all_digits(number.substr(2)))
    return "write the number in decimals, or put it in quotes if text is meant";
  if (grouped_number(number) || base_60(number))
    return "put it in quotes if text is meant, or write a number without '_' and ':'";
  return std::nullopt;
}

template <class T>
std::optional<T> parse_whole(std::string_view text, int base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Scalar out_of_range(std::string_view text, std::string_view why) {
  return {nullptr, errc::json_number_range, fmt::format("{} {}", text, why),
          "put it in quotes if text is meant"};
}

Scalar whole_number(std::string_view text, int base) {
  const bool negative = text.starts_with('-');
  std::string digits(base == 16 ? text.substr(2) : without_sign(text));
  if (negative) {
    if (const auto value = parse_whole<std::int64_t>("-" + digits, base)) return {*value};
  } else if (const auto value = parse_whole<std::uint64_t>(digits, base)) {
    if (*value <= static_cast<std::uint64_t>(INT64_MAX)) return {static_cast<std::int64_t>(*value)};
    return {*value};
  }
  return out_of_range(text, "does not fit into 64 bits");
}

Scalar plain(std::string_view text) {
  for (const std::string_view word : {"true", "True", "TRUE"})
    if (text == word) return {true};
  for (const std::string_view word : {"false", "False", "FALSE"})
    if (text == word) return {false};
  for (const std::string_view word : {"null", "Null", "NULL", "~"})
    if (text == word) return {nullptr};
  if (const auto hint = ambiguity(text))
    return {std::string(text), errc::config_ambiguous_scalar,
            fmt::format("'{}' is read differently by different YAML readers", text), *hint};
  if (all_digits(without_sign(text))) return whole_number(text, 10);
  if (text.starts_with("0x") && text.size() > 2 &&
      text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos)
    return whole_number(text, 16);
  const std::string word = lower(without_sign(text));
  if (word == ".inf" || (word == ".nan" && text.size() == 4))
    return out_of_range(text, "is no number that JSON knows");
  if (looks_like_float(text)) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range || !std::isfinite(value))
      return out_of_range(text, "does not fit into a double");
    return {value};
  }
  return {std::string(text)};
}

}  // namespace

Scalar resolve(const Node& node) {
  if (node.kind == Node::Kind::null) return {nullptr};
  if (!node.plain || node.text.empty()) return {node.text};
  return plain(node.text);
}

}  // namespace leasehold::fsm::yaml
