#pragma once

// Mapping: a mapping of the document read against a table of the keys it may have. Unknown keys are reported
// with the nearest known one, required ones that are missing too; older names are understood, with a note
// that names today's.

#include "shape.hpp"
#include "value.hpp"

#include <span>
#include <string_view>

namespace leasehold::fsm {

enum class Presence {
  optional,
  required,
  older,  // optional; understood, but not suggested
};

struct Key {
  std::string_view name;
  Shape shape = Shape::anything;
  std::string_view meaning = {};
  Presence presence = Presence::optional;
  std::string_view canonical = {};  // this is an older name of that key
};
constexpr Key older_name(std::string_view name, std::string_view canonical) {
  return {name, Shape::anything, {}, Presence::older, canonical};
}
using Keys = std::span<const Key>;

class Mapping {
 public:
  // `what` names it in messages: "a state". Reports what is no mapping (it is empty then), and unknown and
  // missing keys.
  Mapping(const yaml::Node& node, Keys keys, std::string_view what, Diagnostics& diagnostics);

  const yaml::Node& node() const noexcept { return *node_; }
  Diagnostics& diagnostics() const noexcept { return *diagnostics_; }

  bool has(std::string_view key) const noexcept { return entry(key) != nullptr; }
  const yaml::Node* find(std::string_view key) const noexcept;
  Position key_position(std::string_view key) const noexcept;  // of the mapping if it is not there

  // Whether an unknown key, which is reported, was probably meant to be this one.
  bool misspelt(std::string_view key) const noexcept;

  // Leaves `into` as it is if the key is not there or its value is refused.
  template <class T>
  void read(std::string_view key, T& into) const {
    if (const yaml::Node* value = find(key))
      if (auto good = read_value<T>(*value, *diagnostics_)) into = std::move(*good);
  }

  // A list of texts, or one.
  void read_texts(std::string_view key, std::vector<std::string>& into) const;

 private:
  const yaml::Entry* entry(std::string_view key) const noexcept;
  void report_missing() const;

  const yaml::Node* node_;
  Keys keys_;
  std::vector<std::string> misspelt_;
  Diagnostics* diagnostics_;
};

}  // namespace leasehold::fsm
