#include "event_value.hpp"

namespace leasehold::fsm {

nlohmann::json event_value(const Event& event) {
  if (event.name.empty()) return nullptr;
  nlohmann::json value = event.data.is_object() ? event.data : nlohmann::json::object();
  value["name"] = event.name;
  value["data"] = event.data;
  return value;
}

}  // namespace leasehold::fsm
