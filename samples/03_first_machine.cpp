// A machine in YAML: states that declare what they need, a registered C++ function, jq, and a condition.

#include <leasehold/adapters/all.hpp>
#include <leasehold/adapters/dict.hpp>
#include <leasehold/fsm/machine.hpp>

#include <iostream>

using namespace leasehold;

constexpr const char* text = R"yaml(
name: order
resources:
  prices: {type: dict, data: {tea: 3, cake: 5}}
networks:
  - name: main
    initial: price
    states:
      - name: price
        resources: [prices]
        functions:
          transform:
            - {call: prices.get, with: {key: "${{ .item }}"}, into: .price}
            - total
        arcs:
          - {target: approve, condition: '.total > 10'}
          - {target: done}
      - name: approve
        functions: {transform: {jq: '. + {approved_by: "the boss"}'}}
        arcs: [{target: done}]
      - {name: done, type: final}
)yaml";

int main() {
  ResourceManager manager;
  register_builtin_types(manager);

  fsm::FunctionRegistry functions;
  functions.action("total", [](fsm::Context& c) {
    c.data["total"] = c.data["price"].get<int>() * c.data["count"].get<int>();
  });

  const fsm::Machine machine = fsm::load_machine_text(text, manager, functions);
  for (const int count : {2, 5}) {
    const fsm::RunResult result = machine.run({{"item", "tea"}, {"count", count}});
    for (const std::string& state : result.path) std::cout << state << " ";
    std::cout << result.data.dump() << "\n";
  }
}

// Output:
// price done {"count":2,"item":"tea","price":3,"total":6}
// price approve done {"approved_by":"the boss","count":5,"item":"tea","price":3,"total":15}
