#include "progress.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>

using namespace leasehold::tool;
using namespace std::chrono_literals;

TEST_CASE("the line shows how far, how fast and how long still") {
  CHECK(render({.done = 85, .failed = 3, .running = 4, .total = 250, .elapsed = 10s}, 80) ==
        "[========>                 ]   34%  85/250  3 failed  4 running  8.5/s  19s left");
  CHECK(render({.done = 250, .running = 0, .total = 250, .elapsed = 10s}, 60) ==
        "[=====================================]  100%  250/250  25/s");
  CHECK(render({.done = 0, .running = 2, .total = 8}, 40) == "[>               ]    0%  0/8  2 running");
  CHECK(render({.done = 5, .running = 1, .total = 5, .elapsed = 0s}, 20) == "100%  5/5  1 running");
}

TEST_CASE("without a total there is no bar and no estimate") {
  CHECK(render({.done = 1200, .running = 4, .total = std::nullopt, .elapsed = 4s}, 80) ==
        "1200 done  4 running  300/s");
}

TEST_CASE("what is drained says so instead of an estimate") {
  CHECK(render({.done = 1, .running = 1, .total = 4, .elapsed = 1s, .draining = true}, 30) ==
        " 25%  1/4  stopping  1 running");
}

TEST_CASE("an empty input is all done") {
  CHECK(render({.total = 0}, 40).find("100%") != std::string::npos);
}

TEST_CASE("the line fits every width") {
  for (std::size_t width = 1; width < 120; ++width) {
    const std::string line = render(
        {.done = 123456, .failed = 789, .running = 16, .total = 987654, .elapsed = 100s, .draining = true},
        width);
    CHECK_MESSAGE(line.size() <= width, width);
  }
}

namespace {

struct Pipe {
  Pipe() { REQUIRE(::pipe(ends) == 0); }
  ~Pipe() { ::close(ends[0]); }
  std::string text() {
    ::close(ends[1]);
    std::string all;
    char buffer[4096];
    for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(got));
    return all;
  }
  int ends[2] = {};
};

}  // namespace

TEST_CASE("the bar is redrawn at most ten times a second and taken away before text") {
  Pipe pipe;
  {
    ProgressBar bar(pipe.ends[1], true);
    for (int ms = 0; ms <= 1000; ++ms)
      bar.update({.done = 1, .total = 2, .elapsed = std::chrono::milliseconds(ms)});
    bar.print("warning\n");
  }
  const std::string text = pipe.text();
  CHECK(std::count(text.begin(), text.end(), '[') <=
        2 * 11 + 1);  // a bar and an erase each, and the last erase
  const std::string end = "\r\x1b[Kwarning\n";
  CHECK(text.substr(text.size() - end.size()) == end);
}

TEST_CASE("where no terminal is, only the text is written") {
  Pipe pipe;
  {
    ProgressBar bar(pipe.ends[1], false);
    bar.update({.done = 1, .total = 2, .elapsed = 1s});
    bar.print("warning\n");
  }
  CHECK(pipe.text() == "warning\n");
}
