#include <leasehold/config.hpp>
#include <leasehold/lease.hpp>

#include <algorithm>
#include <cstring>

namespace leasehold {

namespace {

// The memory of a set that ended, for the next one of this thread. A set may end after it, with the statics.
constinit thread_local bool spare_is_gone = false;
struct Spare {
  std::vector<LeaseSet::Entry> entries;
  std::vector<char> text;
  ~Spare() { spare_is_gone = true; }
};
thread_local Spare spare;
constexpr std::size_t most_kept = 64;  // entries
constexpr std::size_t most_text = 4096;

}  // namespace

void LeaseSet::reserve(std::size_t count, std::size_t text) {
  if (entries_.capacity() == 0 && !spare_is_gone) {
    entries_.swap(spare.entries);
    text_.swap(spare.text);
  }
  entries_.reserve(count);
  if (text <= text_.size()) return;
  std::vector<char> larger(std::max(text, 2 * text_.size()));
  std::copy_n(text_.begin(), used_, larger.begin());
  const auto moved = [&](std::string_view word) {
    return word.empty() ? word : std::string_view(larger.data() + (word.data() - text_.data()), word.size());
  };
  for (Entry& entry : entries_) {
    entry.name = moved(entry.name);
    entry.role = moved(entry.role);
  }
  text_.swap(larger);
}

std::string_view LeaseSet::copy(std::string_view word) noexcept {
  if (word.empty()) return {};
  char* const place = text_.data() + std::exchange(used_, used_ + word.size());
  std::memcpy(place, word.data(), word.size());
  return {place, word.size()};
}

void LeaseSet::add(std::string_view name, std::string_view role, Lease lease) {
  const std::size_t text = used_ + name.size() + role.size();
  if (entries_.size() == entries_.capacity() || text > text_.size()) [[unlikely]]
    reserve(std::max(entries_.size() + 1, 2 * entries_.size()), text);
  Entry& added = entries_.emplace_back();
  added.name = copy(name);
  added.role = copy(role);
  added.lease = std::move(lease);
}

LeaseSet& LeaseSet::operator=(LeaseSet&& other) noexcept {
  if (this != &other) {
    release();
    entries_ = std::move(other.entries_);
    text_ = std::move(other.text_);
    used_ = std::exchange(other.used_, 0);
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
  for (const Entry& entry : entries_) known.emplace_back(entry.role.empty() ? entry.name : entry.role);
  throw_error(errc::resource_unknown, "no lease of '" + std::string(name_or_role) + "' in this set",
              {.resource = std::string(name_or_role), .hint = suggest_name(name_or_role, known)});
}

void LeaseSet::release() noexcept {
  while (!entries_.empty()) entries_.pop_back();
  used_ = 0;
  if (spare_is_gone || entries_.capacity() <= spare.entries.capacity() || entries_.capacity() > most_kept ||
      text_.size() > most_text)
    return;
  entries_.swap(spare.entries);
  text_.swap(spare.text);
}

}  // namespace leasehold
