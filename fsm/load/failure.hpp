#pragma once

// What a machine does about errors: retry, catch, on_error.

#include "loading.hpp"

namespace leasehold::fsm {

std::optional<Retry> read_retry(Loading& loading, const yaml::Node* node);
std::vector<Catch> read_catches(Loading& loading, const Draft& draft, const yaml::Node* node);

}  // namespace leasehold::fsm
