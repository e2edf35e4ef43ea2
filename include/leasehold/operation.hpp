#pragma once

// Operations: what a resource can do, JSON in and JSON out, callable from YAML (`call: db.query`). This is
// where machines and adapters meet; neither knows the other.
//
// Threads: an Operations table is immutable once its provider is made; reading it is safe from any thread.

#include <leasehold/clock.hpp>
#include <leasehold/owner.hpp>
#include <leasehold/resource.hpp>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>

namespace leasehold {

// What bounds one call.
struct OperationContext {
  Clock::time_point deadline = Clock::never;  // on `clock`; everything the call waits for ends by then
  std::stop_token stop = {};
  OwnerId owner = {};
  std::shared_ptr<Clock> clock = Clock::steady();

  Duration remaining() const noexcept;  // until the deadline, never negative; Duration::max() without one
};

struct Operation {
  std::string name;     // "query"
  std::string summary;  // one line for people: "Runs a SELECT and returns its rows"
  // JSON Schema (draft 7 vocabulary) of the argument object. Machines are checked against it when they are
  // loaded; the call may rely on it. Always an object schema with "additionalProperties": false.
  nlohmann::json arguments;
  // Blocks until done or context.deadline. Throws leasehold::Error; any other exception is wrapped.
  std::function<nlohmann::json(Resource&, const nlohmann::json& arguments, const OperationContext&)> call;
};

class Operations {
 public:
  Operations() = default;
  Operations(std::initializer_list<Operation> operations);

  void add(Operation operation);  // replaces one of the same name
  const Operation* find(std::string_view name) const noexcept;
  auto begin() const noexcept { return by_name_.begin(); }  // pairs of name and Operation, by name
  auto end() const noexcept { return by_name_.end(); }
  bool empty() const noexcept { return by_name_.empty(); }

  static const Operations& none() noexcept;

 private:
  std::map<std::string, Operation, std::less<>> by_name_;
};

}  // namespace leasehold
