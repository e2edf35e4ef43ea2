#pragma once

// Testing machines: doubles in the place of resources, virtual time, scenarios in YAML, and what they reach.
//
//   TestBench bench("orders.yaml", {.doubles = {{"db", {{"replies", {{"query", {{1}}}}}}}}},
//                   {.register_types = register_builtin_types});
//   Execution run = bench.machine().start({{"id", 7}});
//   run.send("order.received");
//   pass_time(run, bench.clock(), 1h);
//   CHECK(run.configuration() == ...);
//   CHECK(bench.calls("db", "query").size() == 1);
//
// or, from files (docs/testing.md): run_tests({"orders.test.yaml"}, options).
//
// A double has the type, the operations and the pool of what the machine declares, so the machine is loaded
// and lent to as in production; its answers, faults and delays are scripted as the dict adapter's are
// (adapters/dict/README.md), and it opens nothing.
//
// Threads: a TestBench is used by one thread at a time; run_tests runs in the calling thread.

#include <leasehold/fsm/machine.hpp>
#include <leasehold/fsm/virtual_clock.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::fsm {

struct TestOptions {
  // Makes the kinds of resources known that machines declare: register_builtin_types.
  std::function<void(ResourceManager&)> register_types = nullptr;
  FunctionRegistry functions = {};
  std::string only = {};  // run_tests: the scenarios with this text in their name; "": all
};

// What a machine finds when it is tested.
struct Given {
  // By resource the script of its double, {} for one that answers null; "real": the machine's own. Each
  // resource that is no plain dict must be mentioned here or among the providers.
  std::map<std::string, nlohmann::json> doubles = {};
  std::map<std::string, std::shared_ptr<IResourceProvider>> providers = {};  // doubles of your own
  std::map<std::string, std::string> environment = {};                       // before the process's own
  std::map<std::string, std::string> functions = {};  // jq in place of C++: a guard tests it, an action
                                                      // makes the data what it gives
};

// A machine, loaded with doubles into a manager of its own whose time is virtual.
class TestBench {
 public:
  // Throws LoadError for what is wrong with the machine; ConfigError for what is wrong with `given`, with
  // pointers such as "/resources/db/replies" and "/functions/is_large".
  TestBench(const std::filesystem::path& machine, const Given& given, const TestOptions& options);
  TestBench(TestBench&&) noexcept;
  TestBench& operator=(TestBench&&) noexcept;
  ~TestBench();

  const Machine& machine() const noexcept;
  ResourceManager& manager() noexcept;
  VirtualClock& clock() noexcept;

  // The arguments of each call of a double's operation, oldest first; of "acquire" nulls. Nullopt: the
  // resource is no scripted double.
  std::optional<std::vector<nlohmann::json>> calls(const std::string& resource,
                                                   const std::string& operation) const;

  struct Parts;  // internal
  const Parts& parts() const noexcept { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

// How often tests came to each state and arc of a machine. Histories are no places to be.
struct Coverage {
  struct Place {
    std::string name;  // "main.store"; of an arc with what it waits for and where it leads
    unsigned line = 0, column = 0;
    std::size_t count = 0;
  };
  std::string file;  // of the machine
  std::string machine;
  std::vector<Place> states, arcs;

  void add(const Coverage& other);                                   // of the same machine
  static double percent(const std::vector<Place>& places) noexcept;  // 100 if there are none
};

struct ScenarioResult {
  std::string file;
  std::string name;
  unsigned line = 0;
  std::vector<Diagnostic> failures;  // none: it passed
  Duration took = {};                // of real time
  bool passed() const noexcept { return failures.empty(); }
};

struct TestReport {
  std::vector<ScenarioResult> scenarios;
  std::vector<Coverage> coverage;  // one for each machine, over all files
  bool passed() const noexcept;
};

nlohmann::json to_json(const Coverage&);
nlohmann::json to_json(const TestReport&);

// Runs the scenarios of the files. Throws LoadError with everything that is wrong with any of the files or
// their machines; nothing has run then.
TestReport run_tests(const std::vector<std::filesystem::path>& files, const TestOptions& options);

// A scenario file for the machine whose paths reach every arc that events, time and conditions can reach:
// shortest paths, conditions taken to hold as they must, with a comment that says so. `file` is the name
// that the scenario file will have; it names the machine relative to it.
std::string generate_tests(const std::filesystem::path& machine, const std::filesystem::path& file,
                           const TestOptions& options);

}  // namespace leasehold::fsm
