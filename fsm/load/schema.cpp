#include "schema.hpp"

#include <leasehold/config.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

#define VALIJSON_USE_EXCEPTIONS 1  // without it, a bad schema ends the process
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace leasehold::fsm {

namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;
using nlohmann::json;

constexpr std::size_t longest_matched = 4096;  // std::regex recurses per character

bool within(std::string_view inner, std::string_view outer) noexcept {
  return inner.starts_with(outer) && (inner.size() == outer.size() || inner[outer.size()] == '/');
}

void find_unknown(const json& value, Texts texts, const std::string& pointer,
                  std::vector<std::string>& found) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() > longest_matched || (texts == Texts::templates && text.find("${{") != std::string::npos))
      found.push_back(pointer);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items())
      find_unknown(member, texts, pointer_join(pointer, key), found);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      find_unknown(value[i], texts, pointer_join(pointer, i), found);
  }
}

// {"<root>", "[rows]", "[0]"} as "/rows/0".
std::string pointer_of(const std::vector<std::string>& context) {
  std::string pointer;
  for (const std::string& part : context)
    if (part.size() >= 2 && part.front() == '[' && part.back() == ']')
      pointer = pointer_join(pointer, std::string_view(part).substr(1, part.size() - 2));
  return pointer;
}

const json* member(const json& object, const std::string& key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? &*found : nullptr;
}

// The part of `schema` that speaks of one member or item of a value; null if that is not plain.
const json* schema_of(const json& schema, bool list, const std::string& token) {
  if (list) {
    if (const json* items = member(schema, "items")) return items;
  } else {
    const json* properties = member(schema, "properties");
    if (const json* property = properties ? member(*properties, token) : nullptr) return property;
    if (const json* others = member(schema, "additionalProperties"); others && others->is_object())
      return others;
  }
  for (const char* key : {"anyOf", "oneOf"})
    if (const json* alternatives = member(schema, key))
      for (const json& alternative : *alternatives)
        if (const json* found = schema_of(alternative, list, token)) return found;
  return nullptr;
}

const json* schema_at(const json& schema, const json& value, json::json_pointer pointer) {
  std::vector<std::string> tokens;
  for (; !pointer.empty(); pointer.pop_back()) tokens.push_back(pointer.back());
  const json* at = &schema;
  const json* item = &value;
  for (auto token = tokens.rbegin(); token != tokens.rend() && at; ++token) {
    at = schema_of(*at, item->is_array(), *token);
    item = &item->at(json::json_pointer(pointer_join("", *token)));
  }
  return at;
}

std::string_view type_words(const std::string& type) {
  if (type == "integer") return "a whole number";
  if (type == "number") return "a number";
  if (type == "string") return "text";
  if (type == "boolean") return "true or false";
  if (type == "array") return "a list";
  if (type == "object") return "a mapping";
  return "null";
}

void add_alternative(std::string& words, std::string_view more) {
  if (words.find(more) == std::string::npos) words += (words.empty() ? "" : " or ") + std::string(more);
}

// "a whole number from 0 up", "one of [...]"; "" if there are no words for it.
std::string expected(const json& schema) {
  if (!schema.is_object()) return "";
  if (schema.contains("enum")) return "one of " + schema["enum"].dump();
  if (schema.contains("const")) return schema["const"].dump();
  std::string words;
  for (const char* key : {"anyOf", "oneOf"}) {
    if (!schema.contains(key)) continue;
    for (const json& alternative : schema[key]) {
      const std::string more = expected(alternative);
      if (more.empty()) return "";
      add_alternative(words, more);
    }
    return words;
  }
  const auto type = schema.find("type");
  if (type == schema.end()) return "";
  if (type->is_string()) words = type_words(*type);
  if (type->is_array())
    for (const json& one : *type) add_alternative(words, type_words(one));
  const bool bounded = schema.contains("maximum");
  if (schema.contains("minimum")) words += " from " + schema["minimum"].dump() + (bounded ? "" : " up");
  if (bounded) words += (schema.contains("minimum") ? " to " : " up to ") + schema["maximum"].dump();
  if (schema.contains("minItems")) words += " of at least " + schema["minItems"].dump();
  if (schema.contains("minLength")) words += " of at least " + schema["minLength"].dump() + " characters";
  if (schema.contains("pattern") && schema["pattern"].is_string())
    words += " like " + schema["pattern"].get<std::string>();
  return words;
}

