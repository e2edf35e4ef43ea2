#pragma once

// The C++ functions that machines call by name, and what such a function sees.
//
// Threads: fill a FunctionRegistry before loading; machines copy what they use, so it may die after. A
// registered function is called from every thread that runs a machine, several at once.

#include <leasehold/lease.hpp>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::fsm {

struct Event {
  std::string name;  // "order.received"; "" while nothing is being handled
  nlohmann::json data = nullptr;
};

// What an execution does for the functions it calls.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  virtual Lease& lease(std::string_view name_or_role) = 0;
  virtual const OwnerId& owner() = 0;  // of the state whose function is called; made when first asked for
  virtual void raise(Event event) = 0;
  virtual bool in_state(std::string_view state) const = 0;
  virtual void log(std::string_view message) = 0;
};

// Who holds what the state leases: "machine/network.state#execution". An OwnerId that costs nothing until
// somebody looks at it.
class StateOwner {
 public:
  explicit StateOwner(Surroundings& surroundings) noexcept : surroundings_(surroundings) {}
  operator const OwnerId&() const { return surroundings_.owner(); }  // NOLINT(google-explicit-constructor)
  std::string name() const { return surroundings_.owner().name(); }
  std::uint64_t value() const { return surroundings_.owner().value(); }

 private:
  Surroundings& surroundings_;
};

// The view of one running execution; valid during the call only. Used by the calling thread only.
class Context {
 public:
  Context(nlohmann::json& data_, const Event& event_, std::string_view state_, Clock::time_point deadline_,
          const std::stop_token& stop_, Surroundings& surroundings) noexcept
      : data(data_),
        event(event_),
        state(state_),
        owner(surroundings),
        deadline(deadline_),
        stop(stop_),
        surroundings_(surroundings) {}

  nlohmann::json& data;         // the execution's data; guards must not change it
  const Event& event;           // the event being handled
  std::string_view state;       // the state the function belongs to
  StateOwner owner;             // "machine/network.state#execution"
  Clock::time_point deadline;   // of the state or the execution, whichever is earlier
  const std::stop_token& stop;  // requested when the execution is cancelled

  // A resource that is leased in this state's scope, by name or role. Throws StateError (fsm_resource) if the
  // state does not declare it or it is optional and absent; resource_type if it is no T.
  template <class T>
  T& resource(std::string_view name_or_role) const {
    return lease(name_or_role).template as<T>();
  }

  // The same untyped; an optional resource that is absent is an empty lease.
  Lease& lease(std::string_view name_or_role) const { return surroundings_.lease(name_or_role); }

  // An operation, as `call: db.query` would, bounded by the deadline.
  nlohmann::json call(std::string_view resource_name, std::string_view operation,
                      const nlohmann::json& arguments) const {
    return lease(resource_name).call(operation, arguments, {deadline, stop});
  }

  void raise(std::string name, nlohmann::json event_data = nullptr) const {
    surroundings_.raise({std::move(name), std::move(event_data)});
  }
  bool in(std::string_view other_state) const { return surroundings_.in_state(other_state); }
  void log(std::string_view message) const { surroundings_.log(message); }

 private:
  Surroundings& surroundings_;
};

using Action = std::function<void(Context&)>;
using Guard = std::function<bool(const Context&)>;

class FunctionRegistry {
 public:
  // Throws ConfigError (resource_duplicate) if the name is taken by a function of the same kind, and
  // (config_value) if the name is empty or the function is.
  FunctionRegistry& action(std::string name, Action function);
  FunctionRegistry& guard(std::string name, Guard function);

  const Action* find_action(std::string_view name) const noexcept;
  const Guard* find_guard(std::string_view name) const noexcept;
  std::vector<std::string> action_names() const;
  std::vector<std::string> guard_names() const;

 private:
  std::map<std::string, Action, std::less<>> actions_;
  std::map<std::string, Guard, std::less<>> guards_;
};

}  // namespace leasehold::fsm
