#pragma once

// Loading a machine for a verb: what is wrong with it goes to standard error, and the verb ends.

#include <leasehold/fsm/machine.hpp>

#include <string>
#include <vector>

namespace leasehold::tool {

// Each as fsm::to_text has it, with the severity coloured if asked for; with a line end behind each.
std::string diagnostics_text(const std::vector<fsm::Diagnostic>& diagnostics, bool colour);

// Loads into a manager that knows every built-in type. Every diagnostic of a refused machine goes to standard
// error, then it throws Failure (bad_machine): "N errors, nothing was registered or run".
fsm::Machine load(const std::string& path, ResourceManager& manager,
                  const fsm::FunctionRegistry& functions = {});

// Functions of these names that do nothing, for machines of programs that register them. A name may stand for
// an action and for a guard: which of them is decided where a machine uses it.
fsm::FunctionRegistry stand_ins(const std::vector<std::string>& names);

// What loading throws, whatever it is, as diagnostics.
std::vector<fsm::Diagnostic> diagnostics_of(const std::string& path, const Error& error);

std::string refusal_text(const std::vector<fsm::Diagnostic>& diagnostics);  // "2 errors, nothing was ..."

}  // namespace leasehold::tool
