#include "document.hpp"
#include "file.hpp"
#include "lint.hpp"

#include <leasehold/fsm/machine.hpp>

namespace leasehold::fsm {

namespace {

class ManagerCatalog final : public ResourceCatalog {
 public:
  explicit ManagerCatalog(const ResourceManager& manager) : manager_(manager) {}

  std::shared_ptr<IResourceProvider> examine(const ResourceDeclaration& declaration,
                                             std::vector<ConfigIssue>& issues) const override {
    return manager_.examine(declaration, issues);
  }
  std::shared_ptr<IResourceProvider> find(const std::string& name) const override {
    return manager_.get_provider(name);
  }
  std::vector<std::string> names() const override { return manager_.names(); }
  PoolConfig pool(const std::string& name) const override { return manager_.get_pool_config(name); }

 private:
  const ResourceManager& manager_;
};

Machine load(const Source& source, ResourceManager& manager, const FunctionRegistry& functions,
             const LoadOptions& options) {
  Diagnostics diagnostics(source);
  Loaded loaded = load_document(source, ManagerCatalog(manager), functions, options, diagnostics);
  if (loaded.definition) {
    try {
      manager.declare(loaded.resources.declarations());
    } catch (const ConfigError& error) {  // another load was faster
      loaded.definition = nullptr;
      try {
        loaded.resources.report(error.issues(), diagnostics);
      } catch (const TooManyErrors&) {
      }
    }
  }
  std::vector<Diagnostic> found = diagnostics.take();
  if (!loaded.definition) throw LoadError(std::move(found));
  loaded.definition->warnings = std::move(found);
  loaded.definition->manager = &manager;
  return Machine(std::move(loaded.definition));
}

// The same without registering anything.
std::vector<Diagnostic> lint(const Source& source, const ResourceManager& manager,
                             const FunctionRegistry& functions, const LoadOptions& options) {
  Diagnostics diagnostics(source);
  load_document(source, ManagerCatalog(manager), functions, options, diagnostics);
  return diagnostics.take();
}

}  // namespace

std::vector<Diagnostic> lint_machine(const std::filesystem::path& path, const ResourceManager& manager,
                                     const FunctionRegistry& functions, const LoadOptions& options) {
  try {
    return lint(Source(path.string(), read_machine_file(path, options.max_bytes)), manager, functions,
                options);
  } catch (const LoadError& unreadable) {
    return unreadable.diagnostics();
  }
}

std::vector<Diagnostic> lint_machine_text(std::string_view text, const ResourceManager& manager,
                                          const FunctionRegistry& functions, const LoadOptions& options,
                                          std::string_view file_name) {
  return lint(Source(std::string(file_name), std::string(text)), manager, functions, options);
}

Machine load_machine(const std::filesystem::path& path, ResourceManager& manager,
                     const FunctionRegistry& functions, const LoadOptions& options) {
  return load(Source(path.string(), read_machine_file(path, options.max_bytes)), manager, functions, options);
}

Machine load_machine_text(std::string_view text, ResourceManager& manager, const FunctionRegistry& functions,
                          const LoadOptions& options, std::string_view file_name) {
  return load(Source(std::string(file_name), std::string(text)), manager, functions, options);
}

}  // namespace leasehold::fsm
