#include <leasehold/config.hpp>
#include <leasehold/lease.hpp>
#include <leasehold/requirement.hpp>

#include <algorithm>
#include <cstring>

#include "coarse_time.hpp"

namespace leasehold {

// The contents of a set that ended, for the next one of this thread. A set may end after the thread's
// objects, with the statics.
struct LeaseSet::Spare {
  static constexpr std::size_t most_entries = 64;
  static constexpr std::size_t most_text = 4096;

  ~Spare() {
    keeps = false;
    gone = true;
    delete std::exchange(kept, nullptr);
  }

  static Contents& take() {
    if (Contents* const contents = std::exchange(kept, nullptr)) [[likely]]
      return *contents;
    if (!gone) end_of_thread.begin();
    return *new Contents;
  }
  void begin() noexcept { keeps = true; }  // and the end comes with the thread's
  // Not kept is freed.
  static void keep(Contents* contents) noexcept {
    if (!keeps || kept || contents->entries.capacity() > most_entries || contents->text.size() > most_text)
        [[unlikely]]
      delete contents;
    else
      kept = contents;
  }

  static constinit thread_local Contents* kept;
  static constinit thread_local bool keeps;  // `end_of_thread` will free it
  static constinit thread_local bool gone;
  static thread_local Spare end_of_thread;
};
constinit thread_local LeaseSet::Contents* LeaseSet::Spare::kept = nullptr;
constinit thread_local bool LeaseSet::Spare::keeps = false;
constinit thread_local bool LeaseSet::Spare::gone = false;
thread_local LeaseSet::Spare LeaseSet::Spare::end_of_thread;

inline LeaseSet::Contents& LeaseSet::contents() {
  if (!contents_) {
    contents_ = &Spare::take();
    if (contents_->requirements != 0) contents_->clear();
  }
  contents_->requirements = 0;  // what is added now is not of it
  return *contents_;
}

void LeaseSet::Contents::clear() noexcept {
  entries.clear();
  used = 0;
  requirements = 0;
}

LeaseSet::LeaseSet(const RequirementSet& set) : LeaseSet() {
  contents_ = &Spare::take();
  Contents& all = *contents_;
  if (all.requirements != set.number_) [[unlikely]]
    prepare(all, set);
  // Whoever had the entries may have written on them.
  const char* at = all.text.data();
  Entry* entry = all.entries.data();
  for (const ResourceRequirement& requirement : set.requirements_) {
    const char* const role = at + requirement.name.size();
    entry->name = {at, requirement.name.size()};
    entry->role = {role, requirement.role.size()};
    at = role + requirement.role.size();
    ++entry;
  }
}

// Entries for each, and the text.
[[gnu::noinline]] void LeaseSet::prepare(Contents& all, const RequirementSet& set) {
  all.clear();
  all.used = set.words_.size();
  if (all.used > all.text.size()) all.text.resize(all.used);
  std::memcpy(all.text.data(), set.words_.data(), all.used);
  all.entries.resize(set.requirements_.size());
  all.requirements = set.number_;
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

const Lease* LeaseSet::find(std::string_view name_or_role) const noexcept {
  for (const Entry& entry : entries())
    if (entry.name == name_or_role || (!entry.role.empty() && entry.role == name_or_role))
      return &entry.lease;
  return nullptr;
}

const Lease& LeaseSet::at(std::string_view name_or_role) const {
  if (const Lease* const found = find(name_or_role)) return *found;
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
  if (all->requirements == 0) all->clear();
  Spare::keep(all);
}

}  // namespace leasehold
