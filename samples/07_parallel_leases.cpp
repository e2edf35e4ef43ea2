// A parallel machine: each region holds what it needs, for as long as it needs it, and gives it back by
// itself.

#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/machine.hpp>

#include <iostream>

using namespace leasehold;

constexpr const char* text = R"yaml(
name: kitchen
resources:
  oven:  {data: {degrees: 220}}
  mixer: {data: {speed: 3}}
  table: {data: {seats: 4}}
networks:
  - name: main
    initial: dinner
    states:
      - name: dinner
        type: parallel
        resources: [table]                  # for both regions
        states:
          - name: roast
            initial: roasting
            states:
              - name: roasting
                resources: [oven]
                arcs: [{event: done, target: ready, condition: '$event.data.dish == "roast"'}]
              - {name: ready, type: final}
          - name: cake
            initial: mixing
            states:
              - name: mixing
                resources: [mixer]
                on_entry: [mix]
                arcs: [{event: mixed, target: baking}, {event: error.execution, target: mixing}]
              - name: baking
                resources: [oven]           # the regions hold it apart: each its own lease
                arcs: [{event: done, target: cold, condition: '$event.data.dish == "cake"'}]
              - {name: cold, type: final}
        arcs: [{event: done.state.dinner, target: served}]
      - {name: served, type: final}
)yaml";

void show(const char* event, const ResourceManager& manager, const fsm::Execution& run) {
  std::cout << event << ":";
  for (const std::string& state : run.configuration()) std::cout << " " << state;
  std::cout << "\n";
  for (const char* resource : {"oven", "mixer", "table"})
    for (const std::string& owner : manager.get_resource_owners(resource))
      std::cout << "  " << resource << " " << owner << "\n";
}

int main() {
  ResourceManager manager;
  register_builtin_types(manager);

  int attempts = 0;
  fsm::FunctionRegistry functions;
  functions.action("mix", [&](fsm::Context&) {
    if (++attempts == 1) throw std::runtime_error("too many eggs");  // the arc for errors begins again
  });

  const fsm::Machine machine = fsm::load_machine_text(text, manager, functions);
  fsm::Execution run = machine.start({}, {.id = "1"});
  show("start", manager, run);
  run.send("mixed");
  show("the cake is mixed", manager, run);
  run.send("done", {{"dish", "roast"}});
  show("the roast is done", manager, run);
  run.send("done", {{"dish", "cake"}});
  show("the cake is done", manager, run);
  std::cout << run.result().final_state << " after " << attempts << " attempts to mix\n";
}

// Output:
// start: dinner roast roasting cake mixing
//   oven kitchen/main.roasting#1
//   mixer kitchen/main.mixing#1
//   table kitchen/main.dinner#1
// the cake is mixed: dinner roast roasting cake baking
//   oven kitchen/main.roasting#1
//   oven kitchen/main.baking#1
//   table kitchen/main.dinner#1
// the roast is done: dinner roast ready cake baking
//   oven kitchen/main.baking#1
//   table kitchen/main.dinner#1
// the cake is done: served
// served after 2 attempts to mix
