#include "testing/expected_value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

std::string shown(const nlohmann::json& value) {
  constexpr std::size_t longest_shown = 300;
  std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return text.size() <= longest_shown ? text : text.substr(0, longest_shown) + "...";
}

std::optional<std::vector<std::string>> texts_of(const nlohmann::json& value) {
  if (value.is_string()) return std::vector{value.get<std::string>()};
  if (!value.is_array() ||
      !std::all_of(value.begin(), value.end(), [](const nlohmann::json& one) { return one.is_string(); }))
    return std::nullopt;
  return value.get<std::vector<std::string>>();
}

bool means(const Definition& definition, const std::string& asked, const std::string& full) {
  return asked == full ||
         std::any_of(definition.networks.begin(), definition.networks.end(), [&](const Network& network) {
           return full == fmt::format("{}.{}", network.name, asked);
         });
}

}  // namespace leasehold::fsm
