#pragma once

// What is written in an expectation, as those read it who verify it and who hold it against a run.

#include "model.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::fsm {

// For messages: as JSON, and not too long.
std::string shown(const nlohmann::json& value);

// A text or a list of texts; null: neither.
std::optional<std::vector<std::string>> texts_of(const nlohmann::json& value);

// Whether `asked`, a state's name with or without that of its network, is `full`, which is "network.state".
bool means(const Definition& definition, const std::string& asked, const std::string& full);

}  // namespace leasehold::fsm
