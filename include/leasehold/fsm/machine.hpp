#pragma once

// Machine: a validated, immutable definition loaded from YAML. Start here to run machines.
//
//   register_builtin_types(manager);                      // <leasehold/adapters/all.hpp>
//   Machine machine = load_machine("import.yaml", manager, functions);
//   RunResult result = machine.run({{"file", "a.json"}}, {});
//
// Threads: a Machine is a cheap handle to something immutable; many threads may run one machine at once. It
// refers to the manager it was loaded into, which must outlive it and its executions.

#include <leasehold/fsm/execution.hpp>
#include <leasehold/fsm/functions.hpp>
#include <leasehold/fsm/load.hpp>

#include <memory>
#include <string>
#include <vector>

namespace leasehold::fsm {

struct Definition;  // the checked model, internal
class Table;        // and what is worked out of it

class Machine {
 public:
  explicit Machine(std::shared_ptr<const Definition> definition);  // for the loader

  // Runs one execution to its end in the calling thread. A failure is a RunResult, not an exception; what
  // throws is only misuse (StateError: the manager is closed). Blocks until done, bounded by options.timeout.
  RunResult run(nlohmann::json input, const RunOptions& options = {}) const;

  // Enters the initial configuration and returns an execution that is driven by events.
  Execution start(nlohmann::json input, const RunOptions& options = {}) const;

  // An event for Execution::fire of this machine's executions.
  EventId event(std::string_view name) const;

  const std::string& name() const noexcept;
  std::vector<std::string> states() const;                   // "network.state", document order
  const std::vector<Diagnostic>& warnings() const noexcept;  // what the loader and lint noticed
  std::vector<std::string> resources() const;                // names the machine declares or uses

  const Definition& definition() const noexcept;  // for leasehold's own parts

 private:
  std::shared_ptr<const Table> table_;
};

}  // namespace leasehold::fsm
