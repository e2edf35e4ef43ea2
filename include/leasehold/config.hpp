#pragma once

// Configuration read against a table of fields. Each options struct has one table beside it; the table is the
// only place that knows a key, so the reader, the JSON Schema and the documentation cannot differ.
//
//   struct RedisOptions { std::string host = "localhost"; Duration timeout = 5s; Secret password; };
//   const Fields<RedisOptions>& redis_fields() {
//     static const Fields<RedisOptions> fields = Fields<RedisOptions>()
//         .field("host", &RedisOptions::host, "server to connect to")
//         .field("timeout", &RedisOptions::timeout, "bounds each command")
//         .field("password", &RedisOptions::password, "never shown");
//     return fields;
//   }
//   RedisOptions options = redis_fields().read(config);   // throws ConfigError naming every problem
//
// Threads: a table is immutable once built; reading it is safe from any thread.

#include <leasehold/clock.hpp>
#include <leasehold/error.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold {

// Text that no message, log, metric or describe() shows.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string value_;
};

inline constexpr std::string_view redacted = "***";

// The name of `candidates` nearest to `word`, or "" if none is near enough to suggest.
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);

// "did you mean 'max_size'?", or "known keys: a, b, c" if nothing is near.
std::string suggest_name(std::string_view word, const std::vector<std::string>& candidates);

// Appends one reference token to a JSON pointer, escaped as RFC 6901 says.
std::string pointer_join(std::string_view pointer, std::string_view token);
std::string pointer_join(std::string_view pointer, std::size_t index);

namespace detail {

// Where a reader reports what it does not like.
struct FieldInput {
  const nlohmann::json& value;
  std::string pointer;
  std::vector<ConfigIssue>& issues;
  void refuse(errc code, std::string message, std::string hint = {}) const {
    issues.push_back({code, pointer, std::move(message), std::move(hint), false});
  }
};

// Each returns false after reporting why. For a type of your own, overload read_field, field_schema and
// write_field in the namespace of that type.
bool read_field(const FieldInput&, bool&);
bool read_field(const FieldInput&, std::int64_t&);
bool read_field(const FieldInput&, std::size_t&);
bool read_field(const FieldInput&, int&);
bool read_field(const FieldInput&, double&);
bool read_field(const FieldInput&, std::string&);
bool read_field(const FieldInput&, Secret&);
bool read_field(const FieldInput&, Duration&);                    // "5s", or 0
bool read_field(const FieldInput&, std::optional<Duration>&);     // "5s", or "off"
bool read_field(const FieldInput&, std::optional<std::size_t>&);  // a count, or "off"
bool read_field(const FieldInput&, std::optional<double>&);       // a number, or "off"
bool read_field(const FieldInput&, std::optional<std::string>&);
bool read_field(const FieldInput&, std::vector<std::string>&);
bool read_field(const FieldInput&, std::map<std::string, std::string>&);
bool read_field(const FieldInput&, nlohmann::json&);  // anything

// The JSON Schema of the same.
nlohmann::json field_schema(const bool*);
nlohmann::json field_schema(const std::int64_t*);
nlohmann::json field_schema(const std::size_t*);
nlohmann::json field_schema(const int*);
nlohmann::json field_schema(const double*);
nlohmann::json field_schema(const std::string*);
nlohmann::json field_schema(const Secret*);
nlohmann::json field_schema(const Duration*);
nlohmann::json field_schema(const std::optional<Duration>*);
nlohmann::json field_schema(const std::optional<std::size_t>*);
nlohmann::json field_schema(const std::optional<double>*);
nlohmann::json field_schema(const std::optional<std::string>*);
nlohmann::json field_schema(const std::vector<std::string>*);
nlohmann::json field_schema(const std::map<std::string, std::string>*);
nlohmann::json field_schema(const nlohmann::json*);

// The value as it would be written in YAML; secrets as "***" (or "" when empty).
nlohmann::json write_field(bool);
nlohmann::json write_field(std::int64_t);
nlohmann::json write_field(std::size_t);
nlohmann::json write_field(int);
nlohmann::json write_field(double);
nlohmann::json write_field(const std::string&);
nlohmann::json write_field(const Secret&);
nlohmann::json write_field(Duration);
nlohmann::json write_field(const std::optional<Duration>&);
nlohmann::json write_field(const std::optional<std::size_t>&);
nlohmann::json write_field(const std::optional<double>&);
nlohmann::json write_field(const std::optional<std::string>&);
nlohmann::json write_field(const std::vector<std::string>&);
nlohmann::json write_field(const std::map<std::string, std::string>&);
nlohmann::json write_field(const nlohmann::json&);

void refuse_unknown_keys(const nlohmann::json& object, const std::string& pointer,
                         const std::vector<std::string>& known, std::vector<ConfigIssue>& issues);

}  // namespace detail

