#pragma once

// A random machine: legal as a chart, unreliable in everything that runs in it. The same seed gives the same.

#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

namespace leasehold::fsm::test {

class RandomChart {
 public:
  // `simple`: no regions and no history, and mostly states that do little.
  explicit RandomChart(std::uint64_t seed, bool simple = false) : random_(seed), simple_(simple) {
    with_sub_ = chance(30);
    text_ = "name: m\nmax_transitions: 60\nmax_depth: 3\nnetworks:\n";
    network("main", "s", 3);
    if (with_sub_) network("sub", "t", 2);
  }

  const std::string& text() const noexcept { return text_; }
  static constexpr int resource_count = 5;

 private:
  struct Node {
    std::string name;
    std::string type;  // "": normal
    int parent = -1;
    std::vector<int> children;
  };

  int seldom(int percent) const { return simple_ ? percent / 5 : percent; }
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  std::size_t below(std::size_t bound) { return random_() % bound; }

  void network(const std::string& name, const std::string& prefix, int depth) {
    nodes_.clear();
    prefix_ = prefix;
    std::vector<int> tops;
    for (std::size_t i = 2 + below(3); i > 0; --i) tops.push_back(grow(-1, depth));
    nodes_.push_back({prefix + "_end", "final", -1, {}});
    tops.push_back(static_cast<int>(nodes_.size()) - 1);
    text_ += fmt::format("- name: {}\n  initial: {}\n", name, nodes_[static_cast<std::size_t>(tops[0])].name);
    if (chance(40)) text_ += "  resources: [" + resources() + "]\n";
    if (chance(30))
      text_ += fmt::format("  on_error: [{{errors: [{}], target: {}}}]\n", errors(), any_state());
    text_ += "  states:\n";
    for (const int top : tops) write(top, "  ");
  }

  int grow(int parent, int depth) {
    const int index = static_cast<int>(nodes_.size());
    nodes_.push_back({fmt::format("{}{}", prefix_, index), "", parent, {}});
    const bool parallel = depth > 0 && chance(simple_ ? 0 : 30);
    if (depth == 0 || (!parallel && chance(40))) return index;
    if (parallel) nodes_[static_cast<std::size_t>(index)].type = "parallel";
    std::vector<int> children;
    for (std::size_t i = (parallel ? 2 : 1) + below(2); i > 0; --i)
      children.push_back(grow(index, depth - 1));
    if (!parallel && chance(40)) {
      children.push_back(static_cast<int>(nodes_.size()));
      nodes_.push_back({fmt::format("{}{}", prefix_, nodes_.size()), "final", index, {}});
    }
    if (chance(simple_ ? 0 : 40)) {
      children.push_back(static_cast<int>(nodes_.size()));
      nodes_.push_back({fmt::format("{}{}", prefix_, nodes_.size()), "history", index, {}});
    }
    nodes_[static_cast<std::size_t>(index)].children = children;
    return index;
  }

  std::string any_state() { return nodes_[below(nodes_.size())].name; }

  bool inside(int state, int of) const {
    for (; state >= 0; state = nodes_[static_cast<std::size_t>(state)].parent)
      if (state == of) return true;
    return false;
  }

  // One state, or one in each of two regions of a parallel one.
  std::string targets() {
    if (chance(15)) {
      const Node& parallel = nodes_[below(nodes_.size())];
      if (parallel.type == "parallel") {
        std::vector<std::string> chosen;
        for (std::size_t region = 0; region < 2; ++region) {
          std::vector<std::string> candidates;
          for (std::size_t i = 0; i < nodes_.size(); ++i)
            if (inside(static_cast<int>(i), parallel.children[region])) candidates.push_back(nodes_[i].name);
          chosen.push_back(candidates[below(candidates.size())]);
        }
        return fmt::format("[{}, {}]", chosen[0], chosen[1]);
      }
    }
    return any_state();
  }

  std::string resources() {
    std::string list;
    std::size_t first = below(resource_count);
    for (std::size_t i = 0; i < 1 + below(2); ++i) {
      const std::string name = fmt::format("r{}", (first + i) % resource_count);
      list += (list.empty() ? "" : ", ") + (chance(25)             ? "{name: " + name + ", required: false}"
                                            : i == 0 && chance(15) ? "{name: " + name + ", role: tool}"
                                                                   : name);
    }
    return list;
  }

