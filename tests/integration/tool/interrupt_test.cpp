#include "child.hpp"
#include "machines.hpp"

#include <doctest/doctest.h>
#include <eventually.hpp>

#include <csignal>

#include <algorithm>

using leasehold::test::eventually;
using nlohmann::json;

namespace {

std::string records(int count) {
  std::string text;
  for (int n = 1; n <= count; ++n) text += "{\"n\": " + std::to_string(n) + "}\n";
  return text;
}

// The results written so far, wherever the tool keeps them.
std::size_t lines_of_temporary(const ScratchDirectory& directory) {
  for (const std::string& name : directory.names())
    if (name.rfind(".out.jsonl.", 0) == 0) {
      const std::string text = directory.read(name);
      return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }
  return 0;
}

}  // namespace

TEST_CASE("Ctrl-C lets the running records end, writes what was done, and leaves nothing half-written") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const ScratchDirectory directory;
    directory.write("m.yaml", slow);
    directory.write("x.jsonl", records(2000));
    Child child(directory, {"run", "m.yaml", "-i", "x.jsonl", "-j", "2", "-o", "out.jsonl"});
    REQUIRE(eventually([&] { return lines_of_temporary(directory) >= 2; }));
    child.signal(signal);
    const Ended ended = child.wait();
    CHECK(ended.status == 1);

    const auto lines = Ended{0, directory.read("out.jsonl"), ""}.lines();
    CHECK(lines.size() >= 2);
    CHECK(lines.size() < 2000);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      CHECK(lines[i]["record"] == i + 1);
      CHECK(lines[i]["success"] == true);  // drained, not cancelled
    }
    CHECK(directory.names() == std::set<std::string>{"m.yaml", "x.jsonl", "out.jsonl"});
    CHECK(ended.err.find(
              "leasehold: interrupted; what is running may take 30s more, another Ctrl-C cancels it\n") == 0);
    const std::string report = "interrupted: " + std::to_string(lines.size()) + " of 2000 records done, " +
                               std::to_string(2000 - lines.size()) + " not started\n";
    CHECK_MESSAGE(ended.err.find(report) != std::string::npos, ended.err);
  }
}

TEST_CASE("a second Ctrl-C cancels what is running") {
  const ScratchDirectory directory;
  directory.write("m.yaml", endless);
  directory.write("x.jsonl", records(5));
  Child child(directory, {"run", "m.yaml", "-i", "x.jsonl", "-j", "2", "-o", "out.jsonl", "--drain", "1h"});
  REQUIRE(eventually([&] { return directory.names().size() >= 6; }));  // the output is begun: records run
  child.signal(SIGINT);
  REQUIRE(eventually([&] { return child.err().find("interrupted;") != std::string::npos; }));
  child.signal(SIGINT);
  const Ended ended = child.wait();
  CHECK(ended.status == 1);
  const auto lines = Ended{0, directory.read("out.jsonl"), ""}.lines();
  CHECK(lines.size() <= 2);
  for (const json& line : lines) CHECK(line["success"] == false);
  CHECK(ended.err.find("interrupted: 0 of 5 records done, ") != std::string::npos);
  CHECK(directory.names() == std::set<std::string>{"m.yaml", "x.jsonl", "out.jsonl"});
}

TEST_CASE("what still runs after --drain is cancelled") {
  const ScratchDirectory directory;
  directory.write("m.yaml", endless);
  Child child(directory, {"run", "m.yaml", "-i", "-", "-j", "3", "-o", "out.jsonl", "--drain", "50ms"},
              records(9));
  REQUIRE(eventually([&] {
    const auto names = directory.names();
    return std::any_of(names.begin(), names.end(),
                       [](const auto& name) { return name.rfind(".out", 0) == 0; });
  }));
  child.signal(SIGTERM);
  const Ended ended = child.wait();
  CHECK(ended.status == 1);
  CHECK(ended.err.find("interrupted: 0 records done") != std::string::npos);
  CHECK(ended.err.find("the rest of the input was not read\n") != std::string::npos);
}
