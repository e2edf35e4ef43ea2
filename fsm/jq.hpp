#pragma once

// jq programs over JSON, by libjq. A program sees its input and $event and nothing else: no environment, no
// files, no further inputs.
//
// Threads: a JqProgram is immutable and may be run from many threads at once.

#include <leasehold/clock.hpp>
#include <leasehold/error.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::fsm {

// How far one run may go. It is stopped within some 10 ms of the end.
struct JqLimits {
  Duration time = std::chrono::minutes(1);    // real time, whatever clock the machine runs by
  std::size_t memory = std::size_t{1} << 30;  // bytes by which the process grows meanwhile
  std::stop_token stop = {};
};

class JqProgram {
 public:
  // Throws Error (fsm_expression) with jq's own words if it does not compile, or uses what it may not.
  // Messages show `written`, which is the source as it was before the environment filled it in; empty: the
  // same.
  static JqProgram compile(std::string source, std::string written = {});

  // The one output. Throws Error (fsm_expression) if it fails or has none or several, (json_number_range) if
  // an integer of the input cannot pass jq's doubles exactly, (fsm_deadline, fsm_cancelled) at its limits.
  nlohmann::json run(const nlohmann::json& data, const nlohmann::json& event,
                     const JqLimits& limits = {}) const;

  // As a condition: false and null are false, everything else is true (jq's own rule). Never true by failing.
  bool test(const nlohmann::json& data, const nlohmann::json& event, const JqLimits& limits = {}) const;

  // A path (.a.b[0]), perhaps compared with a constant: it takes no detour through jq, so that it is exact,
  // fast, looks at no event and comes to an end by itself.
  bool plain() const noexcept;

  const std::string& source() const noexcept;
  const std::string& written() const noexcept;

 private:
  friend class JqBatch;
  struct Compiled;
  explicit JqProgram(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

// Compiles many programs in little more time than one takes, and shares those that are equal.
class JqBatch {
 public:
  using Failed = std::function<void(const Error&)>;

  JqBatch();
  ~JqBatch();
  JqBatch(const JqBatch&) = delete;
  JqBatch& operator=(const JqBatch&) = delete;

  // A program that may be run once compile() has returned. Throws as JqProgram::compile what needs no
  // compiler to be seen; `failed` gets the rest.
  JqProgram add(std::string source, std::string written, Failed failed);

  // Calls `failed` for each that does not compile, in the order of add(); whatever it throws ends this.
  void compile();

 private:
  struct Pending;
  std::vector<Pending> pending_;
};

}  // namespace leasehold::fsm
