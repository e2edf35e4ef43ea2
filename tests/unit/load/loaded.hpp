#pragma once

// Loading a document against a catalog of fakes: types that check their keys and have operations, but open
// nothing.

#include "../../../fsm/load/document.hpp"

#include <leasehold/breaker.hpp>

#include <algorithm>
#include <map>

namespace leasehold::fsm::test {

struct FakeOptions {
  std::string backend;
  std::string connection;
  std::string base_path;
  std::string base_url;
  Secret password;
  std::optional<Duration> idle;
  PoolConfig pool;
  BreakerConfig breaker;
};

inline const Fields<FakeOptions>& fake_fields() {
  static const Fields<FakeOptions> fields =
      Fields<FakeOptions>()
          .field("backend", &FakeOptions::backend, "")
          .field("connection", &FakeOptions::connection, "where to connect to")
          .field("base_path", &FakeOptions::base_path, "")
          .field("base_url", &FakeOptions::base_url, "")
          .field("password", &FakeOptions::password, "")
          .field("idle", &FakeOptions::idle, "")
          .nested("pool", &FakeOptions::pool, pool_fields(), "")
          .nested("breaker", &FakeOptions::breaker, breaker_fields(), "");
  return fields;
}

class FakeProvider final : public IResourceProvider {
 public:
  explicit FakeProvider(std::string type) : type_(std::move(type)) {
    using nlohmann::json;
    const auto add = [this](const char* name, json properties, json required) {
      operations_.add({name,
                       "",
                       {{"type", "object"},
                        {"properties", std::move(properties)},
                        {"required", std::move(required)},
                        {"additionalProperties", false}},
                       nullptr});
    };
    const json text = {{"type", "string"}, {"description", "the text to use"}};
    const json object = {{"type", "object"}}, list = {{"type", "array"}, {"items", object}};
    const json whole = {{"type", "integer"}, {"minimum", 1}};
    if (type_ == "database") {
      add("query", {{"sql", text}, {"params", {{"type", "array"}}}, {"limit", whole}}, json::array({"sql"}));
      add("insert",
          {{"table", text},
           {"rows", {{"anyOf", json::array({list, object})}}},
           {"on_conflict", {{"enum", json::array({"fail", "ignore", "update"})}}}},
          json::array({"table", "rows"}));
    } else if (type_ == "filesystem") {
      add("read_json", {{"path", text}}, json::array({"path"}));
    } else if (type_ == "http") {
      const json scalars = {{"type", json::array({"string", "number"})}};
      add("get", {{"path", text}, {"query", {{"type", "object"}, {"additionalProperties", scalars}}}},
          json::array({"path"}));
    }
  }
  std::string_view type() const noexcept override { return type_; }
  Resource acquire(const AcquireContext&) override { return {}; }
  void release(Resource&&) noexcept override {}
  bool validate(Resource&) override { return true; }
  HealthReport health_check(const AcquireContext&) override { return {}; }
  nlohmann::json describe() const override { return nullptr; }
  const Operations& operations() const override { return operations_; }

 private:
  std::string type_;
  Operations operations_;
};

class FakeCatalog final : public ResourceCatalog {
 public:
  std::shared_ptr<IResourceProvider> examine(const ResourceDeclaration& declaration,
                                             std::vector<ConfigIssue>& issues) const override {
    const std::string pointer = pointer_join("", declaration.name);
    nlohmann::json config = declaration.config;
    const std::string type = config.contains("type") && config["type"].is_string() ? config["type"] : "";
    const std::vector<std::string> types = {"database", "filesystem", "http", "dict"};
    if (std::find(types.begin(), types.end(), type) == types.end()) {
      issues.push_back({errc::resource_type, pointer + "/type", "there is no type '" + type + "'",
                        suggest_name(type, types), false});
      return nullptr;
    }
    config.erase("type");
    FakeOptions options;
    const std::size_t before = issues.size();
    fake_fields().read_into(options, config, pointer, issues);
    return issues.size() == before ? std::make_shared<FakeProvider>(type) : nullptr;
  }
  std::shared_ptr<IResourceProvider> find(const std::string& name) const override {
    const auto found = registered.find(name);
    return found == registered.end() ? nullptr : found->second;
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> all;
    for (const auto& [name, provider] : registered) all.push_back(name);
    return all;
  }
  PoolConfig pool(const std::string&) const override { return {}; }

  std::map<std::string, std::shared_ptr<IResourceProvider>> registered = {
      {"shared_db", std::make_shared<FakeProvider>("database")}};
};

struct Document {
  explicit Document(std::string text, std::map<std::string, std::string> environment = {},
                    std::string name = "m.yaml", LintOptions lint = {})
      : source(std::move(name), std::move(text)) {
    functions.action("enrich_countries", [](Context&) {});
    functions.action("cleanup", [](Context&) {});
    functions.guard("is_large", [](const Context&) { return true; });
    LoadOptions options;
    options.lint = std::move(lint);
    options.environment = [environment](const std::string& variable) -> std::optional<std::string> {
      const auto found = environment.find(variable);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    Diagnostics diagnostics(source);
    loaded = load_document(source, catalog, functions, options, diagnostics);
    for (Diagnostic& diagnostic : diagnostics.take())
      (diagnostic.severity == Severity::error  ? errors
       : diagnostic.severity == Severity::note ? notes
                                               : warnings)
          .push_back(std::move(diagnostic));
  }

  // "line:col code message; hint" of each, the code only of errors and warnings.
  static std::vector<std::string> lines(const std::vector<Diagnostic>& all) {
    std::vector<std::string> texts;
    for (const Diagnostic& d : all)
      texts.push_back(std::to_string(d.line) + ":" + std::to_string(d.column) + " " +
                      (d.severity == Severity::note ? "" : std::string(error_name(d.code)) + " ") +
                      d.message + (d.hint.empty() ? "" : "; " + d.hint));
    return texts;
  }
  static std::string text(const std::vector<Diagnostic>& all) {
    std::string text;
    for (const Diagnostic& d : all) text += to_text(d) + "\n";
    return text;
  }

  const Definition& operator*() const { return *loaded.definition; }
  const Definition* operator->() const { return loaded.definition.get(); }
  const Network& network(std::size_t index = 0) const { return loaded.definition->networks.at(index); }
  const State& state(std::string_view name, std::size_t index = 0) const {
    for (const State& state : network(index).states)
      if (state.name == name && &state != &network(index).states[root]) return state;
    throw std::out_of_range(std::string(name));
  }
  std::string state_name(StateIndex state, std::size_t index = 0) const {
    return network(index).states.at(state).name;
  }

  Source source;
  FakeCatalog catalog;
  FunctionRegistry functions;
  Loaded loaded;
  std::vector<Diagnostic> errors, warnings, notes;
};

}  // namespace leasehold::fsm::test
