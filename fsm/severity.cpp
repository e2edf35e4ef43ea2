#include "severity.hpp"

namespace leasehold::fsm {

std::string_view to_string(Severity severity) noexcept {
  switch (severity) {
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
    case Severity::error:
      break;
  }
  return "error";
}

}  // namespace leasehold::fsm
