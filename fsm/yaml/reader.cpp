#include "reader.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

namespace leasehold::fsm::yaml {

namespace {

struct Stop {};  // thrown once something is reported after which nothing can be read

// Where brackets open more levels than `depth`, quotes not looked at.
std::optional<std::size_t> first_flow_beyond(std::size_t depth, std::string_view text) {
  std::size_t level = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] == '[' || text[i] == '{') && ++level > depth) return i;
    if ((text[i] == ']' || text[i] == '}') && level > 0) --level;
  }
  return std::nullopt;
}

class Builder final : public YAML::EventHandler {
 public:
  Builder(const Source& source, const Limits& limits, Diagnostics& diagnostics)
      : source_(source), limits_(limits), diagnostics_(diagnostics) {}

  Document take() { return std::move(document_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1)
      stop(errc::config_value, place(mark), "a second document starts here",
           "put each machine into a file of its own");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (awaits_key()) return take_key(mark, "", false);
    add_leaf(anchor, {.kind = Node::Kind::null, .plain = true, .position = place(mark)});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool plain = tag == "?" || tag.empty();
    if (awaits_key()) return take_key(mark, value, plain);
    check_tag(mark, tag);
    add_leaf(anchor, {.kind = Node::Kind::scalar,
                      .plain = plain || (tag.starts_with(core_tags) && tag != string_tag),
                      .text = value,
                      .position = place(mark)});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (awaits_key()) stop(errc::config_value, place(mark), "an alias cannot be a key", "write the key out");
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end() || found->second.open)
      stop(errc::yaml_alias_cycle, place(mark), "the alias is part of what it stands for",
           "write out what is meant");
    Node& node = *found->second.node;
    alias_nodes_ += node.size;
    if (alias_nodes_ > limits_.alias_nodes)
      stop(errc::yaml_alias_budget, place(mark),
           fmt::format("the aliases expand to more than {} values", limits_.alias_nodes),
           "use fewer or smaller aliases");
    check_depth(mark, node.height);
    attach(node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::mapping);
  }
  void OnMapEnd() override { close(); }

  Position place(const YAML::Mark& mark) const {
    return source_.position(static_cast<std::size_t>(std::max(mark.line, 0)),
                            static_cast<std::size_t>(std::max(mark.column, 0)));
  }

 private:
  static constexpr std::string_view core_tags = "tag:yaml.org,2002:";
  static constexpr std::string_view string_tag = "tag:yaml.org,2002:str";

  struct Open {
    Node* node;
    YAML::anchor_t anchor;
    std::optional<Entry> key;  // of a mapping, while its value is awaited
    bool drop = false;         // the awaited value belongs to a key that stood there before
    std::unordered_map<std::string, unsigned> lines;  // of the keys so far
  };
  struct Anchored {
    Node* node;
    bool open;
  };

  [[noreturn]] void stop(errc code, Position where, std::string message, std::string hint) {
    diagnostics_.error(code, where, std::move(message), std::move(hint));
    throw Stop{};
  }

  bool awaits_key() const {
    return !stack_.empty() && stack_.back().node->is(Node::Kind::mapping) && !stack_.back().key;
  }

  void take_key(const YAML::Mark& mark, const std::string& key, bool plain) {
    Open& open = stack_.back();
    const Position where = place(mark);
    if (plain && key == "<<")
      stop(errc::config_unknown_key, where, "merge keys ('<<') are not supported",
           "repeat the keys, or let an alias stand for a whole value");
    const auto [known, added] = open.lines.emplace(key, where.line);
    if (!added)
      diagnostics_.error(errc::config_duplicate_key, where,
                         fmt::format("the key '{}' stands here twice, first in line {}", key, known->second),
                         "remove one of them");
    open.drop = !added;
    open.key = Entry{key, where, nullptr};
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag == "?" || tag == "!" || tag.empty()) return;
    for (const std::string_view known : {"str", "int", "float", "bool", "null", "map", "seq"})
      if (tag.starts_with(core_tags) && tag.substr(core_tags.size()) == known) return;
    stop(errc::config_value, place(mark), fmt::format("the tag '{}' is not supported", tag), "remove it");
  }

  void check_depth(const YAML::Mark& mark, std::size_t height) {
    if (stack_.size() + height > limits_.depth) stop_too_deep(place(mark));
  }

  [[noreturn]] void stop_too_deep(Position where) {
    stop(errc::yaml_too_deep, where, fmt::format("nested more than {} levels deep", limits_.depth),
         "flatten it");
  }

  void add_leaf(YAML::anchor_t anchor, Node node) {
    Node& added = document_.add(std::move(node));
    if (anchor != 0) anchors_[anchor] = {&added, false};
    attach(added);
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    check_depth(mark, 1);
    if (awaits_key()) {
      // What yaml-cpp makes of brackets that go deeper than the longest key is keys.
      if (const auto offset = first_flow_beyond(limits_.depth, source_.text()))
        stop_too_deep(source_.position(*offset));
      stop(errc::config_value, place(mark), fmt::format("a key must be text, not {}", kind_name(kind)),
           "write the key as text");
    }
    check_tag(mark, tag);
    Node& node = document_.add({.kind = kind, .position = place(mark)});
    if (anchor != 0) anchors_[anchor] = {&node, true};
    stack_.push_back({&node, anchor, std::nullopt, false, {}});
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    if (done.anchor != 0) anchors_[done.anchor].open = false;
    attach(*done.node);
  }

  void attach(Node& node) {
    if (stack_.empty()) {
      document_.root = &node;
      return;
    }
    Open& open = stack_.back();
    Node& parent = *open.node;
    if (parent.is(Node::Kind::sequence)) {
      parent.items.push_back(&node);
    } else {
      if (!open.drop) {
        open.key->value = &node;
        parent.entries.push_back(std::move(*open.key));
      }
      open.key.reset();
    }
    parent.size += node.size;
    parent.height = std::max(parent.height, node.height + 1);
  }

  const Source& source_;
  const Limits& limits_;
  Diagnostics& diagnostics_;
  Document document_;
  std::vector<Open> stack_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  std::size_t alias_nodes_ = 0;
  int documents_ = 0;
};

std::string hint_for(const Source& source, Position where) {
  const std::string line = source.line(where.line);
  if (line.find('{') != std::string::npos && line.find("${") != std::string::npos)
    return "put texts with ${...} in quotes inside { } and [ ]";
  if (source.text().find('\t') != std::string::npos) return "look for tabs: YAML indents with spaces";
  return "look at the quotes, brackets, colons and indentation up to here";
}

}  // namespace

std::optional<Document> read(const Source& source, const Limits& limits, Diagnostics& diagnostics) {
  if (const auto bad = find_bad_byte(source.text())) {
    diagnostics.error(errc::config_value, source.position(bad->offset), bad->message,
                      "save the file as UTF-8 text");
    return std::nullopt;
  }
  Builder builder(source, limits, diagnostics);
  try {
    std::istringstream stream(source.text());
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    const Position where = builder.place(error.mark);
    diagnostics.error(errc::yaml_syntax, where, error.msg, hint_for(source, where));
    return std::nullopt;
  }
  return builder.take();
}

}  // namespace leasehold::fsm::yaml
