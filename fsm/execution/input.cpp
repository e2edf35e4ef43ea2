#include "execution/input.hpp"

#include "load/schema.hpp"

#include <fmt/format.h>

namespace leasehold::fsm {

void check_input(const Definition& definition, nlohmann::json& input) {
  if (input.is_null()) input = nlohmann::json::object();
  if (!input.is_object())
    throw_error(errc::fsm_input,
                fmt::format("the machine '{}' takes an object, but the input is of type {}", definition.name,
                            input.type_name()),
                {.hint = "wrap it: {\"value\": ...}"});
  if (!definition.input_schema) return;
  std::string problems;
  for (const Mismatch& mismatch : definition.input_schema->check(input)) {
    // What is there instead is the caller's own.
    const std::string wanted = mismatch.message.substr(0, mismatch.message.rfind(", not "));
    problems += fmt::format("{}'{}' {}", problems.empty() ? "" : ", ",
                            mismatch.pointer.empty() ? "/" : mismatch.pointer, wanted);
  }
  if (!problems.empty())
    throw_error(errc::fsm_input,
                fmt::format("the input does not fit the machine '{}': {}", definition.name, problems));
}

}  // namespace leasehold::fsm
