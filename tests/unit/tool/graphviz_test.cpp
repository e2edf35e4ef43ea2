#include "graphviz.hpp"

#include "exit_status.hpp"
#include "scratch_directory.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

using namespace leasehold::tool;
using namespace std::chrono_literals;

namespace {

// While it lives, the `dot` of the search path is this shell script.
class FakeDot {
 public:
  explicit FakeDot(const std::string& script) {
    directory_.write("dot", "#!/bin/sh\n" + script);
    std::filesystem::permissions(directory_ / "dot", std::filesystem::perms::owner_all);
    ::setenv("PATH", (directory_ / "").c_str(), 1);
  }
  FakeDot(const FakeDot&) = delete;
  FakeDot& operator=(const FakeDot&) = delete;
  ~FakeDot() { ::setenv("PATH", before_.c_str(), 1); }

 private:
  ScratchDirectory directory_;
  std::string before_ = std::getenv("PATH");
};

}  // namespace

TEST_CASE("more than a pipe holds goes both ways") {
  const FakeDot dot("exec /bin/cat\n");
  const std::string picture(1'000'000, 'x');
  CHECK(draw_svg(picture, 30s) == picture);
}

TEST_CASE("a dot that hangs is ended at the deadline, also when it has said everything") {
  const std::string message = "Graphviz's 'dot' took longer than 200ms; use --format dot";
  {
    const FakeDot dot("exec /bin/sleep 3600\n");
    CHECK_THROWS_WITH_AS(draw_svg("digraph {}", 200ms), message.c_str(), Failure);
  }
  const FakeDot dot("exec >&- 2>&-; exec /bin/sleep 3600\n");
  CHECK_THROWS_WITH_AS(draw_svg("digraph {}", 200ms), message.c_str(), Failure);
}