  std::string errors() {
    const char* const patterns[] = {"'*'", "db", "fsm", "connection", "db.unreachable"};
    return patterns[below(5)];
  }

  std::string acts(const char* name) {
    std::string list = name;
    for (std::size_t i = below(5); i > 0; --i)
      list += chance(20)   ? fmt::format(", {{raise: {}}}", event())
              : chance(10) ? fmt::format(", {{send: {}, after: {}s}}", event(), 1 + below(3))
                           : fmt::format(", {}", name);
    return "[" + list + "]";
  }

  std::string event() { return std::string(1, static_cast<char>('a' + below(4))); }

  void write(int index, const std::string& indent) {
    const Node node = nodes_[static_cast<std::size_t>(index)];
    text_ += indent + "- name: " + node.name + "\n";
    const std::string in = indent + "  ";
    if (!node.type.empty()) text_ += in + "type: " + node.type + "\n";
    if (node.type == "history") {
      if (chance(50)) text_ += in + "deep: true\n";
      return;
    }
    if (node.type == "final" && chance(20)) text_ += in + "success: false\n";
    if (chance(60)) text_ += in + "resources: [" + resources() + "]\n";
    if (chance(60)) text_ += in + "on_entry: " + acts("act") + "\n";
    if (chance(seldom(50))) text_ += in + "on_exit: " + acts("act") + "\n";
    if (chance(seldom(30)))
      text_ += in + "functions: {validate: [unlikely_false], transform: " + acts("act") + "}\n";
    if (chance(seldom(15))) text_ += in + "contract: {invariant: [unlikely_false]}\n";
    if (chance(seldom(20)))
      text_ += in + fmt::format("retry: {{attempts: {}, delay: 0ms, errors: [{}]}}\n", 2, errors());
    if (node.type != "final") {
      if (chance(seldom(25)))
        text_ += in + fmt::format("catch: [{{errors: [{}], target: {}}}]\n", errors(), any_state());
      if (node.parent < 0 && chance(8)) text_ += in + "run_on_failure: true\n";
      if (chance(simple_ ? 0 : 8)) text_ += in + "timeout: 4s\n";
      write_arcs(in);
    }
    if (!node.children.empty()) {
      if (node.type.empty() && chance(40))
        text_ += in + "initial: " +
                 nodes_[static_cast<std::size_t>(node.children[below(node.children.size())])].name + "\n";
      text_ += in + "states:\n";
      for (const int child : node.children) write(child, in);
    }
  }

  void write_arcs(const std::string& in) {
    const std::size_t count = below(5);
    if (count == 0) return;
    text_ += in + "arcs:\n";
    for (std::size_t i = 0; i < count; ++i) {
      std::string arc;
      if (chance(seldom(12))) {
        arc = "condition: seldom";
      } else if (chance(seldom(10))) {
        arc = fmt::format("after: {}s", 1 + below(3));
      } else {
        const char* const others[] = {"error", "error.db", "error.execution", "done.state", "'*'"};
        arc = fmt::format("event: {}", chance(seldom(25)) ? std::string(others[below(5)]) : event());
        if (chance(30)) arc += chance(30) ? ", condition: '.n > 3'" : ", condition: often";
      }
      if (with_sub_ && prefix_ == "s" && chance(15)) {
        arc += ", target_network: sub";
        if (chance(60)) arc += ", return_state: " + any_state();
      } else if (chance(85)) {
        arc += ", target: " + targets();
        if (chance(20)) arc += ", internal: true";
      } else {
        arc += ", actions: " + acts("arc_act");
      }
      if (arc.find("actions") == std::string::npos && chance(40)) arc += ", actions: " + acts("arc_act");
      if (chance(seldom(15))) arc += ", resources: [" + resources() + "]";
      if (chance(15)) arc += fmt::format(", priority: {}", below(3));
      text_ += in + "- {" + arc + "}\n";
    }
  }

  std::mt19937_64 random_;
  const bool simple_;
  std::string text_;
  std::string prefix_;
  bool with_sub_ = false;
  std::vector<Node> nodes_;
};

}  // namespace leasehold::fsm::test
