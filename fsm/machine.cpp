#include <leasehold/fsm/machine.hpp>

#include "execution/table.hpp"

namespace leasehold::fsm {

Machine::Machine(std::shared_ptr<const Definition> definition)
    : table_(std::make_shared<const Table>(std::move(definition))) {}

const Definition& Machine::definition() const noexcept {
  return table_->definition();
}

EventId Machine::event(std::string_view name) const {
  if (const NamedEvent* known = table_->find(name))
    return EventId(std::shared_ptr<const NamedEvent>(table_, known));
  struct Made {
    std::shared_ptr<const Table> table;  // whose class it is
    NamedEvent event;
  };
  const auto made = std::make_shared<const Made>(
      Made{table_, {table_.get(), table_->class_of(name), {std::string(name), nullptr}}});
  return EventId(std::shared_ptr<const NamedEvent>(made, &made->event));
}

const std::string& EventId::name() const noexcept {
  return event_->event.name;
}

const std::string& Machine::name() const noexcept {
  return definition().name;
}

std::vector<std::string> Machine::states() const {
  std::vector<std::string> names;
  for (const Network& network : definition().networks)
    for (std::size_t i = 1; i < network.states.size(); ++i)
      names.push_back(network.name + "." + network.states[i].name);
  return names;
}

const std::vector<Diagnostic>& Machine::warnings() const noexcept {
  return definition().warnings;
}

std::vector<std::string> Machine::resources() const {
  return definition().resources;
}

nlohmann::json to_json(const RunResult& result) {
  nlohmann::json json = {{"success", result.success},  {"final_state", result.final_state},
                         {"data", result.data},        {"path", result.path},
                         {"error", result.error},      {"code", nullptr},
                         {"metadata", result.metadata}};
  if (result.code) json["code"] = error_name(*result.code);
  if (result.trace.empty()) return json;
  nlohmann::json& trace = json["trace"] = nlohmann::json::array();
  for (const TraceEntry& entry : result.trace)
    trace.push_back({{"at_seconds", std::chrono::duration<double>(entry.at).count()},
                     {"what", entry.what},
                     {"state", entry.state},
                     {"subject", entry.subject},
                     {"took_seconds", std::chrono::duration<double>(entry.took).count()}});
  return json;
}

}  // namespace leasehold::fsm
