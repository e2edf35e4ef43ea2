#pragma once

// Where the results of a run go: standard output, or a file that appears whole.

#include "atomic_file.hpp"
#include "progress.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace leasehold::tool {

class Results {
 public:
  // path "": standard output; where that is a terminal, the bar makes room for each line. Throws Failure
  // (usage) if the file cannot be made.
  Results(const std::string& path, ProgressBar& bar);

  // One line, without its end. Throws OutputClosed and Failure (failed).
  void write(std::string_view line);

  // The file gets its name; before that, its end removes it.
  void commit();

 private:
  std::optional<AtomicFile> file_;
  ProgressBar* bar_ = nullptr;  // null: it is not in the way
};

}  // namespace leasehold::tool
