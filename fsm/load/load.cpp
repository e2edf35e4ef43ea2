#include "document.hpp"
#include "lint.hpp"

#include <leasehold/fsm/machine.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

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

[[noreturn]] void refuse_file(const std::filesystem::path& path, errc code, std::string message,
                              std::string hint) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.file = path.string();
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  throw LoadError({std::move(diagnostic)});
}

std::string read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    refuse_file(path, errc::file_denied, "this is a directory", "name the file of a machine");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int reason = errno;
    refuse_file(path, reason == ENOENT ? errc::path_missing : errc::file_denied,
                fmt::format("the file cannot be read: {}", std::strerror(reason)),
                reason == ENOENT ? "check the path" : "check its permissions");
  }
  std::string text;
  char block[64 * 1024];
  while (file && text.size() <= max_bytes) {
    file.read(block, sizeof block);
    text.append(block, static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) refuse_file(path, errc::file_failed, "the file could not be read to its end", "");
  return text;
}

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
    return lint(Source(path.string(), read_file(path, options.max_bytes)), manager, functions, options);
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
  return load(Source(path.string(), read_file(path, options.max_bytes)), manager, functions, options);
}

Machine load_machine_text(std::string_view text, ResourceManager& manager, const FunctionRegistry& functions,
                          const LoadOptions& options, std::string_view file_name) {
  return load(Source(std::string(file_name), std::string(text)), manager, functions, options);
}

}  // namespace leasehold::fsm
