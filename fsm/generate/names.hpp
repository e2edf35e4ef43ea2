#pragma once

// Names of a document as names of C++.

#include <set>
#include <string>
#include <string_view>

namespace leasehold::fsm {

// Whether it can be the name of a member as it is.
bool is_identifier(std::string_view text) noexcept;

// "done.state.x" as done_state_x; never a keyword, a reserved name or one that was given before.
class Names {
 public:
  std::string add(std::string_view text);

 private:
  std::set<std::string, std::less<>> taken_;
};

// A literal: "\"a\\\"b\"".
std::string literal(std::string_view text);

}  // namespace leasehold::fsm
