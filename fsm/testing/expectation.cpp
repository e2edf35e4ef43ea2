// Whether expectations hold.

#include "testing/expectation.hpp"

#include "load/value.hpp"
#include "model.hpp"
#include "testing/bench.hpp"
#include "testing/expected_value.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace leasehold::fsm {

namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

std::string difference(const std::string& expected, const std::string& got) {
  return fmt::format("expected {}, got {}", expected, got);
}

std::string listed(const Texts& names) {
  return fmt::format("[{}]", fmt::join(names, ", "));
}

// Whether `asked`, a state's name with or without that of its network, is `name` in some network.
bool names_state(const Definition& definition, const std::string& asked, std::string_view name) {
  return asked == name ||
         std::any_of(definition.networks.begin(), definition.networks.end(), [&](const Network& network) {
           return asked == fmt::format("{}.{}", network.name, name);
         });
}

// --- Of the chart

// The active states with nothing active inside, and those around them.
struct Active {
  std::set<std::string> innermost, all;  // "network.state"
};

Active active_states(const Observed& observed) {
  const Definition& definition = observed.bench.machine().definition();
  Active active;
  for (const Snapshot::Level& level : observed.now.stack) {
    for (const Network& network : definition.networks) {
      if (network.name != level.network) continue;
      for (std::size_t i = 1; i < network.states.size(); ++i) {
        const auto is_active = [&](StateIndex index) {
          return std::find(level.states.begin(), level.states.end(), network.states[index].name) !=
                 level.states.end();
        };
        const State& state = network.states[i];
        if (!is_active(static_cast<StateIndex>(i))) continue;
        const std::string name = network.name + "." + state.name;
        active.all.insert(name);
        if (std::none_of(state.children.begin(), state.children.end(), is_active))
          active.innermost.insert(name);
      }
    }
  }
  return active;
}

Texts check_states(const Texts& expected, const Observed& observed) {
  const Definition& definition = observed.bench.machine().definition();
  const Active active = active_states(observed);
  const auto named = [&](const std::string& full) {
    return std::any_of(expected.begin(), expected.end(),
                       [&](const auto& name) { return means(definition, name, full); });
  };
  const bool all_named = std::all_of(active.innermost.begin(), active.innermost.end(), named);
  const bool all_active = std::all_of(expected.begin(), expected.end(), [&](const std::string& name) {
    return std::any_of(active.all.begin(), active.all.end(),
                       [&](const auto& full) { return means(definition, name, full); });
  });
  if (all_named && all_active) return {};
  std::string got = listed(Texts(active.innermost.begin(), active.innermost.end()));
  if (observed.finished)
    got = observed.result.error.empty() ? fmt::format("the end in '{}'", observed.result.final_state)
                                        : fmt::format("a failed run: {}", observed.result.error);
  return {"states: " + difference(listed(expected), got)};
}

// --- Of the leases

Texts check_leases(const json& expected, const Observed& observed) {
  std::map<std::string, Texts> held;  // resource -> the states or networks that hold it
  for (const Snapshot::Held& one : observed.now.leases) {
    const std::size_t from = one.owner.find('/') + 1;
    held[one.resource].push_back(one.owner.substr(from, one.owner.rfind('#') - from));
  }
  const auto as_said = [&](const std::string& resource, const json& holders) {
    const auto found = held.find(resource);
    if (found == held.end() || expected.is_array()) return found != held.end();
    const Texts named = *texts_of(holders);
    const auto is_named = [&](const std::string& holder) {
      return std::any_of(named.begin(), named.end(), [&](const auto& name) {
        return means(observed.bench.machine().definition(), name, holder);
      });
    };
    return named.size() == found->second.size() &&
           std::all_of(found->second.begin(), found->second.end(), is_named);
  };
  bool same = held.size() == expected.size();
  for (const auto& [key, value] : expected.items())
    same = same && as_said(expected.is_array() ? value.get<std::string>() : key, value);
  if (same) return {};
  Texts names;
  for (const auto& [resource, holders] : held)
    for (const std::string& holder : holders) names.push_back(fmt::format("{} by {}", resource, holder));
  return {"leases: " + difference(shown(expected), listed(names))};
}

// --- Of the doubles

