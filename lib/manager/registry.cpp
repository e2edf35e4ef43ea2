#include "manager/registry.hpp"

#include <algorithm>
#include <utility>

namespace leasehold::detail {

EntryPtr Registry::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

void Registry::remember(Lookup& lookup, std::string_view name) const noexcept {
  const std::shared_lock lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || !light_barriers_work()) return;
  lookup.version = version_.load(std::memory_order_relaxed);
  lookup.pool = found->second->pool.get();
  lookup.order = found->second->order;
  lookup.name = Name::of(name);
}

const ResourceName& Registry::intern(std::string_view name) {
  const std::unique_lock lock(mutex_);
  if (const auto found = interned_.find(name); found != interned_.end()) return *found->second;
  std::unique_ptr<ResourceName> fresh(new ResourceName{std::string(name), this});
  const std::string_view key = fresh->text;
  const ResourceName& interned = *interned_.emplace(key, std::move(fresh)).first->second;
  if (const auto found = by_name_.find(name); found != by_name_.end()) lead(name, found->second.get());
  return interned;
}

void Registry::lead(std::string_view name, const Entry* entry) noexcept {
  const auto found = interned_.find(name);
  if (found == interned_.end()) return;
  ResourceName& interned = *found->second;
  if (entry) interned.order.store(entry->order, std::memory_order_relaxed);
  const bool leads = entry && light_barriers_work();
  interned.pool.store(leads ? entry->pool.get() : nullptr, std::memory_order_release);
}

EntryPtr Registry::insert(const std::vector<EntryPtr>& entries) {
  const std::unique_lock lock(mutex_);
  for (const EntryPtr& entry : entries)
    if (const auto found = by_name_.find(entry->name); found != by_name_.end()) return found->second;
  Names added;  // all that can throw comes before anything is changed
  for (const EntryPtr& entry : entries) added.emplace(entry->name, entry);
  const std::size_t size = by_name_.size() + kept_.size() + added.size();
  if (size > closing_.capacity()) closing_.reserve(2 * size);
  by_name_.reserve(by_name_.size() + added.size());
  by_name_.merge(added);
  for (const EntryPtr& entry : entries) lead(entry->name, entry.get());
  change_version();
  return nullptr;
}

void Registry::change_version() noexcept {
  static sync::Atomic<std::uint64_t> versions = 0;
  version_.store(versions.fetch_add(1) + 1, std::memory_order_release);
}

EntryPtr Registry::take(std::string_view name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  EntryPtr entry = std::move(found->second);
  by_name_.erase(found);
  lead(entry->name, nullptr);
  change_version();
  return entry;
}

EntryPtr Registry::remove(std::string_view name) {
  const std::unique_lock lock(mutex_);
  return take(name);
}

EntryPtr Registry::set_aside(std::string_view name) {
  const std::unique_lock lock(mutex_);
  if (closed_) return nullptr;
  kept_.reserve(kept_.size() + 1);  // may throw, before anything is changed
  EntryPtr entry = take(name);
  if (!entry) return nullptr;
  entry->unregistering.store(true);
  kept_.push_back(entry);
  return entry;
}

std::vector<EntryPtr> Registry::kept() const {
  const std::shared_lock lock(mutex_);
  return kept_;
}

bool Registry::forget(const EntryPtr& entry) {
  const std::unique_lock lock(mutex_);
  if (std::erase(kept_, entry) == 0) return false;
  const auto is_its = [&](const EntryPtr& other) { return other->provider == entry->provider; };
  return std::none_of(by_name_.begin(), by_name_.end(),
                      [&](const auto& named) { return is_its(named.second); }) &&
         std::none_of(kept_.begin(), kept_.end(), is_its);
}

void Registry::list(std::vector<EntryPtr>& all) const {
  for (const auto& [name, entry] : by_name_) all.push_back(entry);
  std::sort(all.begin(), all.end(), [](const EntryPtr& a, const EntryPtr& b) { return a->order < b->order; });
}

std::vector<EntryPtr> Registry::in_order() const {
  const std::shared_lock lock(mutex_);
  std::vector<EntryPtr> all;
  all.reserve(by_name_.size());
  list(all);
  return all;
}

std::vector<EntryPtr> Registry::close() noexcept {
  const std::unique_lock lock(mutex_);
  closed_ = true;
  std::vector<EntryPtr> all = std::move(closing_);
  list(all);
  all.insert(all.end(), kept_.begin(), kept_.end());
  kept_.clear();
  return all;
}

std::vector<std::string> Registry::names() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [name, entry] : by_name_) all.push_back(name);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace leasehold::detail
