#pragma once

// How the tool ends, for scripts; and the failures that choose it.

#include <stdexcept>
#include <string>

namespace leasehold::tool {

enum class ExitStatus : int {
  success = 0,
  failed = 1,  // runs failed or were interrupted, a resource is not healthy, results could not be written
  usage = 2,   // bad arguments, or an input or output file that cannot be used
  bad_machine = 3,  // a machine was refused; nothing was registered or run
};

// Ends the verb with this status and this message on stderr.
class Failure : public std::runtime_error {
 public:
  Failure(ExitStatus status, const std::string& message) : std::runtime_error(message), status_(status) {}
  ExitStatus status() const noexcept { return status_; }

 private:
  ExitStatus status_;
};

}  // namespace leasehold::tool
