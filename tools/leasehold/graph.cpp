#include "graphviz.hpp"
#include "loading.hpp"
#include "output.hpp"
#include "verbs.hpp"

#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/graph.hpp>

namespace leasehold::tool {

namespace {

constexpr Duration drawing_time = std::chrono::seconds(60);

std::string drawn(const fsm::Machine& machine, GraphFormat format) {
  switch (format) {
    case GraphFormat::mermaid:
      return to_mermaid(machine);
    case GraphFormat::svg:
      return draw_svg(to_dot(machine), drawing_time);
    case GraphFormat::dot:
      break;
  }
  return to_dot(machine);
}

}  // namespace

ExitStatus graph(const GraphCommand& command) {
  ResourceManager manager({.maintenance = false});
  register_builtin_types(manager);
  deliver(drawn(load(command.machine, manager, stand_ins(command.functions)), command.format), command.output,
          command.machine);
  return ExitStatus::success;
}

}  // namespace leasehold::tool
