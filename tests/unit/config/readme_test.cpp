#include "folders.hpp"

#include <doctest/doctest.h>
#include <leasehold/breaker.hpp>
#include <leasehold/pool.hpp>

#include <fstream>
#include <sstream>

using namespace leasehold;

namespace {

std::string readme() {
  std::ifstream file(folders::source("README.md"));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string shown(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value == 0 ? "0" : value.dump();
}

template <class Options>
void check_table(const Fields<Options>& fields) {
  const std::string text = readme();
  for (const FieldDescription& field : fields.describe()) {
    const std::string row = "| `" + field.key + "` | `" + shown(field.default_value) + "` | ";
    INFO(row);
    CHECK(text.find(row) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("the README lists every knob of pools and breakers with its default") {
  check_table(pool_fields());
  check_table(breaker_fields());
}
