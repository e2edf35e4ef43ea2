#include "reference_chart.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace leasehold::fsm::test {

namespace {

using Kind = Chart::State::Kind;

class Random {
 public:
  explicit Random(std::uint64_t seed) : random_(seed) {}

  Chart chart() {
    states().push_back({Kind::normal, "", -1});
    for (std::size_t i = 2 + below(2); i > 0; --i) grow(0, 3);
    if (chance(40)) add(0, Kind::final);
    for (int index = 0; index < count(); ++index) fill(index);
    return std::move(chart_);
  }

 private:
  std::vector<Chart::State>& states() { return chart_.states; }
  Chart::State& at(int index) { return chart_.states[static_cast<std::size_t>(index)]; }
  int count() { return static_cast<int>(chart_.states.size()); }
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  std::size_t below(std::size_t bound) { return random_() % bound; }
  int any(const std::vector<int>& of) { return of[below(of.size())]; }

  int add(int parent, Kind kind) {
    const int index = count();
    states().push_back({kind, fmt::format("s{}", index), parent});
    at(parent).children.push_back(index);
    return index;
  }

  void grow(int parent, int depth) {
    const bool parallel = depth > 0 && chance(30);
    const int index = add(parent, parallel ? Kind::parallel : Kind::normal);
    if (depth == 0 || (!parallel && chance(35))) return;
    if (chance(20)) add(index, Kind::history);
    for (std::size_t i = (parallel ? 2 : 1) + below(2); i > 0; --i) grow(index, depth - 1);
    if (!parallel && chance(40)) add(index, Kind::final);
    if (chance(30)) add(index, Kind::history);
  }

  bool inside(int index, int outer) {
    while (index > 0)
      if ((index = at(index).parent) == outer) return true;
    return false;
  }

  // Inside `outer`: one, or one in each of two regions.
  std::vector<int> targets(int outer, bool histories) {
    std::vector<int> all, parallels;
    for (int index = 1; index < count(); ++index) {
      if (!inside(index, outer) || (!histories && at(index).kind == Kind::history)) continue;
      all.push_back(index);
    }
    for (int index = 1; index < count(); ++index)
      if ((index == outer || inside(index, outer)) && at(index).kind == Kind::parallel)
        parallels.push_back(index);
    if (parallels.empty() || !chance(25)) return {any(all)};
    std::vector<int> regions;
    for (const int child : at(any(parallels)).children)
      if (at(child).kind != Kind::history) regions.push_back(child);
    std::vector<int> chosen;
    for (std::size_t i = 0; i < 2; ++i) {
      std::vector<int> candidates;
      for (const int index : all)
        if (index == regions[i] || inside(index, regions[i])) candidates.push_back(index);
      chosen.push_back(any(candidates));
    }
    if (chance(30)) std::swap(chosen[0], chosen[1]);
    return chosen;
  }

  std::string event() {
    const char* const names[] = {"a", "b", "c", "a.x", "b.x.y"};
    return names[below(5)];
  }

  Chart::Steps steps(const std::string& note, bool always) {
    Chart::Steps steps;
    if (always || chance(50)) steps.push_back({Chart::Step::Kind::note, note});
    if (chance(12)) steps.push_back({Chart::Step::Kind::raise, event()});
    if (chance(6)) steps.push_back({Chart::Step::Kind::send, event()});
    if (chance(10))
      steps.push_back(
          {Chart::Step::Kind::send, event(), 1 + static_cast<int>(below(3)), chance(50) ? "x" : "y"});
    if (chance(6)) steps.push_back({Chart::Step::Kind::cancel, chance(50) ? "x" : "y"});
    if (chance(15)) steps.push_back({Chart::Step::Kind::count, ""});
    return steps;
  }

  void fill(int index) {
    Chart::State& state = at(index);
    const bool has_children = std::any_of(state.children.begin(), state.children.end(),
                                          [this](int child) { return at(child).kind != Kind::history; });
    if (state.kind == Kind::history) {
      state.deep = chance(50);
      if (chance(60)) state.initial = targets(state.parent, false);
      if (!state.initial.empty() && chance(40)) state.initial_steps = steps("h" + state.name, true);
      return;
    }
    if (state.kind == Kind::normal && has_children && chance(50)) {
      state.initial = targets(index, index != 0);
      if (index != 0 && chance(40)) state.initial_steps = steps("i" + state.name, true);
    }
    if (index == 0) return;
    state.on_entry = steps("+" + state.name, true);
    state.on_exit = steps("-" + state.name, true);
    if (state.kind == Kind::final) return;
    for (std::size_t i = below(4); i > 0; --i) state.arcs.push_back(arc(index, i));
    if (index == 1) state.arcs.push_back({.events = {"never"}, .targets = {index}});
  }

  Chart::Arc arc(int source, std::size_t number) {
    Chart::Arc arc;
    if (chance(8)) {
      arc.after = 1 + static_cast<int>(below(3));
    } else if (!chance(12)) {
      arc.events = {chance(8)    ? "*"
                    : chance(15) ? fmt::format("done.state.s{}", 1 + below(states().size() - 1))
                                 : event()};
      if (chance(15)) arc.events.push_back(event() + ".*");
    }
    const bool eventless = arc.events.empty() && arc.after == 0;
    if (chance(eventless ? 80 : 25)) {
      arc.in = 1 + static_cast<int>(below(states().size() - 1));
      if (at(arc.in).kind == Kind::history) arc.in = source;
      arc.negated = chance(40);
    }
    if (chance(eventless ? 70 : 15)) arc.modulo = 2 + static_cast<int>(below(3));
    if (!chance(15)) arc.targets = targets(chance(20) ? source_or_around(source) : 0, true);
    arc.internal = !arc.targets.empty() && chance(25);
    arc.steps = steps(fmt::format("t{}_{}", source, number), arc.targets.empty());
    if (chance(12)) arc.priority = static_cast<int>(below(3));
    return arc;
  }

