#include "atomic_file.hpp"
#include "graphviz.hpp"
#include "loading.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/graph.hpp>

#include <fmt/format.h>

#include <filesystem>

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
  const std::string picture =
      drawn(load(command.machine, manager, stand_ins(command.functions)), command.format);
  if (command.output.empty()) {
    print(picture);
    return ExitStatus::success;
  }
  std::error_code ignored;
  if (std::filesystem::equivalent(command.output, command.machine, ignored))
    throw Failure(
        ExitStatus::usage,
        fmt::format("--output '{}' would replace the machine; give it another name", command.output));
  AtomicFile file(command.output);
  file.write(picture);
  file.commit();
  return ExitStatus::success;
}

}  // namespace leasehold::tool
