#pragma once

// The events that a machine names, by name: what every event that is sent by name is looked up in.
//
// Threads: immutable once filled; any.

#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

namespace leasehold::fsm {

struct NamedEvent;

class EventIndex {
 public:
  // The name must outlive the index, and be new to it.
  void add(std::string_view name, const NamedEvent& event) {
    if (++count_ * 2 > slots_.size()) {
      std::vector<Slot> before(slots_.empty() ? 4 : slots_.size() * 2);
      before.swap(slots_);
      for (const Slot& slot : before)
        if (slot.event) slots_[place_of(slot.name, slot.key)] = slot;
    }
    const Key key = key_of(name);
    slots_[place_of(name, key)] = {key, name, &event};
  }

  const NamedEvent* find(std::string_view name) const noexcept {
    return slots_.empty() ? nullptr : slots_[place_of(name, key_of(name))].event;
  }

 private:
  // A name of up to 16 bytes in two words, which say all; of a longer one, its hash.
  struct Key {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    std::size_t length = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Slot {
    Key key = {};
    std::string_view name = {};
    const NamedEvent* event = nullptr;
  };
  static constexpr std::size_t longest = 2 * sizeof(std::uint64_t);

  template <class Word>
  static std::uint64_t word_at(const char* text) noexcept {
    Word word;
    std::memcpy(&word, text, sizeof word);
    return word;
  }
  static Key key_of(std::string_view name) noexcept {
    const char* const first = name.data();
    const char* const last = first + name.size();
    if (name.size() > longest) return {std::hash<std::string_view>()(name), 0, name.size()};
    if (name.size() >= 8)
      return {word_at<std::uint64_t>(first), word_at<std::uint64_t>(last - 8), name.size()};
    if (name.size() >= 4)
      return {word_at<std::uint32_t>(first), word_at<std::uint32_t>(last - 4), name.size()};
    if (name.empty()) return {};
    return {word_at<std::uint8_t>(first) | word_at<std::uint8_t>(first + name.size() / 2) << 8,
            word_at<std::uint8_t>(last - 1), name.size()};
  }

  // Where the name is, or would be.
  std::size_t place_of(std::string_view name, const Key& key) const noexcept {
    const std::uint64_t hash = (key.head ^ (key.tail << 7) ^ key.length) * 0x9e3779b97f4a7c15;
    for (std::size_t at = hash >> 32;; ++at) {
      at &= slots_.size() - 1;
      const Slot& slot = slots_[at];
      if (!slot.event || (slot.key == key && (key.length <= longest || slot.name == name))) return at;
    }
  }

  std::vector<Slot> slots_;  // a power of two, half of them empty
  std::size_t count_ = 0;
};

}  // namespace leasehold::fsm
