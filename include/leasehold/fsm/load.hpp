#pragma once

// Loading a machine: YAML in, a validated Machine or every problem at once out. Nothing is registered and
// nothing changes unless the whole document is good.
//
// Threads: any; two loads into one manager may run at once.
// Blocks: reads the file; opens no resource.

#include <leasehold/fsm/functions.hpp>
#include <leasehold/manager.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::fsm {

class Machine;

enum class Severity { error, warning, note };

// One finding, at a place. Printed as
//   import.yaml:12:10: error[config.unknown_key]: unknown key 'targt'; did you mean 'target'?
//    12 |       - {targt: done}
//       |          ^
struct Diagnostic {
  Severity severity = Severity::error;
  errc code = errc::config_value;
  std::string file;
  unsigned line = 0;    // 1-based; 0: no place
  unsigned column = 0;  // 1-based, in characters
  std::string message;
  std::string hint;
  std::string source_line;  // the text of that line, for the caret: as written, so without what came from the
                            // environment; values of keys that hold secrets are masked
  std::string rule = {};    // of lint (<leasehold/fsm/lint.hpp>); "": not a finding of lint
};

std::string to_text(const Diagnostic&);  // with line and caret
nlohmann::json to_json(const Diagnostic&);

// What loading throws: every error, in the order of the document. what() is the text of all of them.
class LoadError : public ConfigError {
 public:
  explicit LoadError(std::vector<Diagnostic> diagnostics);
  const char* what() const noexcept override { return text_->c_str(); }
  const std::vector<Diagnostic>& diagnostics() const noexcept { return *diagnostics_; }  // warnings too

 private:
  std::shared_ptr<const std::string> text_;
  std::shared_ptr<const std::vector<Diagnostic>> diagnostics_;
};

// Which rules of lint look at a machine: all but those that it disables itself, unless one of these says
// otherwise. The later of these wins over the earlier. Names that are no rule's are refused with ConfigError.
struct LintOptions {
  std::vector<std::string> only = {};     // not empty: these, whatever the machine says
  std::vector<std::string> enable = {};   // these too, whatever the machine says
  std::vector<std::string> disable = {};  // not these
};

struct LoadOptions {
  // Where ${VAR} comes from; null: the process's environment.
  std::function<std::optional<std::string>(const std::string&)> environment = nullptr;
  // What relative paths of adapters are relative to is the process's working directory, not the file's.
  std::size_t max_bytes = 4 * 1024 * 1024;
  std::size_t max_depth = 64;
  std::size_t max_alias_nodes = 100'000;  // nodes that aliases may expand to in all
  LintOptions lint = {};
};

// Reads, checks and registers. Throws LoadError.
Machine load_machine(const std::filesystem::path& path, ResourceManager& manager,
                     const FunctionRegistry& functions, const LoadOptions& options = {});
Machine load_machine_text(std::string_view text, ResourceManager& manager, const FunctionRegistry& functions,
                          const LoadOptions& options = {}, std::string_view file_name = "machine.yaml");

}  // namespace leasehold::fsm
