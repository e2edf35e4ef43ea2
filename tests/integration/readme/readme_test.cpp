#include "eventually.hpp"
#include "folders.hpp"
#include "plain_provider.hpp"

#include <doctest/doctest.h>
#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/machine.hpp>

#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

// What stands between each `opening` and the next line that is ```.
std::vector<std::string> blocks(const std::string& page, const std::string& opening) {
  std::ifstream file(folders::source(page));
  std::ostringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = text.find(opening + "\n", at)) != std::string::npos;) {
    at += opening.size() + 1;
    found.push_back(text.substr(at, text.find("\n```", at) + 1 - at));
  }
  return found;
}

std::string block(const std::string& opening) {
  return blocks("README.md", opening).at(0);
}

// The line that an error is.
template <class Call>
std::string line_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return std::string(error.what()) + "\n";
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("the machine of the README does what the README shows") {
  ResourceManager manager;
  register_builtin_types(manager);
  const fsm::Machine machine = fsm::load_machine_text(block("```yaml"), manager, {});
  CHECK(machine.warnings().empty());

  const std::string console = block("```console");
  const std::size_t input = console.find('\'') + 1;
  const fsm::RunResult result =
      machine.run(nlohmann::json::parse(console.substr(input, console.find('\'', input) - input)));
  const std::string shown = "\"" + result.final_state + "\"\n" + result.data.dump() + "\n";
  CHECK(console.substr(console.find('\n') + 1, shown.size()) == shown);
}

TEST_CASE("a timeout and a deadlock read as docs/leases.md shows them") {
  const std::vector<std::string> shown = blocks("docs/leases.md", "```text");
  REQUIRE(shown.size() == 2);
  const auto clock = std::make_shared<ManualClock>();
  ResourceManager manager({.clock = clock, .maintenance = false});
  for (const char* name : {"db", "files"})
    manager.register_provider(name, std::make_shared<test::PlainProvider>(), {.pool = {.max_size = 1}});
  const auto waiting = [&](const char* name) { return manager.get_metrics(name).at(name).waiting; };

  SUBCASE("a timeout") {
    const Lease lease = manager.acquire("db", "orders/store#41", {.site = {"import.cpp", 42}});
    clock->advance(10s);
    std::stop_source stop;
    std::jthread first([&] { line_of([&] { manager.acquire("db", "first", {.stop = stop.get_token()}); }); });
    REQUIRE(test::eventually([&] { return waiting("db") == 1; }));
    std::string line;
    std::jthread second(
        [&] { line = line_of([&] { manager.acquire("db", "second", {.timeout = 250ms}); }); });
    REQUIRE(test::eventually([&] { return waiting("db") == 2; }));
    REQUIRE(clock->wait_for_parked(2));
    clock->advance(250ms);
    second.join();
    stop.request_stop();
    CHECK(line == shown[0]);
  }
  SUBCASE("a deadlock") {
    std::atomic<int> holding = 0;
    std::atomic<bool> go = false;
    std::string line;
    std::jthread older([&] {
      const Lease lease = manager.acquire("db", "orders/store#41");
      ++holding;
      while (!go) std::this_thread::sleep_for(1ms);
      manager.acquire("files", "orders/store#41");
    });
    REQUIRE(test::eventually([&] { return holding == 1; }));
    clock->advance(1s);
    std::jthread younger([&] {
      const Lease lease = manager.acquire("files", "report#7");
      ++holding;
      test::eventually([&] { return waiting("files") == 1; });
      clock->advance(10ms);
      line = line_of([&] { manager.acquire("db", "report#7"); });
    });
    REQUIRE(test::eventually([&] { return holding == 2; }));
    go = true;
    REQUIRE(test::eventually([&] { return waiting("db") == 1; }));
    REQUIRE(clock->wait_for_parked(2));
    clock->advance(20ms);
    younger.join();
    CHECK(line == shown[1]);
  }
}
