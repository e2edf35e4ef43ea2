#pragma once

// Reads YAML text into a Document, by yaml-cpp's events. Bounded in depth and in what aliases expand to;
// finds duplicate keys and cycles, which yaml-cpp's own tree hides.

#include "../diagnostics.hpp"
#include "document.hpp"

#include <optional>

namespace leasehold::fsm::yaml {

struct Limits {
  std::size_t depth = 64;
  std::size_t alias_nodes = 100'000;
};

// Reports every duplicate key; stops at the first thing that makes the rest unreadable. nullopt after that.
std::optional<Document> read(const Source& source, const Limits& limits, Diagnostics& diagnostics);

}  // namespace leasehold::fsm::yaml
