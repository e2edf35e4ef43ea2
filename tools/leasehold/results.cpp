#include "results.hpp"

#include "terminal.hpp"

#include <unistd.h>

namespace leasehold::tool {

Results::Results(const std::string& path, ProgressBar& bar) {
  if (!path.empty()) {
    file_.emplace(path);
  } else if (is_terminal(STDOUT_FILENO)) {
    bar_ = &bar;
  }
}

void Results::write(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  if (file_) {
    file_->write(text);
    return;
  }
  if (bar_) bar_->clear();
  print(text);
}

void Results::commit() {
  if (file_) file_->commit();
}

}  // namespace leasehold::tool
