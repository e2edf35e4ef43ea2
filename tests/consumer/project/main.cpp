#include <leasehold/fsm/machine.hpp>
#include <leasehold/manager.hpp>

#include <iostream>

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
}
