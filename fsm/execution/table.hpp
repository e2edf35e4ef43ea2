#pragma once

// What is worked out of a machine's model once, when it is loaded, so that executions only look it up: which
// arcs an event may take in which state and, where that does not depend on history, what taking one enters.
//
// Events that the same descriptors cover behave alike: they are of one class, named by the longest of these
// descriptors.
//
// Threads: immutable.

#include "execution/event_index.hpp"
#include "execution/jump.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::fsm {

using EventClass = std::uint32_t;
inline constexpr EventClass eventless = 0;
inline constexpr EventClass unheard = 1;  // no descriptor but "*" covers it

// An arc with what is known of it beforehand.
struct Route {
  const Arc* arc = nullptr;
  std::size_t index = 0;     // of the arc in its state
  bool fixed = false;        // domain and entries do not depend on history
  StateIndex domain = none;  // if fixed
  EntrySet entries = {};     // if fixed
  bool hands_over = true;    // what it leaves and what it enters may declare the same resource
  bool by_name = false;      // the class does not say whether the arc takes an event: ask its descriptors
};

struct StateFacts {
  const State* state = nullptr;
  bool atomic = false;
  bool checked = false;  // has conditions that must hold on entry or while it is active
  bool timed = false;    // its entry starts a delay, or a timeout
  bool inert = false;    // its entry has nothing to do
  bool simple = false;   // its entry is to have at most one resource, the sole one, and to call C++ functions
  // The only resource, if it is required and nothing around the state declares it.
  const ResourceRequirement* sole = nullptr;
  ResourceId sole_id = {};
  StateIndex end = 0;  // the state's descendants are those after it and before this
  struct Choices {
    EventClass event = eventless;
    std::vector<const Route*> routes;  // in the order of arcs
  };
  std::vector<Choices> choices = {};         // ascending by event
  std::vector<const Route*> otherwise = {};  // for events of any other class
  std::vector<Route> routes = {};            // of all arcs, by index

  std::vector<Jump> jumps = {};  // of an atomic state; empty: it takes the general way

  // The arcs that an event of the class may take, in order.
  std::span<const Route* const> routes_of(EventClass event) const noexcept;
};

struct NetworkFacts {
  const Network* network = nullptr;
  std::vector<StateFacts> states = {};  // by index
  bool has_history = false;
  bool has_regions = false;
  EntrySet initial = {};    // what is entered when it is pushed
  std::uint32_t first = 0;  // the states of all networks are numbered through; this is the root's number
};

class Table;

// An event that some descriptor names.
struct NamedEvent {
  const Table* table = nullptr;
  EventClass event_class = unheard;
  Event event = {};
};

class Table {
 public:
  explicit Table(std::shared_ptr<const Definition> definition);
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const Definition& definition() const noexcept { return *definition_; }
  Clock& clock() const noexcept { return *clock_; }  // the manager's
  const NetworkFacts& facts(const Network& network) const noexcept {
    return networks_[static_cast<std::size_t>(&network - definition_->networks.data())];
  }

  const std::string& state_name(std::uint32_t number) const noexcept;

  EventClass class_of(std::string_view event) const noexcept;
  const NamedEvent* find(std::string_view event) const noexcept;  // null: no descriptor is exactly this

 private:
  void name_events(const Arc& arc);
  std::vector<EventClass> classes_of(const Arc& arc) const;
  void list_choices(StateFacts& facts) const;
  NetworkFacts examine(const Network& network) const;

  std::shared_ptr<const Definition> definition_;
  std::shared_ptr<Clock> clock_;
  std::deque<NamedEvent> events_;  // of class `unheard + 1` and on
  EventIndex by_name_;
  std::vector<const NamedEvent*> sorted_;  // by name
  std::vector<NetworkFacts> networks_;
};

inline std::span<const Route* const> StateFacts::routes_of(EventClass event) const noexcept {
  const Choices* found = choices.data();
  const Choices* const last = found + choices.size();
  if (choices.size() > 8)
    found = std::lower_bound(found, last, event, [](const Choices& c, EventClass e) { return c.event < e; });
  while (found != last && found->event < event) ++found;
  if (found != last && found->event == event) return found->routes;
  return event == eventless ? std::span<const Route* const>() : otherwise;
}

}  // namespace leasehold::fsm
