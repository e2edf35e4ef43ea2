#pragma once

// A provider over a fresh SQLite file in a directory of its own.

#include <doctest/doctest.h>

#include <leasehold/adapters/database.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace leasehold::test {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "leasehold-database-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Fixture {
  Scratch scratch;
  std::string file = scratch.file("test.db");

  DatabaseOptions options() const {
    DatabaseOptions options;
    options.connection = Secret("dbname=" + file);
    return options;
  }
  std::shared_ptr<IResourceProvider> provider() const { return make_database_provider("db", options()); }
  Resource open() const { return provider()->acquire({}); }
  Resource open(const DatabaseOptions& other) const {
    return make_database_provider("db", other)->acquire({});
  }
};

inline nlohmann::json call(Resource& resource, const std::string& operation, const nlohmann::json& arguments,
                           const OperationContext& context = {}) {
  const auto provider = make_database_provider("db", {.connection = Secret(":memory:")});
  const Operation* found = provider->operations().find(operation);
  REQUIRE(found != nullptr);
  return found->call(resource, arguments, context);
}

// The error that `work` ends with; a failed check if there is none.
struct Caught {
  errc code = {};
  std::string what = {};
  std::string message = {};
  std::string hint = {};
};

template <class Work>
Caught caught(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return {error.reason(), error.what(), error.message(), error.hint()};
  }
  FAIL("no error was thrown");
  return {};
}

}  // namespace leasehold::test
