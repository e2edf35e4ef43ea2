#pragma once

// What can go wrong, as codes and as exception classes.
//
// Every exception that leasehold throws derives from Error. what() reads
//   "acquire.timeout: <what happened>; <hint>"
// and never contains a bound value, a password or a token.

#include <leasehold/clock.hpp>

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace leasehold {

// Printed by error_name(), to_string() and << with a dot for the first underscore: acquire_timeout is
// "acquire.timeout".
enum class errc {
  acquire_timeout = 1,
  acquire_cancelled,
  acquire_deadlock,
  acquire_closed,
  acquire_exhausted,  // max_waiters threads wait already
  acquire_forked,     // the manager belongs to the parent process
  lease_revoked,
  lease_fenced,
  resource_unknown,
  resource_duplicate,
  resource_type,
  resource_create_failed,
  resource_operation,  // no such operation, or it failed with an error that has no code
  breaker_open,
  db_unreachable,
  db_auth,
  db_deadline,
  db_cancelled,
  db_constraint,
  db_syntax,
  db_full,
  db_readonly,
  db_failed,
  http_unreachable,
  http_deadline,
  http_status,
  http_tls,
  http_too_large,
  http_failed,
  http_cancelled,
  net_address_denied,
  path_escape,
  path_missing,
  file_denied,
  file_full,
  file_format,
  file_failed,
  file_deadline,
  file_cancelled,
  llm_rate_limited,
  llm_context_length,
  llm_refused,
  llm_failed,
  secret_missing,
  yaml_syntax,
  yaml_too_deep,
  yaml_alias_budget,
  yaml_alias_cycle,
  config_unknown_key,
  config_duplicate_key,
  config_ambiguous_scalar,
  config_too_large,
  config_value,
  config_missing,
  json_syntax,
  json_too_deep,
  json_number_range,
  fsm_target,
  fsm_function,
  fsm_resource,
  fsm_operation,
  fsm_argument,
  fsm_expression,
  fsm_invalid,
  fsm_no_transition,
  fsm_max_transitions,
  fsm_action,
  fsm_contract,
  fsm_deadline,
  fsm_cancelled,
  fsm_input,
  fsm_expectation,  // of a test
};

std::string_view error_name(errc) noexcept;  // "acquire.timeout"
inline std::string_view to_string(errc code) noexcept {
  return error_name(code);
}
std::ostream& operator<<(std::ostream&, errc);  // the same
std::optional<errc> error_from_name(std::string_view) noexcept;
const std::error_category& error_category() noexcept;  // name "leasehold"; message: one sentence per code
std::error_code make_error_code(errc) noexcept;

// What an error knows beside its message; all optional.
struct ErrorDetails {
  std::string resource = {};
  std::string owner = {};
  Duration elapsed = {};
  std::string hint = {};  // what to do, as an imperative without a full stop
};

class Error : public std::system_error {
 public:
  Error(errc code, std::string message, ErrorDetails details = {});

  const char* what() const noexcept override;
  errc reason() const noexcept { return static_cast<errc>(code().value()); }
  const std::string& message() const noexcept;  // without code and hint
  const std::string& resource() const noexcept;
  const std::string& owner() const noexcept;
  Duration elapsed() const noexcept;
  const std::string& hint() const noexcept;

 private:
  struct Text;
  std::shared_ptr<const Text> text_;  // shared, so that copying an exception cannot throw
};

// The outside could not be reached, refused us, or broke off.
class ConnectionError : public Error {
  using Error::Error;
};

// A deadline passed.
class TimeoutError : public Error {
  using Error::Error;
};

// A pool had nothing to lend within the deadline (acquire_timeout), or no place left to wait
// (acquire_exhausted).
class PoolExhaustedError : public TimeoutError {
  using TimeoutError::TimeoutError;
};

class CircuitOpenError : public Error {
 public:
  CircuitOpenError(std::string message, Duration retry_after, ErrorDetails details = {});
  Duration retry_after() const noexcept { return retry_after_; }

 private:
  Duration retry_after_;
};

// One step of a cycle: `owner` holds `holds` since `held_for` and waits for `waits_for` since `waiting_for`.
struct DeadlockStep {
  std::string owner;
  std::string holds;
  std::string waits_for;
  Duration held_for = {};
  Duration waiting_for = {};
};

class DeadlockError : public Error {
 public:
  DeadlockError(std::string message, std::vector<DeadlockStep> cycle, ErrorDetails details = {});
  const std::vector<DeadlockStep>& cycle() const noexcept { return *cycle_; }

 private:
  std::shared_ptr<const std::vector<DeadlockStep>> cycle_;
};

// One thing wrong in a configuration. `pointer` is the JSON pointer (RFC 6901) of the value in the document
// that was read; a loader that knows positions turns it into file:line:col.
struct ConfigIssue {
  errc code = errc::config_value;
  std::string pointer = {};
  std::string message = {};  // "unknown key 'max_sise'"
  std::string hint = {};     // "did you mean 'max_size'?"
  bool at_key = false;       // the issue is with the key at `pointer`, not with its value
};

// Everything that is wrong with a configuration, at once.
class ConfigError : public Error {
 public:
  ConfigError(errc code, std::string message, ErrorDetails details = {});
  explicit ConfigError(std::vector<ConfigIssue> issues, ErrorDetails details = {});  // at least one
  const std::vector<ConfigIssue>& issues() const noexcept { return *issues_; }

 private:
  std::shared_ptr<const std::vector<ConfigIssue>> issues_;
};

// A call that the object's present state does not allow, or a machine that went wrong in a state.
class StateError : public Error {
  using Error::Error;
};

// Throws the class that belongs to the code: throw_error(errc::db_unreachable, ...) throws ConnectionError.
[[noreturn]] void throw_error(errc code, std::string message, ErrorDetails details = {});

// Whether `pattern`, as machines write it under `errors:`, covers the error: a code ("breaker.open"), a
// code's area ("db"), a class ("connection", "timeout", "exhausted", "circuit", "deadlock", "config",
// "state"), or "*".
bool error_matches(std::string_view pattern, const std::exception& error) noexcept;
bool is_error_pattern(std::string_view pattern) noexcept;

}  // namespace leasehold

template <>
struct std::is_error_code_enum<leasehold::errc> : std::true_type {};
