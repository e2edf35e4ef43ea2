#include "jq/conversion.hpp"

#include <leasehold/config.hpp>
#include <leasehold/error.hpp>

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

namespace leasehold::fsm::jq {

namespace {

constexpr std::int64_t exact_integer = std::int64_t{1} << 53;  // doubles count in ones up to here

// Where a value stands, as a list of steps on the stack: only an error makes text of it.
struct Place {
  const Place* parent = nullptr;
  const std::string* key = nullptr;
  std::size_t index = 0;

  std::string pointer() const {
    if (!parent) return {};
    return key ? pointer_join(parent->pointer(), *key) : pointer_join(parent->pointer(), index);
  }
  std::string name() const { return parent ? pointer() : "/"; }
};

[[noreturn]] void throw_too_deep(const std::string& where) {
  throw_error(errc::json_too_deep,
              fmt::format("the value at '{}' is nested deeper than {} levels", where, max_depth),
              {.hint = "flatten it before jq sees it"});
}

[[noreturn]] void throw_range(const Place& place, const std::string& number) {
  throw_error(errc::json_number_range,
              fmt::format("the number {} at '{}' cannot pass jq exactly", number, place.name()),
              {.hint = "keep it as text, or reach it with a plain path such as .a.b"});
}

Value text_to_jv(const std::string& text, const Place& place) {
  Value value(jv_string_sized(text.data(), static_cast<int>(text.size())));
  // libjq replaces what is not UTF-8 without a word.
  if (static_cast<std::size_t>(jv_string_length_bytes(value.copy())) != text.size() ||
      std::memcmp(jv_string_value(value.get()), text.data(), text.size()) != 0)
    throw_error(errc::fsm_expression, fmt::format("the text at '{}' is not UTF-8", place.name()));
  return value;
}

Value convert(const nlohmann::json& value, const Place& place, int depth) {
  using Type = nlohmann::json::value_t;
  if (depth > max_depth) throw_too_deep(place.pointer());
  switch (value.type()) {
    case Type::null:
      return Value(jv_null());
    case Type::boolean:
      return Value(jv_bool(value.get<bool>()));
    case Type::number_integer: {
      const auto number = value.get<std::int64_t>();
      if (number > exact_integer || number < -exact_integer) throw_range(place, std::to_string(number));
      return Value(jv_number(static_cast<double>(number)));
    }
    case Type::number_unsigned: {
      const auto number = value.get<std::uint64_t>();
      if (number > static_cast<std::uint64_t>(exact_integer)) throw_range(place, std::to_string(number));
      return Value(jv_number(static_cast<double>(number)));
    }
    case Type::number_float: {
      const auto number = value.get<double>();
      if (!std::isfinite(number)) throw_range(place, fmt::format("{}", number));
      return Value(jv_number(number));
    }
    case Type::string:
      return text_to_jv(value.get_ref<const std::string&>(), place);
    case Type::array: {
      Value array(jv_array_sized(static_cast<int>(value.size())));
      Place element{&place};
      for (const auto& member : value) {
        Value converted = convert(member, element, depth + 1);
        array = Value(jv_array_append(array.release(), converted.release()));
        ++element.index;
      }
      return array;
    }
    case Type::object: {
      Value object(jv_object());
      for (const auto& [key, member] : value.get_ref<const nlohmann::json::object_t&>()) {
        const Place at{&place, &key};
        Value name = text_to_jv(key, at);
        Value converted = convert(member, at, depth + 1);
        object = Value(jv_object_set(object.release(), name.release(), converted.release()));
      }
      return object;
    }
    case Type::binary:
    case Type::discarded:
      break;
  }
  throw_error(errc::fsm_expression,
              fmt::format("the value at '{}' is binary, which jq does not know", place.name()));
}

nlohmann::json convert_back(const jv& value, int depth) {
  if (depth > max_depth) throw_too_deep("of the result");
  switch (jv_get_kind(value)) {
    case JV_KIND_NULL:
      return nullptr;
    case JV_KIND_FALSE:
      return false;
    case JV_KIND_TRUE:
      return true;
    case JV_KIND_NUMBER: {
      const double number = jv_number_value(value);
      if (!std::isfinite(number))
        throw_error(errc::fsm_expression, "the result is not a finite number, which JSON does not know");
      if (std::abs(number) <= static_cast<double>(exact_integer) && number == std::trunc(number))
        return static_cast<std::int64_t>(number);
      return number;
    }
    case JV_KIND_STRING:
      return std::string(jv_string_value(value),
                         static_cast<std::size_t>(jv_string_length_bytes(jv_copy(value))));
    case JV_KIND_ARRAY: {
      nlohmann::json array = nlohmann::json::array();
      const int size = jv_array_length(jv_copy(value));
      array.get_ref<nlohmann::json::array_t&>().reserve(static_cast<std::size_t>(size));
      for (int i = 0; i < size; ++i) {
        const Value member(jv_array_get(jv_copy(value), i));
        array.push_back(convert_back(member.get(), depth + 1));
      }
      return array;
    }
    case JV_KIND_OBJECT: {
      nlohmann::json object = nlohmann::json::object();
      for (int i = jv_object_iter(value); jv_object_iter_valid(value, i); i = jv_object_iter_next(value, i)) {
        const Value key(jv_object_iter_key(value, i));
        const Value member(jv_object_iter_value(value, i));
        object[std::string(jv_string_value(key.get()),
                           static_cast<std::size_t>(jv_string_length_bytes(key.copy())))] =
            convert_back(member.get(), depth + 1);
      }
      return object;
    }
    case JV_KIND_INVALID:
      break;
  }
  throw_error(errc::fsm_expression, "jq gave no value");
}

}  // namespace

Value to_jv(const nlohmann::json& value) {
  return convert(value, Place{}, 0);
}

nlohmann::json from_jv(const Value& value) {
  return convert_back(value.get(), 0);
}

}  // namespace leasehold::fsm::jq
