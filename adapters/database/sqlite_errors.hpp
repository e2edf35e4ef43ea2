#pragma once

// What SQLite's result codes mean for us.
//
// Threads: any.

#include <leasehold/error.hpp>

#include <string_view>

namespace leasehold::database {

// When an error happened: only a statement that is run has values bound to it.
enum class Phase { open, prepare, run };

struct Verdict {
  errc code = errc::db_failed;
  bool fatal = false;  // the session is of no use any more
  std::string_view hint = {};
};

// `extended`: SQLite's extended result code.
Verdict classify(int extended, Phase phase) noexcept;

// Whether SQLite's own message for the code may quote a value that was bound: those of virtual tables (FTS5's
// query syntax) and functions do; the fixed ones of constraints, locks and storage do not.
bool message_may_quote_values(int extended) noexcept;

}  // namespace leasehold::database
