#include "child.hpp"
#include "machines.hpp"

#include <doctest/doctest.h>

#include <filesystem>

namespace {

constexpr const char* door = R"(name: door
resources:
  key: {type: of_the_program, secret: "${DOOR_SECRET}"}
states:
  - {name: locked, arcs: [{event: unlock, target: unlocked, condition: is_right}]}
  - {name: unlocked, resources: [key]}
)";

}  // namespace

TEST_CASE("generate writes a header, on standard output or into a file") {
  const ScratchDirectory directory;
  directory.write("door.yaml", door);
  const Ended shown = run_tool(directory, {"generate", "door.yaml"});
  CHECK(shown.status == 0);
  CHECK(has(shown.out, "namespace door {"));
  CHECK(has(shown.out, "// The machine 'door', made from door.yaml by leasehold "));

  const Ended written =
      run_tool(directory, {"generate", "door.yaml", "--namespace", "my::door", "-o", "door.hpp"});
  CHECK(written.status == 0);
  CHECK(written.out == "");
  CHECK(has(directory.read("door.hpp"), "namespace my::door {"));
}

TEST_CASE("generate lists what it cannot, and writes nothing") {
  const ScratchDirectory directory;
  std::string text = door;
  text.replace(text.find("is_right"), 8, "'${RIGHT:-.x > 1}'");
  directory.write("door.yaml", text);
  const Ended refused = run_tool(directory, {"generate", "door.yaml", "-o", "door.hpp"});
  CHECK(refused.status == 3);
  CHECK(has(refused.err,
            "door.yaml:5:72: error[fsm.invalid]: what comes from the environment cannot be generated; let a "
            "function read it\n"));
  CHECK(has(refused.err, "leasehold: nothing was generated\n"));
  CHECK_FALSE(std::filesystem::exists(directory / "door.hpp"));

  directory.write("good.yaml", door);
  const Ended replacing = run_tool(directory, {"generate", "good.yaml", "-o", "good.yaml"});
  CHECK(replacing.status == 2);
  CHECK(has(directory.read("good.yaml"), "name: door"));
}
