#include "mapping.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leasehold::fsm {

namespace {
const Key* find_key(Keys keys, std::string_view name) noexcept {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [name](const Key& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> names_of(Keys keys) {
  std::vector<std::string> names;
  for (const Key& key : keys)
    if (key.presence != Presence::older) names.emplace_back(key.name);
  return names;
}
}  // namespace

Mapping::Mapping(const yaml::Node& node, Keys keys, std::string_view what, Diagnostics& diagnostics)
    : node_(&node), keys_(keys), diagnostics_(&diagnostics) {
  if (!node.is(yaml::Node::Kind::mapping)) {
    diagnostics.error(errc::config_value, node.position,
                      fmt::format("{} is a mapping, not {}", what, yaml::kind_name(node.kind)),
                      "it may have " + fmt::format("{}", fmt::join(names_of(keys), ", ")));
    return;
  }
  for (const yaml::Entry& entry : node.entries) {
    const Key* key = find_key(keys, entry.key);
    if (!key) {
      misspelt_.push_back(nearest_name(entry.key, names_of(keys)));
      diagnostics.error(errc::config_unknown_key, entry.position,
                        fmt::format("{} has no key '{}'", what, entry.key),
                        suggest_name(entry.key, names_of(keys)));
    } else if (!key->canonical.empty()) {
      if (node.find(key->canonical))
        diagnostics.error(
            errc::config_duplicate_key, entry.position,
            fmt::format("'{}' is another name of '{}', which is here too", key->name, key->canonical),
            "remove one of them");
      diagnostics.note(entry.position,
                       fmt::format("'{}' is an older name of '{}'", key->name, key->canonical),
                       fmt::format("write '{}'", key->canonical));
    }
  }
  report_missing();
}

const yaml::Entry* Mapping::entry(std::string_view name) const noexcept {
  for (const yaml::Entry& entry : node_->entries) {
    if (entry.key == name) return &entry;
    const Key* key = find_key(keys_, entry.key);
    if (key && key->canonical == name) return &entry;
  }
  return nullptr;
}

const yaml::Node* Mapping::find(std::string_view key) const noexcept {
  const yaml::Entry* found = entry(key);
  return found ? found->value : nullptr;
}

Position Mapping::key_position(std::string_view key) const noexcept {
  const yaml::Entry* found = entry(key);
  return found ? found->position : node_->position;
}

bool Mapping::misspelt(std::string_view key) const noexcept {
  return std::find(misspelt_.begin(), misspelt_.end(), key) != misspelt_.end();
}

void Mapping::report_missing() const {
  for (const Key& key : keys_)
    if (key.presence == Presence::required && !has(key.name) && !misspelt(key.name))
      diagnostics_->error(errc::config_missing, node_->position, fmt::format("'{}' is missing", key.name),
                          fmt::format("add it: {}", key.meaning));
}

void Mapping::read_texts(std::string_view key, std::vector<std::string>& into) const {
  const yaml::Node* value = find(key);
  if (!value) return;
  std::vector<std::string> texts;
  for (const yaml::Node* item : one_or_many(value))
    if (auto text = read_name(*item, *diagnostics_)) texts.push_back(std::move(*text));
  into = std::move(texts);
}

}  // namespace leasehold::fsm
