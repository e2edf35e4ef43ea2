#include <leasehold/fsm/machine.hpp>
#include <leasehold/manager.hpp>

#include <iostream>

#include "door.hpp"

namespace {

struct Door {
  void greet(leasehold::fsm::Context& c) { std::cout << "welcome with " << c.lease("key").name() << '\n'; }
  bool is_right(const leasehold::fsm::Context& c) { return c.event.data == 4711; }
};

}  // namespace

int main() {
  leasehold::ResourceManager manager;
  leasehold::fsm::FunctionRegistry functions;
  functions.action("double",
                   [](leasehold::fsm::Context& c) { c.data["doubled"] = c.data["n"].get<int>() * 2; });
  const auto machine = leasehold::fsm::load_machine_text(R"(
name: consumer
networks:
  - name: main
    initial: work
    states:
      - {name: work, functions: {transform: double}, arcs: [{target: done}]}
      - {name: done, type: final}
)",
                                                         manager, functions);
  const auto result = machine.run({{"n", 21}});
  std::cout << result.final_state << ' ' << result.data.dump() << '\n';

  manager.register_provider("key", leasehold::create_simple_provider("key", {{"kind", "brass"}}));
  Door functions_of_door;
  door::Machine<Door> machine_in_cpp({manager, "door"}, functions_of_door);
  machine_in_cpp.start();
  for (const int code : {1, 4711}) {
    machine_in_cpp.process_event(door::events::unlock{code});
    std::cout << machine_in_cpp.configuration().front() << '\n';
  }
}
