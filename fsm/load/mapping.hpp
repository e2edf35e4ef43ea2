#pragma once

// Mapping: a mapping of the document read against a table of the keys it may have. Unknown keys are reported
// with the nearest known one; older names are understood, with a note that names today's.

#include "value.hpp"

#include <span>
#include <string_view>

namespace leasehold::fsm {

struct Key {
  std::string_view name;
  std::string_view meaning;
  std::string_view canonical = {};  // this is an older name of that key
  bool older = false;               // understood, but not suggested
};
using Keys = std::span<const Key>;

class Mapping {
 public:
  // `what` names it in messages: "a state". Reports what is no mapping; it is empty then.
  Mapping(const yaml::Node& node, Keys keys, std::string_view what, Diagnostics& diagnostics);

  const yaml::Node& node() const noexcept { return *node_; }
  Diagnostics& diagnostics() const noexcept { return *diagnostics_; }

  bool has(std::string_view key) const noexcept { return entry(key) != nullptr; }
  const yaml::Node* find(std::string_view key) const noexcept;
  Position key_position(std::string_view key) const noexcept;  // of the mapping if it is not there

  // Whether an unknown key, which is reported, was probably meant to be this one.
  bool misspelt(std::string_view key) const noexcept;

  // Reports what is missing.
  const yaml::Node* require(std::string_view key) const;

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

  const yaml::Node* node_;
  Keys keys_;
  std::vector<std::string> misspelt_;
  Diagnostics* diagnostics_;
};

}  // namespace leasehold::fsm
