#include "policies.hpp"

#include "keys.hpp"

#include <fmt/format.h>

#include <cctype>

namespace leasehold::fsm {

namespace {

struct Family {
  Policies::Kind kind;
  const char* key;   // under `use`
  const char* what;  // of one of them
};
constexpr Family families[] = {{Policies::Kind::retry, "retries", "retry"},
                               {Policies::Kind::catches, "catches", "catch"},
                               {Policies::Kind::timeout, "timeouts", "timeout"},
                               {Policies::Kind::contract, "contracts", "contract"}};

const Family& family_of(Policies::Kind kind) {
  return families[static_cast<std::size_t>(kind)];
}

// A timeout may be a duration, `off` or a name, so that names look like neither.
bool is_name_of_timeout(std::string_view text) noexcept {
  return !text.empty() && text != "off" &&
         (std::isalpha(static_cast<unsigned char>(text[0])) != 0 || text[0] == '_');
}

}  // namespace

void Policies::read(const yaml::Node& use, Diagnostics& diagnostics) {
  const Mapping mapping(use, keys::use, "use", diagnostics);
  for (const Family& family : families) {
    const yaml::Node* named = mapping.find(family.key);
    if (!named) continue;
    if (!named->is(yaml::Node::Kind::mapping)) {
      diagnostics.error(errc::config_value, named->position,
                        fmt::format("{} are a mapping, not {}", family.key, yaml::kind_name(named->kind)),
                        "write the name of each before it");
      continue;
    }
    for (const yaml::Entry& entry : named->entries) {
      if (family.kind == Kind::timeout && !is_name_of_timeout(entry.key))
        diagnostics.error(errc::config_value, entry.position,
                          fmt::format("'{}' cannot be the name of a timeout", entry.key),
                          "begin it with a letter");
      policies_.push_back({family.kind, entry.key, entry.value, entry.position});
      check(policies_.back(), diagnostics);
    }
  }
}

void Policies::check(const Policy& policy, Diagnostics& diagnostics) const {
  switch (policy.kind) {
    case Kind::retry:
      Mapping(*policy.value, keys::retry, "a retry", diagnostics);
      break;
    case Kind::catches:
      for (const yaml::Node* item : one_or_many(policy.value))
        Mapping(*item, keys::caught, "a catch", diagnostics);
      break;
    case Kind::timeout:
      read_value<std::optional<Duration>>(*policy.value, diagnostics);
      break;
    case Kind::contract:
      Mapping(*policy.value, keys::contract, "a contract", diagnostics);
      break;
  }
}

Policies::Policy* Policies::find(Kind kind, std::string_view name) noexcept {
  for (Policy& policy : policies_)
    if (policy.kind == kind && policy.name == name) return &policy;
  return nullptr;
}

const yaml::Node* Policies::resolve(Kind kind, const yaml::Node* value, Diagnostics& diagnostics) {
  if (!value || !value->is(yaml::Node::Kind::scalar)) return value;
  if (Policy* policy = find(kind, value->text)) {
    policy->used = true;
    return policy->value;
  }
  if (kind == Kind::timeout && !is_name_of_timeout(value->text)) return value;
  if (diagnostics.failed_at(value->position)) return nullptr;
  std::vector<std::string> names;
  for (const Policy& policy : policies_)
    if (policy.kind == kind) names.push_back(policy.name);
  const Family& family = family_of(kind);
  std::string hint = suggest_name(value->text, names);
  if (hint.empty()) hint = fmt::format("declare it: use: {{{}: {{{}: ...}}}}", family.key, value->text);
  diagnostics.error(errc::config_value, value->position,
                    fmt::format("there is no {} '{}' under use", family.what, value->text), std::move(hint));
  return nullptr;
}

std::vector<UnusedPolicy> Policies::unused() const {
  std::vector<UnusedPolicy> all;
  for (const Policy& policy : policies_)
    if (!policy.used) all.push_back({family_of(policy.kind).what, policy.name, policy.position});
  return all;
}

}  // namespace leasehold::fsm
