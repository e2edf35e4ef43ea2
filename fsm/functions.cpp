#include <leasehold/fsm/functions.hpp>

#include <fmt/format.h>

namespace leasehold::fsm {

namespace {

template <class Functions, class Function>
void add_function(Functions& functions, std::string_view kind, std::string name, Function function) {
  if (name.empty()) throw ConfigError(errc::config_value, fmt::format("a {} needs a name", kind));
  if (!function) throw ConfigError(errc::config_value, fmt::format("the {} '{}' is empty", kind, name));
  const auto [at, added] = functions.emplace(std::move(name), std::move(function));
  if (!added)
    throw ConfigError(errc::resource_duplicate,
                      fmt::format("a {} named '{}' is registered already", kind, at->first),
                      {.hint = "give it another name"});
}

template <class Functions>
auto find_function(const Functions& functions, std::string_view name) noexcept {
  const auto found = functions.find(name);
  return found == functions.end() ? nullptr : &found->second;
}

template <class Functions>
std::vector<std::string> names_of(const Functions& functions) {
  std::vector<std::string> names;
  for (const auto& [name, function] : functions) names.push_back(name);
  return names;
}

}  // namespace

FunctionRegistry& FunctionRegistry::action(std::string name, Action function) {
  add_function(actions_, "action", std::move(name), std::move(function));
  return *this;
}
FunctionRegistry& FunctionRegistry::guard(std::string name, Guard function) {
  add_function(guards_, "guard", std::move(name), std::move(function));
  return *this;
}

const Action* FunctionRegistry::find_action(std::string_view name) const noexcept {
  return find_function(actions_, name);
}
const Guard* FunctionRegistry::find_guard(std::string_view name) const noexcept {
  return find_function(guards_, name);
}

std::vector<std::string> FunctionRegistry::action_names() const {
  return names_of(actions_);
}
std::vector<std::string> FunctionRegistry::guard_names() const {
  return names_of(guards_);
}

}  // namespace leasehold::fsm
