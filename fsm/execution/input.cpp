#include "execution/input.hpp"

#include "load/schema.hpp"

#include <fmt/format.h>

namespace leasehold::fsm {

void check_input(std::string_view machine, const Schema* schema, nlohmann::json& input) {
  if (input.is_null()) input = nlohmann::json::object();
  if (!input.is_object())
    throw_error(errc::fsm_input,
                fmt::format("the machine '{}' takes an object, but the input is of type {}", machine,
                            input.type_name()),
                {.hint = "wrap it: {\"value\": ...}"});
  if (!schema) return;
  std::string problems;
  for (const Mismatch& mismatch : schema->check(input)) {
    // What is there instead is the caller's own.
    const std::string wanted = mismatch.message.substr(0, mismatch.message.rfind(", not "));
    problems += fmt::format("{}'{}' {}", problems.empty() ? "" : ", ",
                            mismatch.pointer.empty() ? "/" : mismatch.pointer, wanted);
  }
  if (!problems.empty())
    throw_error(errc::fsm_input,
                fmt::format("the input does not fit the machine '{}': {}", machine, problems));
}

}  // namespace leasehold::fsm
