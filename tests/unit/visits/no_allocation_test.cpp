#include <doctest/doctest.h>
#include <leasehold/fsm/machine.hpp>
#include <leasehold/manager.hpp>
#include <plain_provider.hpp>

#include "allocations.hpp"

using namespace leasehold;
using namespace leasehold::failures;

TEST_CASE("once warm, a visit to a state with a lease and a function allocates nothing") {
  ResourceManager manager;
  manager.register_provider("db", std::make_shared<test::PlainProvider>());
  fsm::FunctionRegistry functions;
  functions.action("use", [](fsm::Context& c) { c.resource<int>("db") = 1; });
  const fsm::Machine machine = fsm::load_machine_text(R"(
name: visits
networks:
  - name: main
    initial: idle
    states:
      - {name: idle, arcs: [{event: next, target: working}]}
      - {name: working, resources: [db], functions: {transform: [use]}, arcs: [{event: next, target: idle}]}
)",
                                                      manager, functions);
  fsm::Execution run = machine.start(nullptr);
  const fsm::EventId next = machine.event("next");
  for (int i = 0; i < 512; ++i) run.fire(next);  // the path keeps the last 256 states
  CHECK(allocations_in([&] {
          run.fire(next);
          run.fire(next);
        }) == 0);
  CHECK(run.configuration() == std::vector<std::string>{"idle"});
}
