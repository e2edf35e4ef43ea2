// Whether expectations make sense for a machine, before anything runs.

#include "load/value.hpp"
#include "testing/bench.hpp"
#include "testing/expectation.hpp"
#include "testing/expected_value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

class Verifier {
 public:
  Verifier(const Expectation& expectation, const TestBench& bench, Diagnostics& diagnostics)
      : expectation_(expectation), bench_(bench), diagnostics_(diagnostics) {}

  void run() {
    const std::string& key = expectation_.key;
    const json& value = expectation_.value;
    if (key == "states" || key == "path" || key == "final_state") {
      if (const auto names = texts_of(value); names && (key != "final_state" || value.is_string()))
        for (std::size_t i = 0; i < names->size(); ++i) state((*names)[i], value.is_array() ? at(i) : "");
      else
        refuse("", "the names of states are needed here", "write [name, ...]");
    } else if (key == "leases") {
      leases(value);
    } else if (key == "calls") {
      calls(value);
    } else if (key == "jq") {
      jq(value);
    } else if (key == "finished" || key == "success") {
      if (!value.is_boolean()) refuse("", fmt::format("'{}' is true or false", key), "");
    } else if (key == "error") {
      if (!value.is_string() || (value != "none" && !is_error_pattern(value.get<std::string>())))
        refuse("", fmt::format("{} is no error", shown(value)),
               "give a code such as db.constraint, an area, a class such as timeout, or none");
    }
  }

 private:
  static std::string at(std::size_t index) { return pointer_join("", index); }

  void refuse(const std::string& pointer, std::string message, std::string hint,
              errc code = errc::config_value, bool at_key = false) {
    diagnostics_.error(code, yaml::locate(*expectation_.node, pointer, at_key), std::move(message),
                       std::move(hint));
  }

  void state(const std::string& name, const std::string& pointer) {
    const Texts known = bench_.machine().states();
    const Definition& definition = bench_.machine().definition();
    if (std::any_of(known.begin(), known.end(),
                    [&](const auto& full) { return means(definition, name, full); }))
      return;
    Texts names = known;
    for (const Network& network : definition.networks)
      for (std::size_t i = 1; i < network.states.size(); ++i) names.push_back(network.states[i].name);
    refuse(pointer, fmt::format("the machine has no state '{}'", name),
           suggest_name(name, nearest_name(name, names).empty() ? known : names), errc::fsm_target);
  }

  bool resource(const std::string& name, const std::string& pointer, bool at_key) {
    const Texts known = bench_.machine().resources();
    if (std::find(known.begin(), known.end(), name) != known.end()) return true;
    refuse(pointer, fmt::format("the machine has no resource '{}'", name), suggest_name(name, known),
           errc::fsm_resource, at_key);
    return false;
  }

  void leases(const json& value) {
    const auto names = value.is_array() ? texts_of(value) : std::nullopt;
    if (!names && !value.is_object())
      return refuse("", "the names of resources are needed here", "write [db], or {db: main.store}");
    if (names)
      for (std::size_t i = 0; i < names->size(); ++i) resource((*names)[i], at(i), false);
    else
      for (const auto& [name, holders] : value.items()) {
        resource(name, pointer_join("", name), true);
        const auto named = texts_of(holders);
        if (!named)
          refuse(pointer_join("", name), "the state or network that holds it is needed here",
                 "write main.store");
        else
          for (std::size_t i = 0; i < named->size(); ++i)
            if (!is_network((*named)[i]))
              state((*named)[i], pointer_join("", name) + (holders.is_array() ? at(i) : ""));
      }
  }

  bool is_network(const std::string& name) const {
    const std::vector<Network>& networks = bench_.machine().definition().networks;
    return std::any_of(networks.begin(), networks.end(),
                       [&](const Network& network) { return network.name == name; });
  }

  void calls(const json& value) {
    if (!value.is_object()) return refuse("", "calls are a mapping of resources", "write {db: {query: 2}}");
    for (const auto& [name, operations] : value.items()) {
      const std::string pointer = pointer_join("", name);
      if (!resource(name, pointer, true)) continue;
      const auto found = bench_.parts().doubles.find(name);
      if (found == bench_.parts().doubles.end())
        refuse(pointer, fmt::format("the calls of '{}' are not known: it is no double", name),
               fmt::format("replace it: given: {{resources: {{{}: {{}}}}}}", name), errc::config_value, true);
      else if (!operations.is_object())
        refuse(pointer, "a mapping of operations is needed here", "write {query: 2}");
      else
        for (const auto& [operation, wanted] : operations.items())
          operation_of(*found->second, name, operation, wanted);
    }
  }

  void operation_of(const Double& stands_in, const std::string& resource_name, const std::string& operation,
                    const json& wanted) {
    const std::string pointer = pointer_join(pointer_join("", resource_name), operation);
    Texts known = {"acquire", "validate", "reset"};
    for (const auto& [name, one] : stands_in.operations()) known.push_back(name);
    if (std::find(known.begin(), known.end(), operation) == known.end())
      refuse(pointer, fmt::format("'{}' has no operation '{}'", resource_name, operation),
             suggest_name(operation, known), errc::fsm_operation, true);
    if (!(wanted.is_number_integer() && wanted >= 0) && !wanted.is_array())
      refuse(pointer, "how many calls, or the arguments of each, are needed here",
             "write 2, or [{...}, {...}]");
  }

  void jq(const json& value) {
    const auto programs = texts_of(value);
    if (!programs) return refuse("", "jq conditions are needed here", "write '.n > 1', or a list of them");
    for (std::size_t i = 0; i < programs->size(); ++i) {
      try {
        JqProgram::compile((*programs)[i]);
      } catch (const Error& error) {
        refuse(value.is_array() ? at(i) : "", error.message(), error.hint(), error.reason());
      }
    }
  }

  const Expectation& expectation_;
  const TestBench& bench_;
  Diagnostics& diagnostics_;
};

}  // namespace

void verify(const Expectation& expectation, const TestBench& bench, Diagnostics& diagnostics) {
  Verifier(expectation, bench, diagnostics).run();
}

}  // namespace leasehold::fsm
