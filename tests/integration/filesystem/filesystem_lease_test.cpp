#include <doctest/doctest.h>

#include <leasehold/adapters/filesystem.hpp>

#include <stdlib.h>

#include <filesystem>
#include <thread>

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

struct Scratch {
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "leasehold-test-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    base = pattern;
  }
  ~Scratch() { std::filesystem::remove_all(base); }

  nlohmann::json config(std::size_t max_size) const {
    return {{"type", "filesystem"}, {"base_path", base.string()}, {"pool", {{"max_size", max_size}}}};
  }

  std::filesystem::path base;
};

}  // namespace

TEST_CASE("a leased directory is reused, and what was temporary is gone by then") {
  Scratch scratch;
  ResourceManager manager({.maintenance = false});
  manager.register_type("filesystem", filesystem_factory());
  manager.register_from_dict("files", scratch.config(1));
  std::string temp;
  {
    auto files = manager.acquire<FileSystem>("files", "first");
    temp = files->temp_file(".csv");
    files->write_text(temp, "scratch");
    files->write_text("kept.txt", "kept");
    CHECK_FALSE(manager.try_acquire("files", "second"));
  }
  auto files = manager.acquire<FileSystem>("files", "second");
  CHECK_FALSE(files->exists(temp));
  CHECK(files->read_text("kept.txt") == "kept");
  CHECK(manager.get_metrics("files").at("files").reused == 1);
  CHECK(files->list({.pattern = ".*", .recursive = true, .directories = true}).empty());
}

TEST_CASE("a base directory that vanished is a failed acquire, and one that came back a good one") {
  Scratch scratch;
  ResourceManager manager({.maintenance = false});
  manager.register_type("filesystem", filesystem_factory());
  manager.register_from_dict("files", scratch.config(2));
  std::filesystem::remove_all(scratch.base);
  try {
    manager.acquire("files", "owner", {.timeout = 2s});
    FAIL("acquired without a base directory");
  } catch (const Error& error) {
    CHECK(error.reason() == errc::path_missing);
    CHECK(error.resource() == "files");
  }
  CHECK(manager.get_resource_status("files").active_count == 0);
  CHECK(manager.health_check("files").at("files").health == ResourceHealth::unhealthy);
  std::filesystem::create_directory(scratch.base);
  CHECK(manager.health_check("files").at("files").health == ResourceHealth::healthy);
  CHECK_NOTHROW(manager.acquire("files", "owner", {.timeout = 2s}));
}

TEST_CASE("many owners write at once, each whole") {
  Scratch scratch;
  ResourceManager manager({.maintenance = false});
  manager.register_type("filesystem", filesystem_factory());
  nlohmann::json config = scratch.config(3);
  config["sync"] = false;
  manager.register_from_dict("files", config);
  constexpr int writers = 8, rounds = 20;
  std::vector<std::thread> threads;
  std::atomic<int> torn = 0;
  for (int w = 0; w < writers; ++w)
    threads.emplace_back([&, w] {
      for (int round = 0; round < rounds; ++round) {
        auto files = manager.acquire<FileSystem>("files", "writer#" + std::to_string(w));
        files->write_text("shared.txt", std::string(100'000, static_cast<char>('a' + w)));
        const std::string seen = files->read_text("shared.txt");
        if (seen.size() != 100'000 || seen.find_first_not_of(seen[0]) != std::string::npos) ++torn;
        files->append("log.txt", "line of " + std::to_string(w) + "\n");
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(torn == 0);
  auto files = manager.acquire<FileSystem>("files", "reader");
  CHECK(files->read_text("log.txt").size() == writers * rounds * std::string("line of 0\n").size());
  CHECK(files->list({.pattern = ".*"}).empty());
  CHECK(manager.get_metrics("files").at("files").peak_active <= 3);
}