  int source_or_around(int source) {
    while (source > 0 && (at(source).children.empty() || at(source).kind == Kind::parallel))
      source = at(source).parent;
    const auto& children = at(source).children;
    return std::any_of(children.begin(), children.end(),
                       [this](int child) { return at(child).kind != Kind::history; })
               ? source
               : 0;
  }

  std::mt19937_64 random_;
  Chart chart_;
};

class Writer {
 public:
  explicit Writer(const Chart& chart) : chart_(chart) {}

  std::string text() {
    const Chart::State& root = chart_.states.front();
    text_ = "name: m\nmax_transitions: 60\nnetworks:\n- name: main\n";
    if (!root.initial.empty()) text_ += fmt::format("  initial: {}\n", names(root.initial));
    text_ += "  states:\n";
    for (const int child : root.children) write(child, "  ");
    return text_;
  }

 private:
  const Chart::State& at(int index) const { return chart_.states[static_cast<std::size_t>(index)]; }

  std::string names(const std::vector<int>& indices) const {
    std::vector<std::string> all;
    for (const int index : indices) all.push_back(at(index).name);
    return fmt::format("[{}]", fmt::join(all, ", "));
  }

  static std::string list(const Chart::Steps& steps) {
    std::vector<std::string> all;
    for (const Chart::Step& step : steps) switch (step.kind) {
        case Chart::Step::Kind::note:
          all.push_back(step.text);
          break;
        case Chart::Step::Kind::raise:
          all.push_back(fmt::format("{{raise: {}}}", step.text));
          break;
        case Chart::Step::Kind::send:
          all.push_back(step.after
                            ? fmt::format("{{send: {}, after: {}s, id: {}}}", step.text, step.after, step.id)
                            : fmt::format("{{send: {}}}", step.text));
          break;
        case Chart::Step::Kind::cancel:
          all.push_back(fmt::format("{{cancel: {}}}", step.text));
          break;
        case Chart::Step::Kind::count:
          all.push_back("count");
          break;
      }
    return fmt::format("[{}]", fmt::join(all, ", "));
  }

  void write(int index, const std::string& indent) {
    const Chart::State& state = at(index);
    const std::string in = indent + "  ";
    text_ += indent + "- name: " + state.name + "\n";
    const char* const types[] = {"", "parallel", "final", "history"};
    if (state.kind != Kind::normal)
      text_ += in + "type: " + types[static_cast<std::size_t>(state.kind)] + "\n";
    if (state.deep) text_ += in + "deep: true\n";
    if (!state.initial.empty())
      text_ +=
          in + (state.initial_steps.empty() ? fmt::format("initial: {}\n", names(state.initial))
                                            : fmt::format("initial: {{target: {}, actions: {}}}\n",
                                                          names(state.initial), list(state.initial_steps)));
    if (!state.on_entry.empty()) text_ += in + "on_entry: " + list(state.on_entry) + "\n";
    if (!state.on_exit.empty()) text_ += in + "on_exit: " + list(state.on_exit) + "\n";
    if (!state.arcs.empty()) text_ += in + "arcs:\n";
    for (const Chart::Arc& arc : state.arcs) text_ += in + "- {" + arc_text(arc) + "}\n";
    if (!state.children.empty()) text_ += in + "states:\n";
    for (const int child : state.children) write(child, in);
  }

  std::string arc_text(const Chart::Arc& arc) const {
    std::vector<std::string> parts;
    if (!arc.events.empty()) parts.push_back(fmt::format("event: ['{}']", fmt::join(arc.events, "', '")));
    if (arc.after) parts.push_back(fmt::format("after: {}s", arc.after));
    if (!arc.targets.empty()) parts.push_back("target: " + names(arc.targets));
    if (arc.internal) parts.push_back("internal: true");
    if (arc.priority) parts.push_back(fmt::format("priority: {}", arc.priority));
    if (!arc.steps.empty()) parts.push_back("actions: " + list(arc.steps));
    std::vector<std::string> conditions;
    if (arc.in >= 0)
      conditions.push_back(arc.negated ? fmt::format("{{not: {{in: {}}}}}", at(arc.in).name)
                                       : fmt::format("{{in: {}}}", at(arc.in).name));
    if (arc.modulo) conditions.push_back(fmt::format("'.count % {} == 0'", arc.modulo));
    if (conditions.size() == 1) parts.push_back("condition: " + conditions.front());
    if (conditions.size() == 2)
      parts.push_back(fmt::format("condition: {{all: [{}]}}", fmt::join(conditions, ", ")));
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  const Chart& chart_;
  std::string text_;
};

}  // namespace

Chart random_chart(std::uint64_t seed) {
  return Random(seed).chart();
}

std::string to_yaml(const Chart& chart) {
  return Writer(chart).text();
}

}  // namespace leasehold::fsm::test
