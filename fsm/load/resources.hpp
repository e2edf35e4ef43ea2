#pragma once

// The resources of a machine: what the document declares, what the manager has already, and what each state
// may use.

#include "mapping.hpp"

#include <leasehold/manager.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace leasehold::fsm {

// What loading asks of a ResourceManager. Nothing here changes it.
class ResourceCatalog {
 public:
  virtual ~ResourceCatalog() = default;
  virtual std::shared_ptr<IResourceProvider> examine(const ResourceDeclaration& declaration,
                                                     std::vector<ConfigIssue>& issues) const = 0;
  virtual std::shared_ptr<IResourceProvider> find(const std::string& name) const = 0;  // null if unknown
  virtual std::vector<std::string> names() const = 0;
  virtual PoolConfig pool(const std::string& name) const = 0;  // of a registered one
};

// Every resource that the machine can name.
class ResourceTable {
 public:
  struct Known {
    std::shared_ptr<IResourceProvider> provider;   // null: its declaration was refused
    std::size_t pool_size = 0;                     // 0: unknown
    std::optional<Duration> acquire_timeout = {};  // if somebody chose one
  };

  void declare(ResourceDeclaration declaration, const yaml::Node& node, Known known);
  const Known* find(const std::string& name, const ResourceCatalog& catalog);
  std::vector<std::string> names(const ResourceCatalog& catalog) const;

  const std::vector<ResourceDeclaration>& declarations() const noexcept { return declarations_; }

  // Reports issues whose pointers start with "/<name>".
  void report(const std::vector<ConfigIssue>& issues, Diagnostics& diagnostics) const;

 private:
  std::vector<ResourceDeclaration> declarations_;
  std::map<std::string, const yaml::Node*, std::less<>> nodes_;
  std::map<std::string, Known> known_;
};

// The `resources:` of a document: a mapping of names to declarations (or a list of declarations with names).
void read_declarations(const yaml::Node& node, yaml::Document& document, const ResourceCatalog& catalog,
                       ResourceTable& table, Diagnostics& diagnostics);

// The `resources:` of a network, a state or an arc: names, or mappings with more. Unknown ones are reported.
std::vector<ResourceRequirement> read_requirements(const yaml::Node* node, const ResourceCatalog& catalog,
                                                   ResourceTable& table, Diagnostics& diagnostics);

// What may be used at one place: the requirements of the state, of those around it and of the network.
class ResourceScope {
 public:
  void add(const std::vector<ResourceRequirement>& requirements);
  const ResourceRequirement* find(std::string_view name_or_role) const noexcept;  // the innermost
  std::vector<std::string> names() const;

 private:
  std::vector<ResourceRequirement> requirements_;
};

}  // namespace leasehold::fsm
