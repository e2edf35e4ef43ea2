#include "output.hpp"
#include "verbs.hpp"

#include <leasehold/adapters/all.hpp>
#include <leasehold/fsm/schema.hpp>

namespace leasehold::tool {

ExitStatus schema(const SchemaCommand& command) {
  ResourceManager manager({.maintenance = false});
  register_builtin_types(manager);
  for (const std::string& type : command.types)
    if (!manager.has_type(type))
      manager.register_type(type, [](const std::string&, const nlohmann::json&) { return nullptr; });
  deliver(fsm::machine_schema(manager).dump(2) + "\n", command.output);
  return ExitStatus::success;
}

}  // namespace leasehold::tool
