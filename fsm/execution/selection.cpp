#include "execution/selection.hpp"

#include <algorithm>

namespace leasehold::fsm {

namespace {

bool is_communication(errc code) {
  try {
    throw_error(code, {});
  } catch (const std::exception& error) {
    return !error_matches("fsm", error) &&
           (error_matches("connection", error) || error_matches("circuit", error) ||
            error_matches("timeout", error));
  }
}

bool matches_error(std::string_view descriptor, std::string_view event) {
  constexpr std::string_view prefix = "error.";
  const bool communication = descriptor == "error.communication";
  if ((!communication && descriptor != "error.execution") || !event.starts_with(prefix)) return false;
  const std::optional<errc> code = error_from_name(event.substr(prefix.size()));
  return code && (!communication || is_communication(*code));
}

}  // namespace

std::string_view event_stem(std::string_view descriptor) noexcept {
  if (descriptor.ends_with(".*")) descriptor.remove_suffix(2);
  while (descriptor.ends_with('.')) descriptor.remove_suffix(1);
  return descriptor;
}

bool event_matches(std::string_view descriptor, std::string_view event) {
  if (descriptor == "*") return true;
  descriptor = event_stem(descriptor);
  return (event.starts_with(descriptor) &&
          (event.size() == descriptor.size() || event[descriptor.size()] == '.')) ||
         matches_error(descriptor, event);
}

bool event_matches(const std::vector<std::string>& descriptors, std::string_view event) {
  return std::any_of(descriptors.begin(), descriptors.end(),
                     [event](const std::string& descriptor) { return event_matches(descriptor, event); });
}

void remove_conflicts(const Network& network, const StateSet& configuration, const History& history,
                      Selection& selected) {
  if (selected.size() < 2) return;
  const auto exits_of = [&](const Selected& arc) {
    StateSet exits;
    add_exit_set(network, configuration, domain_of(network, *arc.arc, history), exits);
    if (arc.arc->push) {  // it stays in its source until the other network has ended
      insert(exits, arc.arc->source);
      if (const StateIndex back = arc.arc->push->return_state; back != none)
        add_exit_set(network, configuration, common_ancestor(network, arc.arc->source, {back}), exits);
    }
    return exits;
  };
  Selection kept;
  for (const Selected& candidate : selected) {
    const StateSet exits = exits_of(candidate);
    bool preempted = false;
    Selection remaining;
    for (const Selected& other : kept) {
      const StateSet others = exits_of(other);
      const bool conflict =
          (candidate.arc->push && other.arc->push) ||
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
