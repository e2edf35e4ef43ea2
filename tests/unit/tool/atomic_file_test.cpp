#include "atomic_file.hpp"

#include "exit_status.hpp"
#include "scratch_directory.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

using namespace leasehold::tool;

namespace {

ExitStatus status_of(const std::string& path) {
  try {
    AtomicFile file(path);
  } catch (const Failure& failure) {
    return failure.status();
  }
  return ExitStatus::success;
}

}  // namespace

TEST_CASE("the file appears whole, by commit, and nothing else is left") {
  const ScratchDirectory directory;
  directory.write("out.jsonl", "old");
  {
    AtomicFile file(directory / "out.jsonl");
    file.write("one\n");
    CHECK(directory.read("out.jsonl") == "old");
    file.write("two\n");
    file.commit();
    CHECK(directory.read("out.jsonl") == "one\ntwo\n");
  }
  CHECK(directory.read("out.jsonl") == "one\ntwo\n");
  CHECK(directory.names() == std::set<std::string>{"out.jsonl"});
}

TEST_CASE("without commit the old file stays and the new one leaves nothing") {
  const ScratchDirectory directory;
  directory.write("out.jsonl", "old");
  { AtomicFile(directory / "out.jsonl").write("half"); }
  CHECK(directory.read("out.jsonl") == "old");
  CHECK(directory.names() == std::set<std::string>{"out.jsonl"});
}

TEST_CASE("the permissions of the file that is replaced stay, and a symbolic link keeps pointing at it") {
  const ScratchDirectory directory;
  REQUIRE(::chmod(directory.write("real", "old").c_str(), 0640) == 0);
  REQUIRE(::symlink("real", (directory / "link").c_str()) == 0);
  {
    AtomicFile file(directory / "link");
    file.write("new");
    file.commit();
  }
  CHECK(std::filesystem::is_symlink(directory / "link"));
  CHECK(directory.read("real") == "new");
  struct stat about {};
  REQUIRE(::stat((directory / "real").c_str(), &about) == 0);
  CHECK((about.st_mode & 07777U) == 0640U);
}

TEST_CASE("a device is written directly") {
  AtomicFile file("/dev/null");
  file.write("gone");
  file.commit();
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("what cannot be written is bad usage, before anything else happens") {
  const ScratchDirectory directory;
  CHECK(status_of(directory / "missing/out.jsonl") == ExitStatus::usage);
  CHECK(status_of(directory / ".") == ExitStatus::usage);
  CHECK_THROWS_WITH_AS(
      AtomicFile(directory / "missing/out.jsonl"),
      ("cannot write '" + (directory / "missing/out.jsonl") + "': No such file or directory").c_str(),
      Failure);
}

TEST_CASE("a full disk is a failure that names the file") {
  if (!std::filesystem::exists("/dev/full")) return;
  AtomicFile file("/dev/full");
  CHECK_THROWS_WITH_AS(file.write("x"), "cannot write '/dev/full': No space left on device", Failure);
}
