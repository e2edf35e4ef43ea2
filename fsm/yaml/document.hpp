#pragma once

// Document: a YAML document as a tree of our own, where every value and key knows its place.
//
// Aliases share the node they refer to, so the tree is a graph without cycles; what they expand to is bounded
// when it is read. Nodes live as long as their Document and do not move.
//
// Threads: one at a time; immutable once loading is done.

#include "../position.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::fsm::yaml {

struct Node;

struct Entry {
  std::string key;
  Position position = {};  // of the key
  Node* value = nullptr;
};

struct Node {
  enum class Kind { null, scalar, sequence, mapping };

  Kind kind = Kind::null;
  bool plain = false;     // a scalar without quotes, whose type its looks decide
  std::string text = {};  // of a scalar
  std::shared_ptr<const std::string> written =
      {};  // the text before the environment changed it; null: it did not
  Position position = {};
  std::vector<Node*> items = {};    // of a sequence
  std::vector<Entry> entries = {};  // of a mapping, document order, no key twice
  std::size_t size = 1;             // nodes it expands to, itself included
  std::size_t height = 1;           // levels of nesting, itself included

  const Node* find(std::string_view key) const noexcept;
  const std::string& as_written() const noexcept { return written ? *written : text; }
  bool is(Kind wanted) const noexcept { return kind == wanted; }
};

class Document {
 public:
  Node& add(Node node) { return nodes_.emplace_back(std::move(node)); }

  Node* root = nullptr;  // null: an empty document

  std::deque<Node>& nodes() noexcept { return nodes_; }
  const std::deque<Node>& nodes() const noexcept { return nodes_; }

 private:
  std::deque<Node> nodes_;
};

// "a mapping", "a list", "text", "nothing".
std::string_view kind_name(Node::Kind) noexcept;

// Takes the first token off a JSON pointer that is not empty.
std::string take_token(std::string_view& pointer);

// The place that a JSON pointer means, seen from `node`: of the value, or of its key. As far as it leads.
Position locate(const Node& node, std::string_view pointer, bool at_key = false);

}  // namespace leasehold::fsm::yaml
