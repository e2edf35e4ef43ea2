#include "loaded.hpp"

#include <leasehold/fsm/machine.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace leasehold;
using namespace leasehold::fsm;

namespace {

void register_fakes(ResourceManager& manager) {
  manager.register_type("database", [](const std::string&, const nlohmann::json& config) {
    test::fake_fields().read(config);
    return std::make_shared<test::FakeProvider>("database");
  });
}

std::string machine(const std::string& resources) {
  return "name: m\nresources:\n" + resources +
         "networks:\n  - name: main\n    states: [{name: only, type: final, resources: db}]\n";
}

std::string refusal(ResourceManager& manager, const std::string& text, const LoadOptions& options = {}) {
  try {
    load_machine_text(text, manager, {}, options, "second.yaml");
    return "loaded";
  } catch (const LoadError& error) {
    return error.what();
  }
}

std::string file_refusal(const std::filesystem::path& path) {
  ResourceManager manager({.maintenance = false});
  try {
    load_machine(path, manager, {}, {.max_bytes = 100});
    return "loaded";
  } catch (const LoadError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a good document registers its resources, and a second one shares them") {
  ResourceManager manager({.maintenance = false});
  register_fakes(manager);
  const std::string text = machine("  db: {type: database, connection: a, pool: {max_size: 3}}\n");
  const Machine first = load_machine_text(text, manager, {}, {}, "first.yaml");
  CHECK(first.definition().name == "m");
  CHECK(first.definition().manager == &manager);
  CHECK(manager.names() == std::vector<std::string>{"db"});
  CHECK(manager.get_pool_config("db").max_size == 3);
  CHECK(refusal(manager, text) == "loaded");
}

TEST_CASE("a resource declared with other knobs is refused, naming both places") {
  ResourceManager manager({.maintenance = false});
  register_fakes(manager);
  load_machine_text(machine("  db: {type: database, connection: a}\n"), manager, {}, {}, "first.yaml");
  const std::string text =
      refusal(manager, machine("  other: {type: database}\n  db: {type: database, connection: b}\n"));
  CAPTURE(text);
  CHECK(text.starts_with("second.yaml:4:"));
  CHECK(text.find("error[resource.duplicate]") != std::string::npos);
  CHECK(text.find("first.yaml:3:3") != std::string::npos);
  CHECK(manager.names() == std::vector<std::string>{"db"});
}

TEST_CASE("a document with one problem registers nothing") {
  ResourceManager manager({.maintenance = false});
  register_fakes(manager);
  CHECK(refusal(manager, machine("  db: {type: database}\n  bad: {type: datbase}\n"))
            .find("second.yaml:4:15: error[") == 0);
  CHECK(refusal(manager, machine("  db: {type: database}\n") + "wrong: 1\n")
            .find("second.yaml:7:1: error[config.unknown_key]") == 0);
  CHECK(manager.names().empty());
}

TEST_CASE("a pool that contradicts itself is refused at its place") {
  ResourceManager manager({.maintenance = false});
  register_fakes(manager);
  CHECK(refusal(manager, machine("  db: {type: database, pool: {min_size: 5, max_size: 2}}\n"))
            .starts_with("second.yaml:3:41: error[config.value]: min_size 5 is above max_size 2; lower "
                         "min_size or raise "
                         "max_size\n"));
  CHECK(manager.names().empty());
}

TEST_CASE("what cannot be read is refused") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "leasehold_load_test";
  std::filesystem::create_directories(folder);
  const std::string missing = (folder / "missing.yaml").string(), large = (folder / "large.yaml").string();
  std::ofstream(large) << std::string(200, '#');
  CHECK(file_refusal(missing) ==
        missing +
            ": error[path.missing]: the file cannot be read: No such file or directory; check the path");
  CHECK(file_refusal(folder) ==
        folder.string() + ": error[file.denied]: this is a directory; name the file of a machine");
  CHECK(file_refusal(large) ==
        large +
            ": error[config.too_large]: the document has more than 100 bytes; split it, or "
            "raise LoadOptions::max_bytes");
  std::filesystem::remove_all(folder);
}
