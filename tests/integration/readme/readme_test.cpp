#include "folders.hpp"

#include <doctest/doctest.h>
#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/machine.hpp>

#include <fstream>
#include <sstream>

using namespace leasehold;

namespace {

// What stands between `opening` and the next line that is ```.
std::string block(const std::string& opening) {
  std::ifstream file(folders::source("README.md"));
  std::ostringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  const std::size_t start = text.find(opening + "\n") + opening.size() + 1;
  return text.substr(start, text.find("\n```", start) + 1 - start);
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
