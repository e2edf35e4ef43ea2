#include <leasehold/adapters/all.hpp>

#include <leasehold/adapters/database.hpp>
#include <leasehold/adapters/dict.hpp>
#include <leasehold/adapters/filesystem.hpp>
#include <leasehold/adapters/http.hpp>
#include <leasehold/adapters/llm.hpp>

namespace leasehold {

void register_builtin_types(ResourceManager& manager) {
  manager.register_type("database", database_factory());
  manager.register_type("dict", dict_factory());
  manager.register_type("filesystem", filesystem_factory());
  manager.register_type("http", http_factory());
  manager.register_type("llm", llm_factory());
}

}  // namespace leasehold
