// A child of fork and the parent's connection, in the middle of a transaction.

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <leasehold/adapters/database.hpp>
#include <leasehold/manager.hpp>

#include <filesystem>
#include <optional>

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "leasehold-fork-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

bool forked(const std::function<void()>& use) {
  try {
    use();
  } catch (const Error& error) {
    return error.reason() == errc::acquire_forked &&
           std::string(error.what()).find("in the child") != std::string::npos;
  }
  return false;
}

}  // namespace

TEST_CASE("a child's use of the parent's database is a clear error, and its exit breaks no transaction") {
  const Folder folder;
  const std::string connection = "dbname=" + (folder.path / "test.db").string();
  auto manager = std::make_unique<ResourceManager>();
  manager->register_type("database", database_factory());
  manager->register_from_dict("db", {{"type", "database"}, {"connection", connection}});
  std::optional<Lease> lease = manager->acquire("db", "parent");
  lease->call("execute", {{"sql", "CREATE TABLE t (a INTEGER)"}});
  { Lease idle = manager->acquire("db", "another"); }  // a second connection, which stays idle
  lease->call("execute", {{"sql", "BEGIN IMMEDIATE"}});
  lease->call("execute", {{"sql", "INSERT INTO t VALUES (1), (2)"}});

  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int wrong = 0;
    if (!forked([&] { manager->acquire("db", "child"); })) wrong |= 1;
    if (!forked([&] { lease->call("query", {{"sql", "SELECT 1"}}); })) wrong |= 2;
    if (!forked([&] { static_cast<void>(lease->get()); })) wrong |= 4;
    lease.reset();
    manager.reset();
    _exit(wrong);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);

  lease->call("execute", {{"sql", "INSERT INTO t VALUES (3)"}});
  lease->call("execute", {{"sql", "COMMIT"}});
  CHECK(manager->acquire("db", "another").call("query", {{"sql", "SELECT sum(a) AS s FROM t"}})[0]["s"] == 6);
  CHECK(lease->call("query", {{"sql", "PRAGMA integrity_check"}})[0]["integrity_check"] == "ok");
}
