#include <leasehold/config.hpp>
#include <leasehold/lease.hpp>

namespace leasehold {

namespace {

// The memory of a set that ended, for the next one of this thread. A set may end after it, with the statics.
constinit thread_local bool spare_is_gone = false;
struct Spare {
  std::vector<LeaseSet::Entry> entries;
  ~Spare() { spare_is_gone = true; }
};
thread_local Spare spare;
constexpr std::size_t most_kept = 64;  // entries

}  // namespace

void LeaseSet::reserve(std::size_t count) {
  if (entries_.capacity() == 0 && !spare_is_gone) std::swap(entries_, spare.entries);
  entries_.reserve(count);
}

LeaseSet& LeaseSet::operator=(LeaseSet&& other) noexcept {
  if (this != &other) {
    release();
    entries_ = std::move(other.entries_);
    other.entries_.clear();
  }
  return *this;
}

Lease* LeaseSet::find(std::string_view name_or_role) noexcept {
  for (Entry& entry : entries_)
    if (entry.name == name_or_role || (!entry.role.empty() && entry.role == name_or_role))
      return &entry.lease;
  return nullptr;
}

Lease& LeaseSet::at(std::string_view name_or_role) {
  if (Lease* const found = find(name_or_role)) return *found;
  std::vector<std::string> known;
  for (const Entry& entry : entries_) known.push_back(entry.role.empty() ? entry.name : entry.role);
  throw_error(errc::resource_unknown, "no lease of '" + std::string(name_or_role) + "' in this set",
              {.resource = std::string(name_or_role), .hint = suggest_name(name_or_role, known)});
}

void LeaseSet::release() noexcept {
  while (!entries_.empty()) entries_.pop_back();
  if (!spare_is_gone && entries_.capacity() > spare.entries.capacity() && entries_.capacity() <= most_kept)
    std::swap(entries_, spare.entries);
}

}  // namespace leasehold
