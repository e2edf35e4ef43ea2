#pragma once

// jq programs over JSON, by libjq. A program sees its input and $event and nothing else: no environment, no
// files, no further inputs.
//
// Threads: a JqProgram is immutable and may be run from many threads at once.

#include <leasehold/error.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace leasehold::fsm {

class JqProgram {
 public:
  // Throws Error (fsm_expression) with jq's own words if it does not compile, or uses what it may not.
  // Messages show `written`, which is the source as it was before the environment filled it in; empty: the
  // same.
  static JqProgram compile(std::string source, std::string written = {});

  // The one output. Throws Error (fsm_expression) if it fails or has none or several, (json_number_range) if
  // an integer of the input cannot pass jq's doubles exactly. Plain paths (.a.b[0]) take no detour through
  // jq, so they are exact and fast.
  nlohmann::json run(const nlohmann::json& data, const nlohmann::json& event) const;

  // As a condition: false and null are false, everything else is true (jq's own rule). Never true by failing.
  bool test(const nlohmann::json& data, const nlohmann::json& event) const;

  const std::string& source() const noexcept;
  const std::string& written() const noexcept;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace leasehold::fsm
