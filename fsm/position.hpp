#pragma once

// A place in a document, as editors count: lines and characters from 1. Line 0: no place.

#include <compare>

namespace leasehold::fsm {

struct Position {
  unsigned line = 0;
  unsigned column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

}  // namespace leasehold::fsm
