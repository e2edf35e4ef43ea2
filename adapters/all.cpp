#include <leasehold/adapters/all.hpp>

#include <leasehold/adapters/database.hpp>
#include <leasehold/adapters/dict.hpp>
#include <leasehold/adapters/filesystem.hpp>
#include <leasehold/adapters/http.hpp>
#include <leasehold/adapters/llm.hpp>

namespace leasehold {

void register_builtin_types(ResourceManager& manager) {
  manager.register_type("database", database_factory(), database_fields().schema());
  manager.register_type("dict", dict_factory(), dict_schema());
  manager.register_type("filesystem", filesystem_factory(), filesystem_fields().schema());
  manager.register_type("http", http_factory(), http_fields().schema());
  manager.register_type("llm", llm_factory(), llm_fields().schema());
}

}  // namespace leasehold
