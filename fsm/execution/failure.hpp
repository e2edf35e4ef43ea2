#pragma once

// What happens after something went wrong, decided purely: once more, caught by whom, or neither.

#include "model.hpp"

#include <exception>
#include <optional>
#include <string>

namespace leasehold::fsm {

// Something that went wrong in a state. This is what the interpreter throws to itself.
struct Fault {
  std::exception_ptr exception;
  errc code = errc::fsm_action;
  std::string text;     // what()
  std::string message;  // without code and hint
  std::string resource;
  StateIndex origin = root;
  std::string state;                    // name of the origin at first; stays when the fault moves on
  std::size_t depth = std::size_t(-1);  // of the origin's network on the stack, if not the top one
  bool fatal = false;                   // cancelled, or out of the execution's time: nothing may catch it
  bool of_block = false;                // only ended a list of functions, or a condition: the rest can go on
};

// The fault that an exception is, in the words of leasehold: a foreign exception becomes fsm_action.
// `doing` says what was going on: "the function 'f'".
Fault make_fault(std::exception_ptr exception, StateIndex origin, const std::string& doing);
Fault make_fault(errc code, std::string message, StateIndex origin, ErrorDetails details = {});

// Why a run to the end cannot go on from an innermost state.
Fault stuck_fault(const Network& network, StateIndex state);

bool matches(const std::vector<std::string>& patterns, const Fault& fault);

// How long to wait before the state is run again; nullopt: it is not. `attempts` were made so far; `random`
// lies in [0, 1).
std::optional<Duration> retry_delay(const std::optional<Retry>& retry, const Fault& fault,
                                    std::size_t attempts, double random);

// The same, if it is known that the state is.
Duration delay_of_attempt(const Retry& retry, std::size_t attempts, double random);

struct Caught {
  StateIndex by = none;  // root: the network
  const Catch* handler = nullptr;
};
// The handler nearest to the fault's origin: the state's own in order, then its ancestors'.
std::optional<Caught> find_catch(const Network& network, const Fault& fault);
std::optional<Caught> find_on_error(const Network& network, const Fault& fault);

// What a machine is told of it: {"code", "message", "state", "resource"}; and the same as an event.
nlohmann::json error_data(const Fault& fault);
Event error_event(const Fault& fault);

}  // namespace leasehold::fsm
