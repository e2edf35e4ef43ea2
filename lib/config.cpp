#include <leasehold/config.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace leasehold {

namespace {

// Optimal string alignment: edits and swaps of neighbours, which is how people mistype.
std::size_t typing_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

// What a name says whatever its case, its separators and its number: "maxRetries" and "max_retry" say the
// same.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name)
    if (c != '_' && c != '-') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (plain.size() > 4 && plain.ends_with("ies")) {
    plain.replace(plain.size() - 3, 3, "y");
  } else if (plain.size() > 3 && plain.ends_with('s') && !plain.ends_with("ss")) {
    plain.pop_back();
  }
  return plain;
}

// Whether `part` is the first or the last words of `name`, as "retry" and "delay" are of "retry_delay".
bool has_words(std::string_view name, std::string_view part) {
  if (part.empty() || part.size() >= name.size()) return false;
  return (name.starts_with(part) && name[part.size()] == '_') ||
         (name.ends_with(part) && name[name.size() - part.size() - 1] == '_');
}

// The only candidate that has the word as its beginning ("cond" of "condition") or among its words, or that
// is among the words of it.
std::string only_related_name(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t telling = 4;  // characters
  std::string related;
  for (const std::string& candidate : candidates) {
    if (std::min(word.size(), candidate.size()) < telling) continue;
    if (!candidate.starts_with(word) && !has_words(candidate, word) && !has_words(word, candidate)) continue;
    if (!related.empty() && related != candidate) return "";
    related = candidate;
  }
  return related;
}

std::string shown(const nlohmann::json& value) {
  std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > 40) text = text.substr(0, 37) + "...";
  return text;
}

}  // namespace

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest = 64;  // longer words are not typing errors, and the distance is quadratic
  if (word.size() > longest) return "";
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  const std::string plain = plain_name(word);
  for (const std::string& candidate : candidates) {
    if (candidate.size() > longest) continue;
    const std::size_t distance = plain_name(candidate) == plain ? 0 : typing_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best.empty() ? only_related_name(word, candidates) : best;
}

std::string suggest_name(std::string_view word, const std::vector<std::string>& candidates) {
  if (const std::string near = nearest_name(word, candidates); !near.empty())
    return fmt::format("did you mean '{}'?", near);
  if (candidates.empty()) return "";
  constexpr std::size_t most = 20;
  std::string known;
  for (std::size_t i = 0; i < std::min(candidates.size(), most); ++i)
    known += (known.empty() ? "" : ", ") + candidates[i];
  return "known: " + known + (candidates.size() > most ? ", ..." : "");
}

std::string pointer_join(std::string_view pointer, std::string_view token) {
  std::string joined(pointer);
  joined += '/';
  for (const char c : token) {
    if (c == '~') {
      joined += "~0";
    } else if (c == '/') {
      joined += "~1";
    } else {
      joined += c;
    }
  }
  return joined;
}

std::string pointer_join(std::string_view pointer, std::size_t index) {
  return fmt::format("{}/{}", pointer, index);
}