Texts check_calls(const json& expected, const Observed& observed) {
  Texts wrong;
  for (const auto& [resource, operations] : expected.items())
    for (const auto& [operation, wanted] : operations.items()) {
      const auto calls = observed.bench.calls(resource, operation).value_or(std::vector<json>{});
      const std::string name = fmt::format("calls of {}.{}", resource, operation);
      const std::size_t count = wanted.is_array() ? wanted.size() : wanted.get<std::size_t>();
      if (calls.size() != count)
        wrong.push_back(fmt::format("{}: {}{}", name,
                                    difference(std::to_string(count), std::to_string(calls.size())),
                                    calls.empty() ? "" : ": " + shown(calls)));
      else if (wanted.is_array())
        for (std::size_t i = 0; i < count; ++i)
          for (const std::string& missing : missing_data(wanted[i], calls[i]))
            wrong.push_back(fmt::format("{}, call {}: {}", name, i + 1, missing));
    }
  return wrong;
}

// --- Of the result

std::string ending(const Observed& observed) {
  if (!observed.finished) return "a run that is not over";
  return observed.result.error.empty() ? "no error" : observed.result.error;
}

Texts check_error(const std::string& expected, const Observed& observed) {
  const bool failed = !observed.result.error.empty();
  if (expected == "none")
    return failed ? Texts{"error: " + difference("none", observed.result.error)} : Texts{};
  bool same = failed && observed.result.code.has_value();
  if (same) {
    try {
      throw_error(*observed.result.code, "");
    } catch (const Error& error) {
      same = error_matches(expected, error);
    }
  }
  return same ? Texts{} : Texts{"error: " + difference(expected, ending(observed))};
}

Texts check_jq(const Texts& programs, const Observed& observed) {
  Texts wrong;
  for (const std::string& source : programs) {
    try {
      if (!JqProgram::compile(source).test(observed.now.data, nullptr))
        wrong.push_back(fmt::format("jq: '{}' does not hold on {}", source, shown(observed.now.data)));
    } catch (const Error& error) {
      wrong.push_back(fmt::format("jq: '{}' failed: {}", source, error.message()));
    }
  }
  return wrong;
}

}  // namespace

Texts missing_data(const json& expected, const json& actual, const std::string& pointer) {
  if (expected.is_object() && actual.is_object()) {
    Texts wrong;
    for (const auto& [key, value] : expected.items()) {
      const auto found = actual.find(key);
      const std::string inner = pointer_join(pointer, key);
      if (found == actual.end())
        wrong.push_back(fmt::format("at {}: expected {}, got nothing", inner, shown(value)));
      else
        for (std::string& text : missing_data(value, *found, inner)) wrong.push_back(std::move(text));
    }
    return wrong;
  }
  if (expected.is_array() && actual.is_array() && expected.size() == actual.size()) {
    Texts wrong;
    for (std::size_t i = 0; i < expected.size(); ++i)
      for (std::string& text : missing_data(expected[i], actual[i], pointer_join(pointer, i)))
        wrong.push_back(std::move(text));
    return wrong;
  }
  if (expected == actual) return {};
  return {fmt::format("at {}: expected {}, got {}", pointer.empty() ? "/" : pointer, shown(expected),
                      shown(actual))};
}

Texts mismatches(const Expectation& expectation, const Observed& observed) {
  const std::string& key = expectation.key;
  const json& value = expectation.value;
  if (key == "states") return check_states(*texts_of(value), observed);
  if (key == "leases") return check_leases(value, observed);
  if (key == "calls") return check_calls(value, observed);
  if (key == "jq") return check_jq(*texts_of(value), observed);
  if (key == "error") return check_error(value.get<std::string>(), observed);
  if (key == "data") {
    Texts wrong = missing_data(value, observed.now.data);
    for (std::string& text : wrong) text = "data " + text;
    return wrong;
  }
  if (key == "path") {
    const Texts expected = *texts_of(value), &path = observed.result.path;
    return std::equal(expected.begin(), expected.end(), path.begin(), path.end(),
                      [&](const auto& asked, const auto& name) {
                        return names_state(observed.bench.machine().definition(), asked, name);
                      })
               ? Texts{}
               : Texts{"path: " + difference(listed(expected), listed(observed.result.path))};
  }
  if (key == "finished") {
    return observed.finished == value.get<bool>()
               ? Texts{}
               : Texts{"finished: " + difference(shown(value), observed.finished ? "true" : "false")};
  }
  if (key == "success") {
    const bool same = observed.finished && observed.result.success == value.get<bool>();
    return same ? Texts{}
                : Texts{"success: " +
                        difference(shown(value),
                                   observed.finished
                                       ? (observed.result.success ? "true" : "false, " + ending(observed))
                                       : ending(observed))};
  }
  const auto expected = value.get<std::string>();  // final_state
  const bool same = observed.finished &&
                    names_state(observed.bench.machine().definition(), expected, observed.result.final_state);
  return same ? Texts{}
              : Texts{"final_state: " + difference(expected, observed.finished ? observed.result.final_state
                                                                               : ending(observed))};
}

}  // namespace leasehold::fsm
