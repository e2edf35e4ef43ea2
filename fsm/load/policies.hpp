#pragma once

// What is written once under `use:` and referred to by name: how to retry, what to catch, how long, what must
// hold. A policy refers to no other.

#include "../diagnostics.hpp"
#include "../model.hpp"
#include "../yaml/document.hpp"

#include <string>
#include <vector>

namespace leasehold::fsm {

class Policies {
 public:
  enum class Kind { retry, catches, timeout, contract };

  // Reads `use`, and checks what can be checked without a state that uses it.
  void read(const yaml::Node& use, Diagnostics& diagnostics);

  // What a state means by this value: the policy of that name, or the value itself. Null for null and, after
  // reporting, for a name that is unknown.
  const yaml::Node* resolve(Kind kind, const yaml::Node* value, Diagnostics& diagnostics);

  std::vector<UnusedPolicy> unused() const;

 private:
  struct Policy {
    Kind kind;
    std::string name;
    const yaml::Node* value;
    Position position;
    bool used = false;
  };

  Policy* find(Kind kind, std::string_view name) noexcept;
  void check(const Policy& policy, Diagnostics& diagnostics) const;

  std::vector<Policy> policies_;
};

}  // namespace leasehold::fsm
