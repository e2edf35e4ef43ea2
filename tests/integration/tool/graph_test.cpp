#include "child.hpp"
#include "machines.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

namespace {

// The search path of the processes started meanwhile.
class SearchPath {
 public:
  explicit SearchPath(const std::string& path) { ::setenv("PATH", path.c_str(), 1); }
  SearchPath(const SearchPath&) = delete;
  SearchPath& operator=(const SearchPath&) = delete;
  ~SearchPath() { ::setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_ = std::getenv("PATH");
};

// A directory whose `dot` is this shell script.
std::string with_dot(const ScratchDirectory& directory, const std::string& script) {
  std::filesystem::create_directory(directory / "bin");
  directory.write("bin/dot", "#!/bin/sh\n" + script);
  std::filesystem::permissions(directory / "bin/dot", std::filesystem::perms::owner_all);
  return directory / "bin";
}

}  // namespace

TEST_CASE("graph draws a machine as dot and as Mermaid, on standard output or into a file") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  const Ended dot = run_tool(directory, {"graph", "m.yaml"});
  CHECK(dot.status == 0);
  CHECK(dot.err == "");
  CHECK(has(dot.out, "digraph \"greeting\" {\n"));
  CHECK(has(dot.out, "[label=\"greet\\nholds settings\"]"));

  const Ended mermaid = run_tool(directory, {"graph", "m.yaml", "--format", "mermaid", "-o", "m.mmd"});
  CHECK(mermaid.status == 0);
  CHECK(mermaid.out == "");
  CHECK(has(directory.read("m.mmd"), "(\"greet<br/>holds settings\")"));
}

TEST_CASE("graph refuses a bad machine, unknown functions and to replace the machine") {
  const ScratchDirectory directory;
  std::string text = greeting;
  text.replace(text.find("          transform:\n"), 21, "          transform:\n            - price_order\n");
  directory.write("m.yaml", text);
  const Ended refused = run_tool(directory, {"graph", "m.yaml", "-o", "m.dot"});
  CHECK(refused.status == 3);
  CHECK(has(refused.err, "error[fsm.function]: "));
  CHECK_FALSE(std::filesystem::exists(directory / "m.dot"));
  CHECK(run_tool(directory, {"graph", "m.yaml", "--function", "price_order"}).status == 0);

  const Ended onto = run_tool(directory, {"graph", "m.yaml", "--function", "price_order", "-o", "./m.yaml"});
  CHECK(onto.status == 2);
  CHECK(onto.err == "leasehold: --output './m.yaml' would replace the machine; give it another name\n");
  CHECK(directory.read("m.yaml") == text);
}

TEST_CASE("svg is what Graphviz's dot makes of the picture") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  const std::string picture = run_tool(directory, {"graph", "m.yaml"}).out;
  const SearchPath path(with_dot(directory, "echo \"$@\"; exec /bin/cat\n"));
  const Ended svg = run_tool(directory, {"graph", "m.yaml", "--format", "svg"});
  CHECK(svg.status == 0);
  CHECK(svg.out == "-Tsvg\n" + picture);
}

TEST_CASE("an svg shows the states with their resources, and is whole where it is written to a file") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  if (std::system("dot -V >/dev/null 2>&1") != 0) {
    MESSAGE("Graphviz is not installed: nothing is drawn");
    return;
  }
  const Ended svg = run_tool(directory, {"graph", "m.yaml", "--format", "svg"});
  CHECK(svg.status == 0);
  CHECK(has(svg.out, "<svg "));
  CHECK(has(svg.out, ">greet</text>"));
  CHECK(has(svg.out, ">holds settings</text>"));
  CHECK(run_tool(directory, {"graph", "m.yaml", "--format", "svg", "-o", "m.svg"}).status == 0);
  CHECK(directory.read("m.svg") == svg.out);
}

TEST_CASE("svg without Graphviz says what to do") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  const SearchPath path(directory / "nowhere");
  const Ended absent = run_tool(directory, {"graph", "m.yaml", "--format", "svg", "-o", "m.svg"});
  CHECK(absent.status == 2);
  CHECK(absent.err == "leasehold: Graphviz's 'dot' is not installed; install graphviz or use --format dot\n");
  CHECK_FALSE(std::filesystem::exists(directory / "m.svg"));
}

TEST_CASE("a dot that fails, whatever it reads, ends the verb with its own words and no file") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  const SearchPath path(with_dot(directory, "echo half; echo 'no layout' >&2; exit 1\n"));
  const Ended failed = run_tool(directory, {"graph", "m.yaml", "--format", "svg", "-o", "m.svg"});
  CHECK(failed.status == 1);
  CHECK(failed.err == "leasehold: Graphviz's 'dot' failed: no layout\n");
  CHECK_FALSE(std::filesystem::exists(directory / "m.svg"));
}
