#include "testing/bench.hpp"

#include "event_value.hpp"
#include "load/document.hpp"
#include "load/file.hpp"

#include <fmt/format.h>

namespace leasehold::fsm {

namespace {

const nlohmann::json real_one = "real";

// The resources of a machine under test: doubles where they are wanted, else what it declares.
class Stage final : public ResourceCatalog {
 public:
  Stage(const Given& given, const TestOptions& options) : given_(given) {
    if (options.register_types) options.register_types(types_);
  }

  std::shared_ptr<IResourceProvider> examine(const ResourceDeclaration& declaration,
                                             std::vector<ConfigIssue>& issues) const override {
    auto real = types_.examine(declaration, issues);
    if (!real) return nullptr;
    return made_[declaration.name] = stand_in(declaration.name, std::move(real));
  }
  std::shared_ptr<IResourceProvider> find(const std::string& name) const override {
    if (const auto own = given_.providers.find(name); own != given_.providers.end()) return own->second;
    const auto script = given_.doubles.find(name);
    if (script == given_.doubles.end() || script->second == real_one) return nullptr;
    return made_[name] = stand_in(name, nullptr);
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> all;
    for (const auto& [name, provider] : given_.providers) all.push_back(name);
    for (const auto& [name, script] : given_.doubles) all.push_back(name);
    return all;
  }
  PoolConfig pool(const std::string&) const override { return {}; }

  const std::map<std::string, std::shared_ptr<IResourceProvider>>& made() const noexcept { return made_; }
  const std::map<std::string, std::shared_ptr<Double>>& doubles() const noexcept { return doubles_; }

  // What is wrong with what was given, seen from `used`, the resources of the machine.
  std::vector<ConfigIssue> issues(const std::vector<std::string>& used) const {
    std::vector<ConfigIssue> all = issues_;
    for (const auto& [name, script] : given_.doubles)
      if (std::find(used.begin(), used.end(), name) == used.end())
        all.push_back({errc::fsm_resource, pointer_join("/resources", name),
                       fmt::format("the machine has no resource '{}'", name), suggest_name(name, used),
                       true});
    return all;
  }

 private:
  std::shared_ptr<IResourceProvider> stand_in(const std::string& name,
                                              std::shared_ptr<IResourceProvider> real) const {
    if (const auto own = given_.providers.find(name); own != given_.providers.end()) return own->second;
    const auto script = given_.doubles.find(name);
    if (script == given_.doubles.end()) {
      if (real->type() != "dict")
        issues_.push_back(
            {errc::config_missing, "/resources",
             fmt::format("the resource '{}' ({}) is neither replaced nor meant to be real", name,
                         real->type()),
             fmt::format("give {}: {{}} for a double that answers null, or {}: real", name, name), false});
      return real;
    }
    if (script->second == real_one) return real;
    try {
      auto stands_in = std::make_shared<Double>(name, real, script->second);
      doubles_[name] = stands_in;
      return stands_in;
    } catch (const ConfigError& error) {
      for (ConfigIssue issue : error.issues()) {
        issue.pointer = pointer_join("/resources", name) + issue.pointer;
        issues_.push_back(std::move(issue));
      }
      return real ? real : create_simple_provider(name, nlohmann::json::object());
    }
  }

  const Given& given_;
  ResourceManager types_{{.maintenance = false}};
  mutable std::map<std::string, std::shared_ptr<IResourceProvider>> made_;
  mutable std::map<std::string, std::shared_ptr<Double>> doubles_;
  mutable std::vector<ConfigIssue> issues_;
};

void register_on(ResourceManager& manager, const std::string& name,
                 std::shared_ptr<IResourceProvider> provider, const nlohmann::json& config) {
  ProviderOptions options;
  const auto part = [&](const char* key) {
    const auto found = config.find(key);
    return found == config.end() ? nlohmann::json::object() : *found;
  };
  if (config.is_object()) {  // the catalog found it good
    options.pool = pool_fields().read(part("pool"));
    options.breaker = breaker_fields().read(part("breaker"));
  }
  manager.register_provider(name, std::move(provider), std::move(options));
}

// jq in the place of registered functions.
FunctionRegistry with_scripts(FunctionRegistry functions, const Given& given,
                              std::vector<ConfigIssue>& issues) {
  for (const auto& [name, source] : given.functions) {
    try {
      const JqProgram program = JqProgram::compile(source);
      if (!functions.find_action(name))
        functions.action(name, [program](Context& context) {
          context.data = program.run(context.data, event_value(context.event));
        });
      if (!functions.find_guard(name))
        functions.guard(name, [program](const Context& context) {
          return program.test(context.data, event_value(context.event));
        });
    } catch (const Error& error) {
      issues.push_back(
          {error.reason(), pointer_join("/functions", name), error.message(), error.hint(), false});
    }
  }
  return functions;
}

}  // namespace

TestBench::TestBench(const std::filesystem::path& file, const Given& given, const TestOptions& options)
    : parts_(std::make_unique<Parts>()) {
  parts_->clock = std::make_shared<VirtualClock>();
  parts_->manager = std::make_shared<ResourceManager>(
      ManagerOptions{.clock = parts_->clock, .logger = nullptr, .maintenance = false});
  LoadOptions load;
  load.environment = [&given](const std::string& name) {
    const auto found = given.environment.find(name);
    return found == given.environment.end() ? process_environment(name) : std::optional(found->second);
  };
  std::vector<ConfigIssue> issues;
  const FunctionRegistry functions = with_scripts(options.functions, given, issues);
  const Source source(file.string(), read_machine_file(file, load.max_bytes));
  Diagnostics diagnostics(source);
  const Stage stage(given, options);
  Loaded loaded = load_document(source, stage, functions, load, diagnostics);
  if (!loaded.definition) throw LoadError(diagnostics.take());
  for (ConfigIssue& issue : stage.issues(loaded.definition->resources)) issues.push_back(std::move(issue));
  if (!issues.empty()) throw ConfigError(std::move(issues));

  std::map<std::string, std::shared_ptr<IResourceProvider>> rest = stage.made();
  for (const ResourceDeclaration& declaration : loaded.resources.declarations()) {
    register_on(*parts_->manager, declaration.name, stage.made().at(declaration.name), declaration.config);
    rest.erase(declaration.name);
  }
  for (const auto& [name, provider] : given.providers)
    if (!parts_->manager->get_provider(name)) rest[name] = provider;
  for (auto& [name, provider] : rest) register_on(*parts_->manager, name, std::move(provider), nullptr);
  parts_->doubles = stage.doubles();
  loaded.definition->warnings = diagnostics.take();
  loaded.definition->manager = parts_->manager.get();
  parts_->machine.emplace(std::move(loaded.definition));
}

TestBench::TestBench(TestBench&&) noexcept = default;
TestBench& TestBench::operator=(TestBench&&) noexcept = default;
TestBench::~TestBench() = default;

const Machine& TestBench::machine() const noexcept {
  return *parts_->machine;
}
ResourceManager& TestBench::manager() noexcept {
  return *parts_->manager;
}
VirtualClock& TestBench::clock() noexcept {
  return *parts_->clock;
}

std::optional<std::vector<nlohmann::json>> TestBench::calls(const std::string& resource,
                                                            const std::string& operation) const {
  const auto found = parts_->doubles.find(resource);
  if (found == parts_->doubles.end()) return std::nullopt;
  std::vector<nlohmann::json> arguments;
  for (const DictCall& call : found->second->calls(operation)) arguments.push_back(call.arguments);
  return arguments;
}

}  // namespace leasehold::fsm
