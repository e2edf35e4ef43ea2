#pragma once

// What an OwnerId points to: the name, and what that owner holds. Looking for a hold to share and giving back
// everything cost only what this owner holds.

#include <leasehold/owner.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace leasehold::detail {

class Pool;
struct Hold;

struct OwnerEntry {
  Pool* pool = nullptr;
  Hold* hold = nullptr;  // null: being acquired
};

struct OwnerRecord {
  OwnerRecord(std::string_view owner_name, std::uint64_t owner_id) : name(owner_name), id(owner_id) {}

  const std::string name;
  const std::uint64_t id;
  std::atomic<std::uint32_t> references = 1;

  // Taken before no other lock of leasehold's: a leaf.
  std::mutex mutex;
  std::vector<OwnerEntry> entries;  // in the order of acquisition
};

}  // namespace leasehold::detail
