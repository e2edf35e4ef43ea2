#pragma once

// Patterns over relative paths: * ? [a-z] [!a-z] and \x within a name, ** for any directories. A name that
// begins with a dot is matched only by a part that does. Time grows with pattern times name, never beyond.

#include <string>
#include <string_view>
#include <vector>

namespace leasehold::detail {

class Glob {
 public:
  // Which parts of the pattern may come next, after some parts of a path.
  using State = std::vector<bool>;

  // Throws config_value if the pattern is empty, too long, or has an empty part.
  Glob(std::string_view pattern, bool recursive);

  State start() const;
  State step(const State& state, std::string_view name) const;
  bool accepts(const State& state) const { return state.back(); }
  bool can_go_on(const State& state) const;  // whether anything below could match

 private:
  void pass_any_directories(State& state) const;

  std::vector<std::string> parts_;
};

bool glob_matches_name(std::string_view pattern, std::string_view name) noexcept;

}  // namespace leasehold::detail
