#include <leasehold/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

namespace leasehold {

namespace {

struct Code {
  errc code;
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array codes = {
    Code{errc::acquire_timeout, "acquire.timeout", "no resource could be had within the deadline"},
    Code{errc::acquire_cancelled, "acquire.cancelled", "the wait for a resource was cancelled"},
    Code{errc::acquire_deadlock, "acquire.deadlock", "the owners wait for each other"},
    Code{errc::acquire_closed, "acquire.closed", "the manager or the pool is closed"},
    Code{errc::acquire_exhausted, "acquire.exhausted", "too many wait for this resource already"},
    Code{errc::acquire_forked, "acquire.forked", "the manager belongs to the parent process"},
    Code{errc::lease_revoked, "lease.revoked", "the lease was released or revoked"},
    Code{errc::lease_fenced, "lease.fenced", "the lease is older than the one that counts"},
    Code{errc::resource_unknown, "resource.unknown", "no resource of this name is registered"},
    Code{errc::resource_duplicate, "resource.duplicate", "the resource is registered already"},
    Code{errc::resource_type, "resource.type", "the resource is of another type"},
    Code{errc::resource_create_failed, "resource.create_failed", "the provider could not make a resource"},
    Code{errc::resource_operation, "resource.operation", "the operation is unknown or failed"},
    Code{errc::breaker_open, "breaker.open", "the circuit breaker refuses calls for now"},
    Code{errc::db_unreachable, "db.unreachable", "the database cannot be reached"},
    Code{errc::db_auth, "db.auth", "the database refused the credentials"},
    Code{errc::db_deadline, "db.deadline", "the statement did not end by its deadline"},
    Code{errc::db_cancelled, "db.cancelled", "the statement was cancelled"},
    Code{errc::db_constraint, "db.constraint", "a constraint of the database was violated"},
    Code{errc::db_syntax, "db.syntax", "the database did not understand the statement"},
    Code{errc::db_full, "db.full", "the database or its disk is full"},
    Code{errc::db_readonly, "db.readonly", "the database cannot be written"},
    Code{errc::db_failed, "db.failed", "the database reported an error"},
    Code{errc::http_unreachable, "http.unreachable", "the server cannot be reached"},
    Code{errc::http_deadline, "http.deadline", "the request did not end by its deadline"},
    Code{errc::http_status, "http.status", "the server answered with an error status"},
    Code{errc::http_tls, "http.tls", "the TLS connection cannot be trusted"},
    Code{errc::http_too_large, "http.too_large", "the response is larger than allowed"},
    Code{errc::http_failed, "http.failed", "the request failed"},
    Code{errc::http_cancelled, "http.cancelled", "the request was cancelled"},
    Code{errc::net_address_denied, "net.address_denied", "the address is not allowed"},
    Code{errc::path_escape, "path.escape", "the path leads out of the base directory"},
    Code{errc::path_missing, "path.missing", "the path does not exist"},
    Code{errc::file_denied, "file.denied", "the file may not be accessed"},
    Code{errc::file_full, "file.full", "the disk or quota is full"},
    Code{errc::file_format, "file.format", "the file is not of the expected format"},
    Code{errc::file_failed, "file.failed", "the file could not be read or written"},
    Code{errc::file_deadline, "file.deadline", "the file was not read or written by the deadline"},
    Code{errc::file_cancelled, "file.cancelled", "reading or writing the file was cancelled"},
    Code{errc::llm_rate_limited, "llm.rate_limited", "the model's rate limit is reached"},
    Code{errc::llm_context_length, "llm.context_length", "the prompt is longer than the model takes"},
    Code{errc::llm_refused, "llm.refused", "the model refused to answer"},
    Code{errc::llm_failed, "llm.failed", "the model's service reported an error"},
    Code{errc::secret_missing, "secret.missing", "a secret is not set"},
    Code{errc::yaml_syntax, "yaml.syntax", "the YAML is malformed"},
    Code{errc::yaml_too_deep, "yaml.too_deep", "the YAML is nested too deeply"},
    Code{errc::yaml_alias_budget, "yaml.alias_budget", "the YAML's aliases expand to too much"},
    Code{errc::yaml_alias_cycle, "yaml.alias_cycle", "a YAML alias contains itself"},
    Code{errc::config_unknown_key, "config.unknown_key", "the key is unknown"},
    Code{errc::config_duplicate_key, "config.duplicate_key", "the key appears twice"},
    Code{errc::config_ambiguous_scalar, "config.ambiguous_scalar",
         "the unquoted value can be read in two ways"},
    Code{errc::config_too_large, "config.too_large", "the document is too large"},
    Code{errc::config_value, "config.value", "the value is not allowed here"},
    Code{errc::config_missing, "config.missing", "something required is missing"},
    Code{errc::json_syntax, "json.syntax", "the JSON is malformed"},
    Code{errc::json_too_deep, "json.too_deep", "the JSON is nested too deeply"},
    Code{errc::json_number_range, "json.number_range", "the number cannot be represented exactly"},
    Code{errc::fsm_target, "fsm.target", "the target state or network is unknown"},
    Code{errc::fsm_function, "fsm.function", "the function is not registered"},
    Code{errc::fsm_resource, "fsm.resource", "the resource is not declared where it is used"},
    Code{errc::fsm_operation, "fsm.operation", "the resource has no such operation"},
    Code{errc::fsm_argument, "fsm.argument", "the operation does not take this argument"},
    Code{errc::fsm_expression, "fsm.expression", "the expression is invalid or failed"},
    Code{errc::fsm_invalid, "fsm.invalid", "the machine is not a legal chart"},
    Code{errc::fsm_no_transition, "fsm.no_transition", "no arc could be taken"},
    Code{errc::fsm_max_transitions, "fsm.max_transitions", "the bound on transitions is reached"},
    Code{errc::fsm_action, "fsm.action", "an action failed"},
    Code{errc::fsm_contract, "fsm.contract", "a condition that must hold does not"},
    Code{errc::fsm_deadline, "fsm.deadline", "the state or execution did not end by its deadline"},
    Code{errc::fsm_cancelled, "fsm.cancelled", "the execution was cancelled"},
    Code{errc::fsm_input, "fsm.input", "the input record is not of the type the machine takes"},
    Code{errc::fsm_expectation, "fsm.expectation", "an expectation of a test does not hold"},
};

const Code* find_code(errc code) noexcept {
  const auto found =
      std::find_if(codes.begin(), codes.end(), [code](const Code& c) { return c.code == code; });
  return found == codes.end() ? nullptr : &*found;
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "leasehold"; }
  std::string message(int value) const override {
    const Code* code = find_code(static_cast<errc>(value));
    return std::string(code ? code->sentence : "unknown error");
  }
};

enum class Family { plain, connection, timeout, exhausted, circuit, deadlock, config, state };

Family family_of(errc code) noexcept {
  switch (code) {
    case errc::db_unreachable:
    case errc::db_auth:
    case errc::http_unreachable:
    case errc::http_tls:
    case errc::net_address_denied:
    case errc::resource_create_failed:
      return Family::connection;
    case errc::db_deadline:
    case errc::http_deadline:
    case errc::file_deadline:
    case errc::fsm_deadline:
      return Family::timeout;
    case errc::acquire_timeout:
    case errc::acquire_exhausted:
      return Family::exhausted;
    case errc::breaker_open:
      return Family::circuit;
    case errc::acquire_deadlock:
      return Family::deadlock;
    case errc::secret_missing:
    case errc::resource_duplicate:
      return Family::config;
    case errc::lease_revoked:
    case errc::lease_fenced:
    case errc::acquire_closed:
    case errc::acquire_forked:
    case errc::resource_type:
      return Family::state;
    default:
      break;
  }
  const std::string_view name = error_name(code);
  if (name.starts_with("yaml.") || name.starts_with("config.")) return Family::config;
  if (name.starts_with("fsm.")) return Family::state;
  return Family::plain;
}

constexpr std::array<std::string_view, 7> class_names = {"connection", "timeout", "exhausted", "circuit",
                                                         "deadlock",   "config",  "state"};

}  // namespace

std::ostream& operator<<(std::ostream& out, errc code) {
  return out << error_name(code);
}

std::string_view error_name(errc code) noexcept {
  const Code* found = find_code(code);
  return found ? found->name : "unknown";
}

std::optional<errc> error_from_name(std::string_view name) noexcept {
  for (const Code& code : codes)
    if (code.name == name) return code.code;
  return std::nullopt;
}

const std::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

struct Error::Text {
  std::string what;
  std::string message;
  ErrorDetails details;
};

Error::Error(errc code, std::string message, ErrorDetails details)
    : std::system_error(make_error_code(code)) {
  std::string what = fmt::format("{}: {}", error_name(code), message);
  if (!details.hint.empty()) what += "; " + details.hint;
  text_ = std::make_shared<const Text>(Text{std::move(what), std::move(message), std::move(details)});
}

const char* Error::what() const noexcept {
  return text_->what.c_str();
}
const std::string& Error::message() const noexcept {
  return text_->message;
}
const std::string& Error::resource() const noexcept {
  return text_->details.resource;
}
const std::string& Error::owner() const noexcept {
  return text_->details.owner;
}
Duration Error::elapsed() const noexcept {
  return text_->details.elapsed;
}
const std::string& Error::hint() const noexcept {
  return text_->details.hint;
}

CircuitOpenError::CircuitOpenError(std::string message, Duration retry_after, ErrorDetails details)
    : Error(errc::breaker_open, std::move(message), std::move(details)), retry_after_(retry_after) {}

DeadlockError::DeadlockError(std::string message, std::vector<DeadlockStep> cycle, ErrorDetails details)
    : Error(errc::acquire_deadlock, std::move(message), std::move(details)),
      cycle_(std::make_shared<const std::vector<DeadlockStep>>(std::move(cycle))) {}

namespace {
std::string join_issues(const std::vector<ConfigIssue>& issues) {
  std::string joined;
  for (const ConfigIssue& issue : issues) {
    if (!joined.empty()) joined += "\n";
    if (!issue.pointer.empty()) joined += issue.pointer + ": ";
    joined += issue.message;
    if (!issue.hint.empty()) joined += "; " + issue.hint;
  }
  return joined;
}
}  // namespace

ConfigError::ConfigError(errc code, std::string message, ErrorDetails details)
    : Error(code, message, details),
      issues_(std::make_shared<const std::vector<ConfigIssue>>(
          std::vector<ConfigIssue>{{code, "", std::move(message), std::move(details.hint), false}})) {}

ConfigError::ConfigError(std::vector<ConfigIssue> issues, ErrorDetails details)
    : Error(issues.front().code, join_issues(issues), std::move(details)),
      issues_(std::make_shared<const std::vector<ConfigIssue>>(std::move(issues))) {}

void throw_error(errc code, std::string message, ErrorDetails details) {
  switch (family_of(code)) {
    case Family::connection:
      throw ConnectionError(code, std::move(message), std::move(details));
    case Family::timeout:
      throw TimeoutError(code, std::move(message), std::move(details));
    case Family::exhausted:
      throw PoolExhaustedError(code, std::move(message), std::move(details));
    case Family::circuit:
      throw CircuitOpenError(std::move(message), Duration::zero(), std::move(details));
    case Family::deadlock:
      throw DeadlockError(std::move(message), {}, std::move(details));
    case Family::config:
      throw ConfigError(code, std::move(message), std::move(details));
    case Family::state:
      throw StateError(code, std::move(message), std::move(details));
    case Family::plain:
      break;
  }
  throw Error(code, std::move(message), std::move(details));
}

bool error_matches(std::string_view pattern, const std::exception& error) noexcept {
  if (pattern == "*") return true;
  if (pattern == "connection") return dynamic_cast<const ConnectionError*>(&error) != nullptr;
  if (pattern == "timeout") return dynamic_cast<const TimeoutError*>(&error) != nullptr;
  if (pattern == "exhausted") return dynamic_cast<const PoolExhaustedError*>(&error) != nullptr;
  if (pattern == "circuit") return dynamic_cast<const CircuitOpenError*>(&error) != nullptr;
  if (pattern == "deadlock") return dynamic_cast<const DeadlockError*>(&error) != nullptr;
  if (pattern == "config") return dynamic_cast<const ConfigError*>(&error) != nullptr;
  if (pattern == "state") return dynamic_cast<const StateError*>(&error) != nullptr;
  const auto* ours = dynamic_cast<const Error*>(&error);
  if (!ours)
    return pattern == "fsm.action" || pattern == "fsm";  // a foreign exception is an action that failed
  const std::string_view name = error_name(ours->reason());
  return name == pattern ||
         (name.starts_with(pattern) && name.size() > pattern.size() && name[pattern.size()] == '.');
}

bool is_error_pattern(std::string_view pattern) noexcept {
  if (pattern == "*" || std::find(class_names.begin(), class_names.end(), pattern) != class_names.end())
    return true;
  return std::any_of(codes.begin(), codes.end(), [pattern](const Code& code) {
    return code.name == pattern || code.name.substr(0, code.name.find('.')) == pattern;
  });
}

}  // namespace leasehold