// What a table says of one key.
struct FieldDescription {
  std::string key;
  std::string meaning;
  nlohmann::json default_value;
  bool required = false;
  bool secret = false;
  nlohmann::json schema;
};

template <class Options>
class Fields {
 public:
  // A key that may be left out; the member's initialiser is the default.
  template <class T>
  Fields& field(std::string key, T Options::*member, std::string meaning) {
    return add(std::move(key), member, std::move(meaning), false);
  }

  // A key that must be there.
  template <class T>
  Fields& required(std::string key, T Options::*member, std::string meaning) {
    return add(std::move(key), member, std::move(meaning), true);
  }

  // An enum, written as one of these words.
  template <class E>
  Fields& choice(std::string key, E Options::*member, std::vector<std::pair<std::string, E>> words,
                 std::string meaning, bool is_required = false) {
    nlohmann::json names = nlohmann::json::array();
    for (const auto& [word, value] : words) names.push_back(word);
    Entry entry;
    entry.about = {std::move(key), std::move(meaning), nullptr, is_required, false, {{"enum", names}}};
    const auto name_of = [words](E value) {
      for (const auto& [word, candidate] : words)
        if (candidate == value) return word;
      return std::string();
    };
    entry.about.default_value = name_of(Options{}.*member);
    entry.write = [member, name_of](const Options& o) { return nlohmann::json(name_of(o.*member)); };
    entry.read = [member, words, names](const detail::FieldInput& in, Options& o) {
      std::vector<std::string> known;
      for (const auto& [word, value] : words) {
        if (in.value == word) {
          o.*member = value;
          return;
        }
        known.push_back(word);
      }
      const std::string given = in.value.is_string() ? in.value.template get<std::string>() : in.value.dump();
      in.refuse(errc::config_value, "'" + given + "' is none of " + names.dump(), suggest_name(given, known));
    };
    entries_.push_back(std::move(entry));
    return *this;
  }

  // A struct with a table of its own.
  template <class T>
  Fields& nested(std::string key, T Options::*member, const Fields<T>& table, std::string meaning) {
    Entry entry;
    entry.about = {std::move(key), std::move(meaning), table.write(T{}), false, false, table.schema()};
    entry.read = [member, &table](const detail::FieldInput& in, Options& o) {
      table.read_into(o.*member, in.value, in.pointer, in.issues);
    };
    entry.write = [member, &table](const Options& o) { return table.write(o.*member); };
    entry.verify = [member, &table](const Options& o, const std::string& pointer,
                                    std::vector<ConfigIssue>& issues) {
      table.verify_into(o.*member, pointer, issues);
    };
    entries_.push_back(std::move(entry));
    return *this;
  }

  // A rule over the whole struct: appends issues whose pointers start with the one given.
  Fields& check(
      std::function<void(const Options&, const std::string& pointer, std::vector<ConfigIssue>&)> rule) {
    rules_.push_back(std::move(rule));
    return *this;
  }

