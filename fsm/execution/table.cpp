#include "execution/table.hpp"

#include "execution/selection.hpp"

#include <algorithm>

namespace leasehold::fsm {

namespace {

constexpr std::size_t classes_per_arc = 64;  // more are not listed but matched by name

bool leads_to_history(const Network& network, const std::vector<StateIndex>& states) {
  return std::any_of(states.begin(), states.end(),
                     [&](StateIndex state) { return is_history(network, state); });
}

bool declares(const std::vector<ResourceRequirement>& resources, const std::string& name) {
  return std::any_of(resources.begin(), resources.end(),
                     [&](const ResourceRequirement& requirement) { return requirement.name == name; });
}

// Whether a state that is left with the arc may need what one that is entered needs. Without regions those
// are its source, what is in it and what is around it.
bool may_hand_over(const NetworkFacts& facts, const Arc& arc, StateIndex domain, const StateSet& entered) {
  const Network& network = *facts.network;
  const auto needed = [&](StateIndex left) {
    const std::vector<ResourceRequirement>& held = network.states[left].resources;
    return std::any_of(entered.begin(), entered.end(), [&](StateIndex state) {
      return std::any_of(held.begin(), held.end(), [&](const ResourceRequirement& requirement) {
        return declares(network.states[state].resources, requirement.name);
      });
    });
  };
  if (facts.has_regions) return true;
  for (StateIndex left = network.states[arc.source].parent; left != none && left != domain && left != root;
       left = network.states[left].parent)
    if (needed(left)) return true;
  for (StateIndex left = std::max(arc.source, root + 1); left < facts.states[arc.source].end; ++left)
    if (needed(left)) return true;
  return false;
}

Route make_route(const NetworkFacts& facts, const Arc& arc, std::size_t index) {
  const Network& network = *facts.network;
  Route route{.arc = &arc, .index = index};
  if (arc.push || leads_to_history(network, arc.targets)) return route;
  route.domain = domain_of(network, arc, {});
  add_entry_set(network, arc.targets, route.domain, {}, route.entries);
  const StateSet& entered = route.entries.states;
  route.fixed = std::none_of(entered.begin(), entered.end(), [&](StateIndex state) {
    return leads_to_history(network, network.states[state].initial);
  });
  route.hands_over = may_hand_over(facts, arc, route.domain, entered);
  return route;
}

const ResourceRequirement* sole_resource(const Network& network, StateIndex state) {
  const std::vector<ResourceRequirement>& resources = network.states[state].resources;
  if (resources.size() != 1) return nullptr;
  const ResourceRequirement& only = resources.front();
  if (!only.required || only.timeout || declares(network.resources, only.name)) return nullptr;
  for (StateIndex outer = network.states[state].parent; outer != none; outer = network.states[outer].parent)
    if (declares(network.states[outer].resources, only.name)) return nullptr;
  return &only;
}

bool takes_any(const Arc& arc) {
  return std::find(arc.events.begin(), arc.events.end(), "*") != arc.events.end();
}

}  // namespace

Table::Table(std::shared_ptr<const Definition> definition)
    : definition_(std::move(definition)), clock_(definition_->manager->clock()) {
  for (const Network& network : definition_->networks)
    for (const State& state : network.states)
      for (const Arc& arc : state.arcs) name_events(arc);
  for (const NamedEvent& event : events_) sorted_.push_back(&event);
  std::sort(sorted_.begin(), sorted_.end(),
            [](const NamedEvent* a, const NamedEvent* b) { return a->event.name < b->event.name; });
  std::size_t first = 0;
  for (const Network& network : definition_->networks) {
    networks_.push_back(examine(network));
    networks_.back().first = static_cast<std::uint32_t>(first);
    list_jumps(networks_.back());
    first += network.states.size();
  }
}

const std::string& Table::state_name(std::uint32_t number) const noexcept {
  auto network = networks_.begin();
  while (number - network->first >= network->states.size()) ++network;
  return network->network->states[number - network->first].name;
}

void Table::name_events(const Arc& arc) {
  for (const std::string& descriptor : arc.events) {
    const std::string_view name = event_stem(descriptor);
    if (descriptor == "*" || by_name_.find(name)) continue;
    const auto next = static_cast<EventClass>(unheard + 1 + events_.size());
    const NamedEvent& event = events_.emplace_back(NamedEvent{this, next, {std::string(name), nullptr}});
    by_name_.add(event.event.name, event);
  }
}

const NamedEvent* Table::find(std::string_view event) const noexcept {
  return by_name_.find(event);
}

EventClass Table::class_of(std::string_view event) const noexcept {
  for (;;) {
    if (const NamedEvent* known = find(event)) return known->event_class;
    const std::size_t dot = event.rfind('.');
    if (dot == std::string_view::npos) return unheard;
    event = event.substr(0, dot);
  }
}

// The classes whose events the arc takes; empty if it takes any, or they are too many to list.
std::vector<EventClass> Table::classes_of(const Arc& arc) const {
  if (arc.after || takes_any(arc)) return {};
  if (arc.events.empty()) return {eventless};
  std::vector<EventClass> classes;
  for (const std::string& descriptor : arc.events) {
    const std::string_view name = event_stem(descriptor);
    if (name == "error.execution" || name == "error.communication") return {};  // cover errors of other names
    auto at =
        std::lower_bound(sorted_.begin(), sorted_.end(), name,
                         [](const NamedEvent* event, std::string_view n) { return event->event.name < n; });
    for (; at != sorted_.end() && (*at)->event.name.starts_with(name); ++at) {
      if (!event_matches(descriptor, (*at)->event.name)) continue;  // "orders" starts like "order"
      if (classes.size() == classes_per_arc) return {};
      classes.push_back((*at)->event_class);
    }
  }
  return classes;
}

void Table::list_choices(StateFacts& facts) const {
  std::vector<std::pair<EventClass, std::size_t>> listed;  // class and index of an arc that takes it
  std::vector<const Route*> any;                           // listed for every event, by class or not
  for (Route& route : facts.routes) {
    const std::vector<EventClass> classes = classes_of(*route.arc);
    for (const EventClass event : classes) listed.emplace_back(event, route.index);
    if (!classes.empty() || route.arc->after) continue;
    route.by_name = !takes_any(*route.arc);
    any.push_back(&route);
  }
  std::sort(listed.begin(), listed.end());
  listed.erase(std::unique(listed.begin(), listed.end()), listed.end());
  for (const auto& [event, index] : listed) {
    if (facts.choices.empty() || facts.choices.back().event != event) {
      facts.choices.push_back({event, {}});
      if (event != eventless) facts.choices.back().routes = any;
    }
    std::vector<const Route*>& routes = facts.choices.back().routes;
    const Route* const route = &facts.routes[index];
    routes.insert(std::upper_bound(routes.begin(), routes.end(), route), route);
  }
  facts.otherwise = std::move(any);
}

NetworkFacts Table::examine(const Network& network) const {
  NetworkFacts facts{.network = &network, .states = std::vector<StateFacts>(network.states.size())};
  facts.has_regions = std::any_of(network.states.begin(), network.states.end(),
                                  [](const State& state) { return state.type == StateType::parallel; });
  add_completion(network, {}, {}, facts.initial);
  for (std::size_t i = network.states.size(); i-- > 0;) {
    const auto index = static_cast<StateIndex>(i);
    const State& state = network.states[i];
    StateFacts& own = facts.states[i];
    own.state = &state;
    own.atomic = is_atomic(network, index);
    own.end = std::max(own.end, index + 1);
    own.checked =
        !state.pre.empty() || !state.post.empty() || !state.invariant.empty() || !state.validate.empty();
    own.timed = state.timeout || std::any_of(state.arcs.begin(), state.arcs.end(),
                                             [](const Arc& arc) { return bool(arc.after); });
    own.inert = !own.checked && !own.timed && state.resources.empty() && state.on_entry.empty() &&
                state.initial_actions.empty() && state.transform.empty();
    own.sole = sole_resource(network, index);
    own.simple = !own.checked && !own.timed && (own.sole || state.resources.empty()) &&
                 state.on_entry.empty() && calls_only(state.transform);
    if (own.sole) own.sole_id = definition_->manager->resource_id(own.sole->name);
    if (state.parent != none)
      facts.states[state.parent].end = std::max(facts.states[state.parent].end, own.end);
    facts.has_history = facts.has_history || is_history(network, index);
    for (std::size_t arc = 0; arc < state.arcs.size(); ++arc)
      own.routes.push_back(make_route(facts, state.arcs[arc], arc));
    list_choices(own);
  }
  return facts;
}

}  // namespace leasehold::fsm
