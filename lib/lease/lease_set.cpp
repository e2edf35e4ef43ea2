#include <leasehold/config.hpp>
#include <leasehold/lease.hpp>
#include <leasehold/requirement.hpp>

#include <algorithm>
#include <cstring>

#include "coarse_time.hpp"

namespace leasehold {

// The contents of a set that ended, for the next one of this thread. A set may end after it, with the
// statics.
struct LeaseSet::Spare {
  static constexpr std::size_t most_entries = 64;
  static constexpr std::size_t most_text = 4096;

  ~Spare() {
    delete kept;
    gone = true;
  }

  // Not kept is freed.
  static void keep(Contents* contents) noexcept {
    if (gone || spare.kept || contents->entries.capacity() > most_entries ||
        contents->text.size() > most_text)
      delete contents;
    else
      spare.kept = contents;
  }

  Contents* kept = nullptr;

  static constinit thread_local bool gone;
  static thread_local Spare spare;
};
constinit thread_local bool LeaseSet::Spare::gone = false;
thread_local LeaseSet::Spare LeaseSet::Spare::spare;

inline LeaseSet::Contents& LeaseSet::contents() {
  if (contents_) return *contents_;
  if (!Spare::gone) contents_ = std::exchange(Spare::spare.kept, nullptr);
  if (!contents_) [[unlikely]]
    contents_ = new Contents;
  return *contents_;
}

LeaseSet::LeaseSet(const RequirementSet& set) {
  Contents& all = contents();
  all.used = set.words_.size();
  if (all.used > all.text.size()) all.text.resize(all.used);
  std::memcpy(all.text.data(), set.words_.data(), all.used);
  all.entries.reserve(set.requirements_.size());
  const char* at = all.text.data();
  for (const ResourceRequirement& requirement : set.requirements_) {
    const char* const role = at + requirement.name.size();
    all.entries.push_back({{at, requirement.name.size()}, {role, requirement.role.size()}, Lease()});
    at = role + requirement.role.size();
  }
}

void LeaseSet::reserve(std::size_t count, std::size_t text) {
  Contents& all = contents();
  all.entries.reserve(count);
  if (text <= all.text.size()) return;
  std::vector<char> larger(std::max(text, 2 * all.text.size()));
  std::copy_n(all.text.begin(), all.used, larger.begin());
  const auto moved = [&](std::string_view word) {
    return word.empty() ? word
                        : std::string_view(larger.data() + (word.data() - all.text.data()), word.size());
  };
  for (Entry& entry : all.entries) {
    entry.name = moved(entry.name);
    entry.role = moved(entry.role);
  }
  all.text.swap(larger);
}

std::string_view LeaseSet::Contents::copy(std::string_view word) noexcept {
  if (word.empty()) return {};
  char* const place = text.data() + std::exchange(used, used + word.size());
  std::memcpy(place, word.data(), word.size());
  return {place, word.size()};
}

void LeaseSet::add(std::string_view name, std::string_view role, Lease lease) {
  Contents& all = contents();
  const std::size_t text = all.used + name.size() + role.size();
  if (all.entries.size() == all.entries.capacity() || text > all.text.size()) [[unlikely]]
    reserve(std::max(all.entries.size() + 1, 2 * all.entries.size()), text);
  all.entries.push_back({all.copy(name), all.copy(role), std::move(lease)});
}

LeaseSet& LeaseSet::operator=(LeaseSet&& other) noexcept {
  if (this != &other) {
    release();
    contents_ = std::exchange(other.contents_, nullptr);
  }
  return *this;
}

Lease* LeaseSet::find(std::string_view name_or_role) noexcept {
  for (Entry& entry : entries())
    if (entry.name == name_or_role || (!entry.role.empty() && entry.role == name_or_role))
      return &entry.lease;
  return nullptr;
}

Lease& LeaseSet::at(std::string_view name_or_role) {
  if (Lease* const found = find(name_or_role)) return *found;
  std::vector<std::string> known;
  for (const Entry& entry : entries()) known.emplace_back(entry.role.empty() ? entry.name : entry.role);
  throw_error(errc::resource_unknown, "no lease of '" + std::string(name_or_role) + "' in this set",
              {.resource = std::string(name_or_role), .hint = suggest_name(name_or_role, known)});
}

void LeaseSet::release() noexcept {
  Contents* const all = std::exchange(contents_, nullptr);
  if (!all) return;
  detail::Moment moment;
  for (auto entry = all->entries.end(); entry != all->entries.begin();)
    if (detail::Hold* const hold = std::exchange((--entry)->lease.hold_, nullptr)) [[likely]]
      detail::end_lease(hold, moment);
  all->entries.clear();
  all->used = 0;
  Spare::keep(all);
}

}  // namespace leasehold
