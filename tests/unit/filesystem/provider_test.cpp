#include "folders.hpp"
#include "scratch.hpp"

#include <sys/stat.h>

using namespace leasehold;
using nlohmann::json;

TEST_CASE("the provider makes, checks, resets and disposes of directories") {
  Scratch scratch;
  const auto provider = filesystem_factory()("files", {{"base_path", scratch.base.string()}});
  CHECK(provider->type() == "filesystem");
  CHECK(provider->sharing() == Sharing::exclusive);
  CHECK(provider->health_check(AcquireContext{}).health == ResourceHealth::healthy);
  Resource resource = provider->acquire(AcquireContext{});
  resource.as<FileSystem>().temp_file();
  CHECK(provider->validate(resource));
  CHECK(provider->reset(resource));
  CHECK(scratch.everything().empty());
  resource.as<FileSystem>().temp_file();
  provider->release(std::move(resource));
  CHECK(scratch.everything().empty());
}

TEST_CASE("a missing base directory is an error of the acquire, not of the configuration") {
  Scratch scratch;
  const std::string missing = (scratch.root / "a/b").string();
  const auto provider = make_filesystem_provider("files", {.base_path = missing});
  CHECK(refusal([&] { provider->acquire(AcquireContext{}); }) ==
        "path.missing: the base directory '" + missing +
            "' does not exist; make it, correct base_path, or set create");
  CHECK(provider->health_check(AcquireContext{}).health == ResourceHealth::unhealthy);
  CHECK_FALSE(std::filesystem::exists(missing));
  const auto creating = make_filesystem_provider("files", {.base_path = missing, .create = true});
  CHECK_FALSE(std::filesystem::exists(missing));
  CHECK_NOTHROW(creating->acquire(AcquireContext{}));
  CHECK(std::filesystem::is_directory(missing));
}

TEST_CASE("a relative base directory is one of the working directory") {
  const auto provider = make_filesystem_provider("files", {.base_path = "."});
  Resource resource = provider->acquire(AcquireContext{});
  CHECK(resource.as<FileSystem>().usable());
  CHECK(resource.as<FileSystem>().stat(".").kind == FileKind::directory);
}

TEST_CASE("configurations that cannot work are refused, naming the key") {
  const auto issues = [](const json& config) {
    std::vector<std::string> all;
    try {
      filesystem_factory()("files", config);
    } catch (const ConfigError& error) {
      for (const ConfigIssue& issue : error.issues())
        all.push_back(std::string(error_name(issue.code)) + " " + issue.pointer + ": " + issue.message);
    }
    return all;
  };
  using Issues = std::vector<std::string>;
  CHECK(issues({{"base_path", ""}}) == Issues{"config.value /base_path: 'base_path' is empty"});
  CHECK(issues(json::object()) == Issues{"config.missing : 'base_path' is missing"});
  CHECK(issues({{"base_path", "."}, {"file_mode", "rw"}, {"directory_mode", "0999"}}) ==
        Issues{"config.value /file_mode: 'file_mode' is no octal permission",
               "config.value /directory_mode: 'directory_mode' is no octal permission"});
  CHECK(issues({{"base_path", "."}, {"temp_prefix", "a/b"}}).size() == 1);
  CHECK(issues({{"base_path", "."}, {"create", true}, {"read_only", true}}).size() == 1);
  CHECK(issues({{"base_path", "."}, {"readonly", true}}).size() == 1);
  CHECK(issues({{"base_path", "."}, {"max_file_size", -1}}).size() == 1);
  CHECK_THROWS_AS(make_filesystem_provider("files", {}), const ConfigError&);
}

TEST_CASE("describe gives the configuration back") {
  const auto provider = make_filesystem_provider("files", {.base_path = "/tmp", .read_only = true});
  const json described = provider->describe();
  CHECK(described.at("base_path") == "/tmp");
  CHECK(described.at("read_only") == true);
  CHECK(described.at("max_file_size") == 64 << 20);
  CHECK(filesystem_factory()("files", described)->describe() == described);
}

TEST_CASE("the README names every knob and every operation") {
  const std::string readme = Scratch::get(folders::source("adapters/filesystem/README.md"));
  for (const FieldDescription& field : filesystem_fields().describe()) {
    CAPTURE(field.key);
    CHECK(readme.find("`" + field.key + "`") != std::string::npos);
  }
  const auto provider = make_filesystem_provider("files", {.base_path = "."});
  for (const auto& [name, operation] : provider->operations()) {
    std::vector<std::string> words = {name};
    for (const auto& [argument, schema] : operation.arguments.at("properties").items())
      words.push_back(argument);
    for (const std::string& word : words) {
      CAPTURE(word);
      CHECK(readme.find("`" + word + "`") != std::string::npos);
    }
  }
}
