// Loading a machine of 1,000 states, beside yaml-cpp reading the same text into its Node.

#include "groups.hpp"
#include "harness.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>
#include <leasehold/fsm/machine.hpp>

namespace bench {

void machine_loading() {
  std::string text = "name: large\nnetworks:\n  - name: main\n    initial: s0\n    states:\n";
  for (int i = 0; i < 999; ++i)
    text += fmt::format(
        "      - name: s{}\n        on_entry: [nothing]\n        arcs:\n"
        "          - {{event: next, target: s{}, condition: '.n > {}'}}\n"
        "          - {{event: back, target: s0}}\n",
        i, i + 1, i);
  text += "      - {name: s999, type: final}\n";

  leasehold::ResourceManager manager;
  leasehold::fsm::FunctionRegistry functions;
  functions.action("nothing", [](leasehold::fsm::Context&) {});

  const auto ns = measure("loading 1,000 states, ns",
                          {{"YAML::Load",
                            [&] {
                              return time_per_call([&](std::size_t calls) {
                                for (std::size_t i = 0; i < calls; ++i) keep(YAML::Load(text));
                              });
                            }},
                           {"leasehold",
                            [&] {
                              return time_per_call([&](std::size_t calls) {
                                for (std::size_t i = 0; i < calls; ++i)
                                  keep(leasehold::fsm::load_machine_text(text, manager, functions));
                              });
                            }}},
                          5);
  for (const auto& [name, value] : ns) tell(fmt::format("  {:<32} {:>9.1f} ms", name, value / 1e6));
  judge("loading a machine of 1,000 states / YAML::Load", ns.at("leasehold") / ns.at("YAML::Load"),
        Reach::at_most, 5);
}

}  // namespace bench
