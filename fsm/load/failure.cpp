#include "failure.hpp"

#include "expressions.hpp"
#include "keys.hpp"

#include <fmt/format.h>

#include <set>

namespace leasehold::fsm {

std::vector<std::string> known_errors() {
  std::set<std::string> names = {"connection", "timeout", "exhausted", "circuit",
                                 "deadlock",   "config",  "state"};
  for (int code = 1; error_name(static_cast<errc>(code)) != "unknown"; ++code) {
    const std::string name(error_name(static_cast<errc>(code)));
    names.insert(name);
    names.insert(name.substr(0, name.find('.')));
  }
  return {names.begin(), names.end()};
}

namespace {

void read_errors(const Mapping& mapping, std::vector<std::string>& errors) {
  const yaml::Node* node = mapping.find("errors");
  if (!node) return;
  errors.clear();
  for (const yaml::Node* item : one_or_many(node)) {
    const auto pattern = read_name(*item, mapping.diagnostics());
    if (!pattern) continue;
    if (is_error_pattern(*pattern)) {
      errors.push_back(*pattern);
    } else {
      mapping.diagnostics().error(errc::config_value, item->position,
                                  fmt::format("'{}' is no error", *pattern),
                                  suggest_name(*pattern, known_errors()));
    }
  }
  if (one_or_many(node).empty())
    mapping.diagnostics().error(errc::config_value, node->position, "no error is listed",
                                "write ['*'] for all");
}

void check(const Mapping& mapping, std::string_view key, bool good, std::string message) {
  if (good || !mapping.has(key)) return;
  mapping.diagnostics().error(errc::config_value, mapping.find(key)->position, std::move(message));
}

}  // namespace

std::optional<Retry> read_retry(Loading& loading, const yaml::Node* value) {
  const yaml::Node* node = loading.policies.resolve(Policies::Kind::retry, value, loading.diagnostics);
  if (!node) return std::nullopt;
  const Mapping mapping(*node, keys::retry, "a retry", loading.diagnostics);
  Retry retry;
  read_errors(mapping, retry.errors);
  mapping.read("attempts", retry.attempts);
  mapping.read("delay", retry.delay);
  mapping.read("backoff", retry.backoff);
  mapping.read("jitter", retry.jitter);
  mapping.read("max_delay", retry.max_delay);
  check(mapping, "attempts", retry.attempts > 0, "attempts counts the first one too, so it is at least 1");
  check(mapping, "backoff", retry.backoff >= 1 && retry.backoff <= 1000,
        "backoff is a factor from 1 to 1000");
  check(mapping, "jitter", retry.jitter >= 0 && retry.jitter <= 1, "jitter is a share from 0 to 1");
  check(mapping, "max_delay", !retry.max_delay || *retry.max_delay >= retry.delay,
        "max_delay is below delay");
  return retry;
}

std::vector<Catch> read_catches(Loading& loading, const Draft& draft, const yaml::Node* node) {
  std::vector<Catch> catches;
  const auto read_one = [&](const yaml::Node* item) {
    const Mapping mapping(*item, keys::caught, "a catch", loading.diagnostics);
    Catch caught;
    read_errors(mapping, caught.errors);
    caught.into = read_path(mapping.find("into"), loading.diagnostics);
    if (const yaml::Node* target = mapping.find("target")) caught.target = draft.find_state(loading, *target);
    catches.push_back(std::move(caught));
  };
  for (const yaml::Node* item : one_or_many(node)) {
    const yaml::Node* meant = loading.policies.resolve(Policies::Kind::catches, item, loading.diagnostics);
    if (meant == item)
      read_one(item);
    else
      for (const yaml::Node* one : one_or_many(meant)) read_one(one);
  }
  return catches;
}

}  // namespace leasehold::fsm
