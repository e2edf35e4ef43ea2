#pragma once

// `run --events`: one execution, driven by a file or stream of events.

#include "command_line.hpp"

namespace leasehold::tool {

// Prints a line for the start, for each event and for each delay that came due, then the result. Throws
// Failure and OutputClosed.
ExitStatus run_events(const RunCommand& command, std::optional<LogLevel> log_level);

}  // namespace leasehold::tool
