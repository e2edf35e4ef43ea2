#pragma once

// What the tests of the test kit share: a kind of resource with operations and schemas, and files in a
// folder.

#include <leasehold/adapters/dict.hpp>
#include <leasehold/fsm/testing.hpp>

#include "scratch_directory.hpp"

#include <doctest/doctest.h>

namespace doctest {
template <>
struct StringMaker<std::vector<std::string>> {
  static String convert(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += "\n" + text;
    return all.c_str();
  }
};
}  // namespace doctest

namespace leasehold::fsm::test {

// Like a database: exclusive, and no test may open it.
class Service final : public IResourceProvider {
 public:
  Service() {
    const nlohmann::json arguments = {{"type", "object"},
                                      {"properties", {{"id", {{"type", "integer"}}}}},
                                      {"required", {"id"}},
                                      {"additionalProperties", false}};
    const auto call = [](Resource&, const nlohmann::json&, const OperationContext&) -> nlohmann::json {
      return "the real answer";
    };
    operations_.add({"get", "", arguments, call});
    operations_.add({"put", "", arguments, call});
  }
  std::string_view type() const noexcept override { return "service"; }
  Resource acquire(const AcquireContext&) override {
    ++opened;
    return Resource::make<int>(1);
  }
  void release(Resource&& resource) noexcept override { resource.clear(); }
  bool validate(Resource&) override { return true; }
  HealthReport health_check(const AcquireContext&) override { return {}; }
  nlohmann::json describe() const override { return nullptr; }
  const Operations& operations() const override { return operations_; }

  static inline int opened = 0;

 private:
  Operations operations_;
};

inline TestOptions options() {
  TestOptions options;
  options.register_types = [](ResourceManager& manager) {
    manager.register_type("service", [](const nlohmann::json&) { return std::make_shared<Service>(); });
    manager.register_type("dict", dict_factory());
  };
  return options;
}

struct Kit : ScratchDirectory {
  explicit Kit(const std::string& machine) { write("m.yaml", machine); }

  TestReport run(const std::string& scenarios, TestOptions with = options()) const {
    return run_tests({write("m.test.yaml", scenarios)}, with);
  }
  // "line:col message" of what failed, or of what was refused.
  std::vector<std::string> failures(const std::string& scenarios, TestOptions with = options()) const {
    std::vector<std::string> texts;
    for (const ScenarioResult& one : run(scenarios, std::move(with)).scenarios) add(one.failures, texts);
    return texts;
  }
  std::vector<std::string> refusals(const std::string& scenarios) const {
    std::vector<std::string> texts;
    try {
      run(scenarios);
    } catch (const LoadError& error) {
      add(error.diagnostics(), texts);
    }
    return texts;
  }

 private:
  static void add(const std::vector<Diagnostic>& diagnostics, std::vector<std::string>& texts) {
    for (const Diagnostic& d : diagnostics)
      texts.push_back(std::to_string(d.line) + ":" + std::to_string(d.column) + " " + d.message +
                      (d.hint.empty() ? "" : "; " + d.hint));
  }
};

using Texts = std::vector<std::string>;

}  // namespace leasehold::fsm::test