namespace detail {

namespace {

bool refuse_type(const FieldInput& in, std::string_view wanted, std::string hint = {}) {
  in.refuse(errc::config_value, fmt::format("{} is needed here, not {}", wanted, shown(in.value)),
            std::move(hint));
  return false;
}

template <class T>
bool read_integer(const FieldInput& in, T& out, std::string_view wanted) {
  if (!in.value.is_number_integer()) return refuse_type(in, wanted);
  if (in.value.is_number_unsigned()) {
    const auto number = in.value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return refuse_type(in, wanted);
    out = static_cast<T>(number);
    return true;
  }
  const auto number = in.value.get<std::int64_t>();
  if (std::is_unsigned_v<T> ? number < 0
                            : (number < static_cast<std::int64_t>(std::numeric_limits<T>::min()) ||
                               number > static_cast<std::int64_t>(std::numeric_limits<T>::max())))
    return refuse_type(in, wanted);
  out = static_cast<T>(number);
  return true;
}

constexpr std::string_view duration_hint = "write a number with its unit: 250ms, 5s, 1.5m, 2h";

}  // namespace

bool read_field(const FieldInput& in, bool& out) {
  if (!in.value.is_boolean()) return refuse_type(in, "true or false");
  out = in.value.get<bool>();
  return true;
}

bool read_field(const FieldInput& in, std::int64_t& out) {
  return read_integer(in, out, "a whole number");
}
bool read_field(const FieldInput& in, std::size_t& out) {
  return read_integer(in, out, "a whole number from 0 up");
}
bool read_field(const FieldInput& in, int& out) {
  return read_integer(in, out, "a whole number");
}

bool read_field(const FieldInput& in, double& out) {
  if (!in.value.is_number()) return refuse_type(in, "a number");
  out = in.value.get<double>();
  return true;
}

bool read_field(const FieldInput& in, std::string& out) {
  if (!in.value.is_string())
    return refuse_type(in, "text", in.value.is_structured() ? "" : "put it in quotes");
  out = in.value.get<std::string>();
  return true;
}

bool read_field(const FieldInput& in, Secret& out) {
  if (!in.value.is_string()) {
    in.refuse(errc::config_value, "text is needed here (the value is not shown: it is a secret)",
              "put it in quotes");
    return false;
  }
  out = Secret(in.value.get<std::string>());
  return true;
}

bool read_field(const FieldInput& in, Duration& out) {
  if (in.value == 0) {
    out = Duration::zero();
    return true;
  }
  const auto parsed = in.value.is_string() ? parse_duration(in.value.get<std::string>()) : std::nullopt;
  if (!parsed) return refuse_type(in, "a duration", std::string(duration_hint));
  out = *parsed;
  return true;
}

bool read_field(const FieldInput& in, std::optional<Duration>& out) {
  if (in.value == "off") {
    out = std::nullopt;
    return true;
  }
  const auto parsed = in.value.is_string() ? parse_duration(in.value.get<std::string>()) : std::nullopt;
  if (!parsed || *parsed == Duration::zero())
    return refuse_type(in, "a duration above zero or off", std::string(duration_hint));
  out = parsed;
  return true;
}

bool read_field(const FieldInput& in, std::optional<std::size_t>& out) {
  if (in.value == "off") {
    out = std::nullopt;
    return true;
  }
  std::size_t count = 0;
  if (!read_integer(in, count, "a whole number from 0 up, or off")) return false;
  out = count;
  return true;
}

bool read_field(const FieldInput& in, std::optional<double>& out) {
  if (in.value == "off") {
    out = std::nullopt;
    return true;
  }
  if (!in.value.is_number()) return refuse_type(in, "a number or off");
  out = in.value.get<double>();
  return true;
}

bool read_field(const FieldInput& in, std::optional<std::string>& out) {
  std::string text;
  if (!read_field(in, text)) return false;
  out = std::move(text);
  return true;
}

bool read_field(const FieldInput& in, std::vector<std::string>& out) {
  if (!in.value.is_array()) return refuse_type(in, "a list of texts");
  std::vector<std::string> all(in.value.size());
  bool good = true;
  for (std::size_t i = 0; i < in.value.size(); ++i)
    good = read_field({in.value[i], pointer_join(in.pointer, i), in.issues}, all[i]) && good;
  if (good) out = std::move(all);
  return good;
}

bool read_field(const FieldInput& in, std::map<std::string, std::string>& out) {
  if (!in.value.is_object()) return refuse_type(in, "a mapping of texts");
  std::map<std::string, std::string> all;
  bool good = true;
  for (const auto& [key, value] : in.value.items())
    good = read_field({value, pointer_join(in.pointer, key), in.issues}, all[key]) && good;
  if (good) out = std::move(all);
  return good;
}

bool read_field(const FieldInput& in, nlohmann::json& out) {
  out = in.value;
  return true;
}

namespace {
constexpr const char* duration_pattern = R"(^([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d)|0)$)";
}

nlohmann::json field_schema(const bool*) {
  return {{"type", "boolean"}};
}
nlohmann::json field_schema(const std::int64_t*) {
  return {{"type", "integer"}};
}
nlohmann::json field_schema(const std::size_t*) {
  return {{"type", "integer"}, {"minimum", 0}};
}
nlohmann::json field_schema(const int*) {
  return {{"type", "integer"}};
}
nlohmann::json field_schema(const double*) {
  return {{"type", "number"}};
}
nlohmann::json field_schema(const std::string*) {
  return {{"type", "string"}};
}
nlohmann::json field_schema(const Secret*) {
  return {{"type", "string"}};
}
nlohmann::json field_schema(const Duration*) {
  return {{"anyOf", {{{"type", "string"}, {"pattern", duration_pattern}}, {{"const", 0}}}}};
}
nlohmann::json field_schema(const std::optional<Duration>*) {
  return {{"anyOf", {{{"type", "string"}, {"pattern", duration_pattern}}, {{"const", "off"}}}}};
}
nlohmann::json field_schema(const std::optional<std::size_t>*) {
  return {{"anyOf", {{{"type", "integer"}, {"minimum", 0}}, {{"const", "off"}}}}};
}
nlohmann::json field_schema(const std::optional<double>*) {
  return {{"anyOf", {{{"type", "number"}}, {{"const", "off"}}}}};
}
nlohmann::json field_schema(const std::optional<std::string>*) {
  return {{"type", "string"}};
}
nlohmann::json field_schema(const std::vector<std::string>*) {
  return {{"type", "array"}, {"items", {{"type", "string"}}}};
}
nlohmann::json field_schema(const std::map<std::string, std::string>*) {
  return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
}
nlohmann::json field_schema(const nlohmann::json*) {
  return nlohmann::json::object();
}

nlohmann::json write_field(bool value) {
  return value;
}
nlohmann::json write_field(std::int64_t value) {
  return value;
}
nlohmann::json write_field(std::size_t value) {
  return value;
}
nlohmann::json write_field(int value) {
  return value;
}
nlohmann::json write_field(double value) {
  return value;
}
nlohmann::json write_field(const std::string& value) {
  return value;
}
nlohmann::json write_field(const Secret& value) {
  return value.empty() ? "" : std::string(redacted);
}
nlohmann::json write_field(Duration value) {
  return value == Duration::zero() ? nlohmann::json(0) : nlohmann::json(format_duration(value));
}
nlohmann::json write_field(const std::optional<Duration>& value) {
  return value ? write_field(*value) : nlohmann::json("off");
}
nlohmann::json write_field(const std::optional<std::size_t>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json("off");
}
nlohmann::json write_field(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json("off");
}
nlohmann::json write_field(const std::optional<std::string>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}
nlohmann::json write_field(const std::vector<std::string>& value) {
  return value;
}
nlohmann::json write_field(const std::map<std::string, std::string>& value) {
  return value;
}
nlohmann::json write_field(const nlohmann::json& value) {
  return value;
}

void refuse_unknown_keys(const nlohmann::json& object, const std::string& pointer,
                         const std::vector<std::string>& known, std::vector<ConfigIssue>& issues) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    issues.push_back({errc::config_unknown_key, pointer_join(pointer, key),
                      fmt::format("unknown key '{}'", key), suggest_name(key, known), true});
  }
}

}  // namespace detail

}  // namespace leasehold
