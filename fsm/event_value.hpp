#pragma once

// What jq sees as $event.

#include <leasehold/fsm/functions.hpp>

namespace leasehold::fsm {

// {"name", "data"}, and for short the members of its data that have other names; null if there is no event.
nlohmann::json event_value(const Event& event);

}  // namespace leasehold::fsm
