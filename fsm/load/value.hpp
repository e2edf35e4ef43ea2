#pragma once

// Values of the document as JSON and as C++ types. What is not of the type is reported at its place.

#include "../diagnostics.hpp"
#include "../yaml/document.hpp"

#include <leasehold/config.hpp>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace leasehold::fsm {

// Whether plain `off` as the value of a key is the text "off", as knobs of resources take it, or ambiguous.
enum class Off { ambiguous, text };

// nullopt if a scalar in it is refused, which is reported.
std::optional<nlohmann::json> to_json(const yaml::Node& node, Diagnostics& diagnostics,
                                      Off off = Off::ambiguous);

// Reports what a reader found; the pointers lead from `node`.
void report_issues(const std::vector<ConfigIssue>& issues, const yaml::Node& node, Diagnostics& diagnostics);

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

// The value as a T, by the rules of configuration tables: durations "5s", counts from 0 up, ...
template <class T>
std::optional<T> read_value(const yaml::Node& node, Diagnostics& diagnostics) {
  const auto json = to_json(node, diagnostics, is_optional<T> ? Off::text : Off::ambiguous);
  if (!json) return std::nullopt;
  T value{};
  std::vector<ConfigIssue> issues;
  if (leasehold::detail::read_field({*json, "", issues}, value)) return value;
  report_issues(issues, node, diagnostics);
  return std::nullopt;
}

// Whether it is plain `y` or `n`, which is a letter where a name is meant.
bool is_letter(const yaml::Node& node) noexcept;

// A name: text that is not empty and has no control characters.
std::optional<std::string> read_name(const yaml::Node& node, Diagnostics& diagnostics);

// What stands between spaces; the text itself if nothing does.
std::vector<std::string> words(std::string_view text);

// A list's items; of anything else the thing itself; of null nothing.
std::vector<const yaml::Node*> one_or_many(const yaml::Node* node);

}  // namespace leasehold::fsm
