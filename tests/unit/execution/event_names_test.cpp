// Events are told apart by their whole names, however long these are.

#include "running.hpp"

#include <fmt/format.h>

using namespace leasehold::fsm;
using namespace leasehold::fsm::test;

TEST_CASE("an event is found by its whole name, whatever its length") {
  std::vector<std::string> names;
  std::vector<std::string> strangers;
  for (std::size_t length = 1; length <= 20; ++length) {
    std::string name(length, 'x');
    names.push_back(name);
    name[length / 2] = 'y';
    names.push_back(name);
    name[length / 2] = 'z';
    strangers.push_back(name);
  }
  std::string arcs;
  std::string states;
  for (std::size_t i = 0; i < names.size(); ++i) {
    arcs += fmt::format("{}{{event: '{}', target: s{}}}", i == 0 ? "" : ", ", names[i], i);
    states += fmt::format("  - {{name: s{}, arcs: [{{event: back, target: hub}}]}}\n", i);
  }
  Running r;
  Execution run = r.chart("  - {name: hub, arcs: [" + arcs + "]}\n" + states).start({});
  for (const std::string& stranger : strangers) {
    run.send(stranger);
    REQUIRE(run.configuration() == Names{"hub"});
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    run.send(names[i]);
    REQUIRE(run.configuration() == Names{fmt::format("s{}", i)});
    run.send("back", 1);
    REQUIRE(run.configuration() == Names{"hub"});
  }
}