std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 40) text = text.substr(0, 37) + "...";
  return text;
}

std::string describe(const json& schema, const json& value, const std::string& pointer, std::string reason) {
  const json::json_pointer at(pointer);
  const json* part = schema_at(schema, value, at);
  if (const std::string words = part ? expected(*part) : ""; !words.empty())
    return fmt::format("must be {}, not {}", words, shown(value[at]));
  if (!reason.empty() && reason.back() == '.') reason.pop_back();
  if (!reason.empty()) reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  return fmt::format("does not fit its schema: {}", reason);
}

// Schemas that refer to themselves for the same value, without which nothing would end.
class Circles {
 public:
  explicit Circles(const json& schema) : schema_(schema) {}

  bool any() { return below(schema_); }

 private:
  bool below(const json& part) {
    if (part.is_object() && same_value(part)) return true;
    if (!part.is_structured()) return false;
    return std::any_of(part.begin(), part.end(), [this](const json& inner) { return below(inner); });
  }

  // Whether the value that `part` is about leads back to `part`.
  bool same_value(const json& part) {
    if (!part.is_object() || done_.contains(&part)) return false;
    if (!open_.insert(&part).second) return true;
    bool circle = false;
    if (const json* reference = member(part, "$ref"); reference && reference->is_string()) {
      const auto& text = reference->get_ref<const std::string&>();
      if (text.starts_with('#')) {
        try {
          circle = same_value(schema_.at(json::json_pointer(text.substr(1))));
        } catch (const json::exception&) {  // leads nowhere, which the parser says
        }
      }
    }
    for (const char* key : {"anyOf", "oneOf", "allOf"})
      if (const json* parts = member(part, key))
        for (const json& one : *parts) circle = circle || same_value(one);
    for (const char* key : {"not", "if", "then", "else"})
      if (const json* one = member(part, key)) circle = circle || same_value(*one);
    open_.erase(&part);
    done_.insert(&part);
    return circle;
  }

  const json& schema_;
  std::set<const json*> open_, done_;
};

}  // namespace

struct Schema::Compiled {
  valijson::Schema schema;
};

Schema::Schema(json schema) : source_(std::move(schema)) {
  if (Circles(source_).any()) throw_error(errc::config_value, "a $ref leads back to itself");
  auto compiled = std::make_unique<Compiled>();
  try {
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(Adapter(source_), compiled->schema);
  } catch (const std::exception& error) {
    std::string reason = error.what();
    if (reason.ends_with('.')) reason.pop_back();
    throw_error(errc::config_value, reason);
  }
  compiled_ = std::move(compiled);
}

Schema::~Schema() = default;

std::vector<Mismatch> Schema::check(const json& value, Texts texts) const {
  valijson::ValidationResults results;
  try {
    valijson::Validator(valijson::Validator::kStrongTypes)
        .validate(compiled_->schema, Adapter(value), &results);
  } catch (const std::exception& error) {
    return {{"", fmt::format("cannot be checked: {}", error.what())}};
  }
  std::vector<std::string> unknown;
  find_unknown(value, texts, "", unknown);

  std::vector<Mismatch> mismatches;
  for (const auto& problem : results) {
    const std::string pointer = pointer_of(problem.context);
    if (std::any_of(unknown.begin(), unknown.end(), [&](const std::string& place) {
          return within(place, pointer) || within(pointer, place);
        }))
      continue;
    mismatches.push_back({pointer, problem.description});
  }
  // What is wrong inside makes what is around it wrong: keep the innermost, each once.
  std::vector<Mismatch> innermost;
  for (const Mismatch& m : mismatches) {
    const auto deeper = [&](const Mismatch& other) {
      return other.pointer.size() > m.pointer.size() && within(other.pointer, m.pointer);
    };
    const auto same = [&](const Mismatch& other) { return other.pointer == m.pointer; };
    if (std::any_of(mismatches.begin(), mismatches.end(), deeper) ||
        std::any_of(innermost.begin(), innermost.end(), same))
      continue;
    innermost.push_back({m.pointer, describe(source_, value, m.pointer, m.message)});
  }
  return innermost;
}

std::vector<Mismatch> check_schema(const json& schema, const json& value, Texts texts) {
  try {
    return Schema(schema).check(value, texts);
  } catch (const Error& error) {
    return {{"", fmt::format("cannot be checked: {}", error.message())}};
  }
}

}  // namespace leasehold::fsm
