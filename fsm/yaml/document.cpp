#include "document.hpp"

#include <algorithm>
#include <charconv>

namespace leasehold::fsm::yaml {

const Node* Node::find(std::string_view key) const noexcept {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [key](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : found->value;
}

std::string_view kind_name(Node::Kind kind) noexcept {
  switch (kind) {
    case Node::Kind::scalar:
      return "text";
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::mapping:
      return "a mapping";
    case Node::Kind::null:
      break;
  }
  return "nothing";
}

std::string take_token(std::string_view& pointer) {
  pointer.remove_prefix(1);
  const std::string_view token = pointer.substr(0, pointer.find('/'));
  pointer.remove_prefix(token.size());
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) {
      text += token[++i] == '0' ? '~' : '/';
    } else {
      text += token[i];
    }
  }
  return text;
}

Position locate(const Node& node, std::string_view pointer, bool at_key) {
  const Node* at = &node;
  Position place = node.position, key_place = node.position;
  while (pointer.starts_with('/')) {
    const std::string token = take_token(pointer);
    const Node* next = nullptr;
    if (at->is(Node::Kind::mapping)) {
      for (const Entry& entry : at->entries) {
        if (entry.key != token) continue;
        next = entry.value;
        key_place = entry.position;
      }
    } else if (at->is(Node::Kind::sequence)) {
      std::size_t index = at->items.size();
      std::from_chars(token.data(), token.data() + token.size(), index);
      if (index < at->items.size()) {
        next = at->items[index];
        key_place = next->position;
      }
    }
    if (!next) return place;
    at = next;
    place = at->position;
  }
  return at_key ? key_place : place;
}

}  // namespace leasehold::fsm::yaml
