#include "atomic_file.hpp"
#include "terminal.hpp"
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
  const std::string text = fsm::machine_schema(manager).dump(2) + "\n";
  if (command.output.empty()) {
    print(text);
    return ExitStatus::success;
  }
  AtomicFile file(command.output);
  file.write(text);
  file.commit();
  return ExitStatus::success;
}

}  // namespace leasehold::tool
