#pragma once

// JSON to libjq's values and back, exactly or not at all.

extern "C" {
#include <jv.h>
}

#include <nlohmann/json.hpp>
#include <utility>

namespace leasehold::fsm::jq {

inline constexpr int max_depth = 256;

// Owns one reference to a jv.
class Value {
 public:
  explicit Value(jv value) noexcept : value_(value) {}
  Value(Value&& other) noexcept : value_(std::exchange(other.value_, jv_invalid())) {}
  Value& operator=(Value&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Value() { jv_free(value_); }

  const jv& get() const noexcept { return value_; }
  jv copy() const noexcept { return jv_copy(value_); }
  jv release() noexcept { return std::exchange(value_, jv_invalid()); }
  bool valid() const noexcept { return jv_is_valid(value_) != 0; }  // takes no reference

 private:
  jv value_;
};

// jq counts in doubles: throws Error (json_number_range) naming the place of an integer beyond 2^53 or of a
// number that is not finite, (json_too_deep) beyond max_depth, (fsm_expression) for text that is not UTF-8.
Value to_jv(const nlohmann::json& value);

// Whole numbers come back as integers. Throws Error (fsm_expression) for a number that is not finite,
// (json_too_deep) beyond max_depth.
nlohmann::json from_jv(const Value& value);

}  // namespace leasehold::fsm::jq