  // Reads `object` over `options`, appending every issue.
  void read_into(Options& options, const nlohmann::json& object, const std::string& pointer,
                 std::vector<ConfigIssue>& issues) const {
    if (!object.is_object()) {
      issues.push_back({errc::config_value, pointer,
                        "a mapping is needed here, not " + std::string(object.type_name()),
                        "known keys: " + joined_keys(), false});
      return;
    }
    const std::size_t before = issues.size();
    detail::refuse_unknown_keys(object, pointer, keys(), issues);
    for (const Entry& entry : entries_) {
      const auto found = object.find(entry.about.key);
      if (found != object.end()) {
        entry.read({*found, pointer_join(pointer, entry.about.key), issues}, options);
      } else if (entry.about.required) {
        issues.push_back({errc::config_missing, pointer, "'" + entry.about.key + "' is missing",
                          "add it: " + entry.about.meaning, false});
      }
    }
    if (issues.size() == before)
      for (const auto& rule : rules_) rule(options, pointer, issues);
  }

  // The options that `object` gives, over their defaults. Throws ConfigError with every issue.
  Options read(const nlohmann::json& object, const std::string& pointer = "") const {
    Options options;
    std::vector<ConfigIssue> issues;
    read_into(options, object, pointer, issues);
    if (!issues.empty()) throw ConfigError(std::move(issues));
    return options;
  }

  // Holds options made in C++ against the rules of this table and of the tables in it.
  void verify_into(const Options& options, const std::string& pointer,
                   std::vector<ConfigIssue>& issues) const {
    for (const Entry& entry : entries_)
      if (entry.verify) entry.verify(options, pointer_join(pointer, entry.about.key), issues);
    for (const auto& rule : rules_) rule(options, pointer, issues);
  }

  // The same, throwing ConfigError with every issue.
  void verify(const Options& options) const {
    std::vector<ConfigIssue> issues;
    verify_into(options, "", issues);
    if (!issues.empty()) throw ConfigError(std::move(issues));
  }

  // Every key with its value, secrets redacted: what IResourceProvider::describe returns.
  nlohmann::json write(const Options& options) const {
    nlohmann::json object = nlohmann::json::object();
    for (const Entry& entry : entries_) object[entry.about.key] = entry.write(options);
    return object;
  }

  // JSON Schema of the object, closed ("additionalProperties": false).
  nlohmann::json schema() const {
    nlohmann::json properties = nlohmann::json::object(), needed = nlohmann::json::array();
    for (const Entry& entry : entries_) {
      properties[entry.about.key] = entry.about.schema;
      properties[entry.about.key]["description"] = entry.about.meaning;
      if (!entry.about.required && !entry.about.secret)
        properties[entry.about.key]["default"] = entry.about.default_value;
      if (entry.about.required) needed.push_back(entry.about.key);
    }
    nlohmann::json schema = {
        {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!needed.empty()) schema["required"] = std::move(needed);
    return schema;
  }

  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const Entry& entry : entries_) all.push_back(entry.about.key);
    return all;
  }

  std::vector<FieldDescription> describe() const {
    std::vector<FieldDescription> all;
    for (const Entry& entry : entries_) all.push_back(entry.about);
    return all;
  }

 private:
  struct Entry {
    FieldDescription about;
    std::function<void(const detail::FieldInput&, Options&)> read;
    std::function<nlohmann::json(const Options&)> write;
    std::function<void(const Options&, const std::string& pointer, std::vector<ConfigIssue>&)>
        verify;  // of nested
  };

  template <class T>
  Fields& add(std::string key, T Options::*member, std::string meaning, bool is_required) {
    using detail::field_schema, detail::read_field, detail::write_field;  // beside those of T's namespace
    Entry entry;
    entry.about = {std::move(key), std::move(meaning),        write_field(Options{}.*member),
                   is_required,    std::is_same_v<T, Secret>, field_schema(static_cast<const T*>(nullptr))};
    entry.read = [member](const detail::FieldInput& in, Options& o) { read_field(in, o.*member); };
    entry.write = [member](const Options& o) { return write_field(o.*member); };
    entries_.push_back(std::move(entry));
    return *this;
  }

  std::string joined_keys() const {
    std::string joined;
    for (const Entry& entry : entries_) joined += (joined.empty() ? "" : ", ") + entry.about.key;
    return joined;
  }

  std::vector<Entry> entries_;
  std::vector<std::function<void(const Options&, const std::string&, std::vector<ConfigIssue>&)>> rules_;
};

}  // namespace leasehold
