#include "execution/selection.hpp"

#include <algorithm>

namespace leasehold::fsm {

bool event_matches(std::string_view descriptor, std::string_view event) noexcept {
  if (descriptor == "*") return true;
  if (descriptor.ends_with(".*")) descriptor.remove_suffix(2);
  while (descriptor.ends_with('.')) descriptor.remove_suffix(1);
  return event.starts_with(descriptor) &&
         (event.size() == descriptor.size() || event[descriptor.size()] == '.');
}

bool event_matches(const std::vector<std::string>& descriptors, std::string_view event) noexcept {
  return std::any_of(descriptors.begin(), descriptors.end(),
                     [event](const std::string& descriptor) { return event_matches(descriptor, event); });
}

std::string_view text_of(const Condition& condition) noexcept {
  const auto* program = std::get_if<JqProgram>(&condition.test);
  return program ? std::string_view(program->source()) : std::string_view(condition.text);
}

void remove_conflicts(const Network& network, const StateSet& configuration, const History& history,
                      std::vector<Selected>& selected) {
  if (selected.size() < 2) return;
  const auto exits_of = [&](const Selected& arc) {
    StateSet exits;
    add_exit_set(network, configuration, domain_of(network, *arc.arc, history), exits);
    return exits;
  };
  std::vector<Selected> kept;
  for (const Selected& candidate : selected) {
    const StateSet exits = exits_of(candidate);
    bool preempted = false;
    std::vector<Selected> remaining;
    for (const Selected& other : kept) {
      const StateSet others = exits_of(other);
      const bool conflict =
          std::any_of(exits.begin(), exits.end(), [&](StateIndex state) { return contains(others, state); });
      const bool inner = is_descendant(network, candidate.arc->source, other.arc->source);
      preempted = preempted || (conflict && !inner);
      if (!conflict || !inner) remaining.push_back(other);
    }
    if (preempted) continue;
    kept = std::move(remaining);
    kept.push_back(candidate);
  }
  selected = std::move(kept);
}

}  // namespace leasehold::fsm
