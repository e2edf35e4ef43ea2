#pragma once

// The log of a run: lines on standard error, above the progress bar.

#include "progress.hpp"

#include <leasehold/log.hpp>

#include <optional>

namespace leasehold::tool {

// Shows what is at `level` or above; none: silent (a null Logger). `bar` must outlive the logger.
Logger make_logger(std::optional<LogLevel> level, ProgressBar& bar);

}  // namespace leasehold::tool
