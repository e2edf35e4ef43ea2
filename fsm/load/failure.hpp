#pragma once

// What a machine does about errors: retry, catch, on_error.

#include "loading.hpp"

namespace leasehold::fsm {

// Classes, areas and codes, as error_matches knows them.
std::vector<std::string> known_errors();

std::optional<Retry> read_retry(Loading& loading, const yaml::Node* node);
std::vector<Catch> read_catches(Loading& loading, const Draft& draft, const yaml::Node* node);

}  // namespace leasehold::fsm
