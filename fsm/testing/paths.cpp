#include "testing/paths.hpp"

#include "execution/chart.hpp"
#include "execution/selection.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <optional>
#include <set>

namespace leasehold::fsm {

namespace {

constexpr std::size_t most_configurations = 20'000;

// Where an execution is, without its data.
struct Level {
  NetworkIndex network = none;
  StateSet configuration;
  std::vector<std::pair<StateIndex, StateSet>> history;
  StateIndex pushed_from = none;  // in the level below
  std::size_t pushed_arc = 0;
  StateIndex resume = none;  // a push came back without a target: its later arcs are next
  std::size_t resume_from = 0;
  friend auto operator<=>(const Level&, const Level&) = default;
};
using Stack = std::vector<Level>;

using ArcId = std::tuple<NetworkIndex, StateIndex, std::size_t>;

struct Reached {
  Stack stack;
  std::size_t before = std::size_t(-1);  // index of what it was reached from
  Move by;
};

class Search {
 public:
  explicit Search(const Definition& definition) : definition_(definition) {}

  Paths run() {
    Stack first;
    first.push_back(enter_network(definition_.main));
    add(std::move(first), std::size_t(-1), {});
    for (std::size_t at = 0; at < reached_.size() && reached_.size() < most_configurations; ++at) expand(at);
    return collect();
  }

 private:
  const Network& network(const Level& level) const { return definition_.networks[level.network]; }

  static History history_of(const Level& level) {
    History history;
    for (const auto& [state, states] : level.history) history.push_back({state, states});
    return history;
  }
  static void keep(Level& level, const History& history) {
    level.history.clear();
    for (const Remembered& one : history) level.history.emplace_back(one.history, one.states);
    std::sort(level.history.begin(), level.history.end());
  }

  Level enter_network(NetworkIndex index) const {
    Level level;
    level.network = index;
    EntrySet entries;
    add_completion(network(level), {}, {}, entries);
    for (const StateIndex state : entries.states) insert(level.configuration, state);
    return level;
  }

  // A final state that is a child of the root ends the network.
  bool ended(const Level& level) const {
    return std::any_of(level.configuration.begin(), level.configuration.end(), [&](StateIndex state) {
      const State& one = network(level).states[state];
      return one.parent == root && one.type == StateType::final;
    });
  }

  void go(Level& level, StateIndex domain, const std::vector<StateIndex>& targets) const {
    History history = history_of(level);
    StateSet exits;
    add_exit_set(network(level), level.configuration, domain, exits);
    remember(network(level), level.configuration, exits, history);
    EntrySet entries;
    add_entry_set(network(level), targets, domain, history, entries);
    for (const StateIndex state : exits) erase(level.configuration, state);
    for (const StateIndex state : entries.states) insert(level.configuration, state);
    keep(level, history);
    level.resume = none;
    level.resume_from = 0;
  }

  // Networks that have ended come back, as far as they do; an empty stack is the end.
  // Returns the final state then.
  std::string settle(Stack& stack) const {
    while (!stack.empty() && ended(stack.back())) {
      const Level inner = stack.back();
      stack.pop_back();
      if (stack.empty()) {
        for (const StateIndex state : inner.configuration)
          if (network(inner).states[state].parent == root) return network(inner).states[state].name;
        return {};
      }
      Level& level = stack.back();
      const Arc& arc = network(level).states[inner.pushed_from].arcs[inner.pushed_arc];
      std::vector<StateIndex> targets = arc.targets;
      if (arc.push->return_state != none) targets = {arc.push->return_state};
      if (targets.empty()) {
        level.resume = inner.pushed_from;
        level.resume_from = inner.pushed_arc + 1;
      } else {
        go(level, common_ancestor(network(level), arc.source, targets), targets);
      }
    }
    return {};
  }

  // done.state.* comes by itself, and only then.
  bool possible(const Level& level, const Arc& arc) const {
    if (arc.events.empty() && !arc.after)  // after a push only the later ones are looked at
      return true;
    return arc.after || std::any_of(arc.events.begin(), arc.events.end(), [&](const std::string& event) {
             constexpr std::string_view done = "done.state.";
             if (!event.starts_with(done)) return true;
             const auto& states = network(level).states;
             for (const StateIndex state : level.configuration)
               if (states[state].name == event.substr(done.size()))
                 return is_in_final_state(network(level), level.configuration, state);
             return false;
           });
  }

  struct Step {
    Stack stack;
    Move move;
  };

  // Where the arc leads; nullopt if it cannot be taken there.
  std::optional<Step> take(const Stack& stack, StateIndex source, std::size_t index) const {
    const Level& top = stack.back();
    const Arc& arc = network(top).states[source].arcs[index];
    if (!possible(top, arc) || (arc.condition && holds(*arc.condition, top) == false)) return std::nullopt;
    if (source == top.resume && arc.events.empty() && !arc.after && index < top.resume_from)
      return std::nullopt;
    Stack next = stack;
    if (arc.push) {
      if (next.size() >= definition_.max_depth) return std::nullopt;
      Level pushed = enter_network(arc.push->network);
      pushed.pushed_from = source;
      pushed.pushed_arc = index;
      next.push_back(std::move(pushed));
    } else if (!arc.targets.empty()) {
      Level& level = next.back();
      go(level, domain_of(network(level), arc, history_of(level)), arc.targets);
    }
    if (!arc.push && !arc.events.empty())
      for (const Arc* other : taken_beside(top, arc, event_for(arc.events.front())))
        go(next.back(), domain_of(network(top), *other, history_of(next.back())), other->targets);
    std::string end = settle(next);
    Move move{top.network, source, index, innermost(next), std::move(end)};
    return Step{std::move(next), std::move(move)};
  }

  // What is known of a condition without data.
  std::optional<bool> holds(const Condition& condition, const Level& level) const {
    if (const auto* in = std::get_if<InState>(&condition.test))
      return in->network == level.network && contains(level.configuration, in->state);
    if (const auto* inner = std::get_if<Not>(&condition.test)) {
      const std::optional<bool> held = holds(inner->operand.front(), level);
      return held ? std::optional(!*held) : held;
    }
    const auto* all = std::get_if<All>(&condition.test);
    const auto* any = std::get_if<Any>(&condition.test);
    if (!all && !any) return std::nullopt;
    std::optional<bool> result = all != nullptr;
    for (const Condition& operand : all ? all->operands : any->operands) {
      const std::optional<bool> held = holds(operand, level);
      if (held == (all == nullptr)) return held;  // it decides
      if (!held) result = held;
    }
    return result;
  }

  // The arcs with targets that other regions take on the same event, whatever the data.
  std::vector<const Arc*> taken_beside(const Level& level, const Arc& wanted,
                                       const std::string& event) const {
    const Network& chart = network(level);
    const auto exits_of = [&](const Arc& arc) {
      StateSet exits;
      add_exit_set(chart, level.configuration, domain_of(chart, arc, history_of(level)), exits);
      return exits;
    };
    StateSet left = exits_of(wanted);
    std::vector<const Arc*> taken;
    for (const StateIndex leaf : level.configuration) {
      if (!is_atomic(chart, leaf)) continue;
      for (StateIndex at = leaf; at != root; at = chart.states[at].parent) {
        if (at == wanted.source || is_descendant(chart, wanted.source, at)) break;
        const Arc* const first = first_for(level, at, event);
        if (!first) continue;
        const StateSet exits = exits_of(*first);
        if (!first->push && !first->targets.empty() &&
            std::none_of(exits.begin(), exits.end(),
                         [&](StateIndex state) { return contains(left, state); })) {
          taken.push_back(first);
          for (const StateIndex state : exits) insert(left, state);
        }
        break;
      }
    }
    return taken;
  }

  const Arc* first_for(const Level& level, StateIndex state, const std::string& event) const {
    for (const Arc& arc : network(level).states[state].arcs)
      if (!arc.events.empty() && event_matches(arc.events, event) &&
          (!arc.condition || holds(*arc.condition, level) == true))
        return &arc;
    return nullptr;
  }

  void expand(std::size_t at) {
    if (reached_[at].stack.empty()) return;
    const Stack stack = reached_[at].stack;
    StateSet sources = stack.back().configuration;
    sources.insert(sources.begin(), root);
    for (const StateIndex source : sources)
      for (std::size_t i = 0; i < network(stack.back()).states[source].arcs.size(); ++i) {
        std::optional<Step> step = take(stack, source, i);
        if (!step) continue;
        first_.emplace(ArcId{stack.back().network, source, i}, std::pair(at, *step));
        add(std::move(step->stack), at, std::move(step->move));
      }
  }

  // What the machine does by itself after the path's end, whatever the data.
  void complete(ArcPath& path, Stack stack) const {
    constexpr std::size_t most = 100;
    for (std::size_t i = 0; i < most && !stack.empty(); ++i) {
      std::optional<Step> next = automatic(stack, true);
      if (!next) next = automatic(stack, false);
      if (!next || next->stack == stack) return;
      path.moves.push_back(std::move(next->move));
      stack = std::move(next->stack);
    }
  }

  // Inner before outer: an arc without an event, or one for a done.state.
  std::optional<Step> automatic(const Stack& stack, bool eventless) const {
    const Level& top = stack.back();
    for (auto source = top.configuration.rbegin(); source != top.configuration.rend(); ++source) {
      const auto& arcs = network(top).states[*source].arcs;
      for (std::size_t i = 0; i < arcs.size(); ++i) {
        if (arcs[i].after || arcs[i].events.empty() != eventless) continue;
        if (!eventless && !arcs[i].events.front().starts_with("done.state.")) continue;
        std::optional<Step> step = take(stack, *source, i);
        if (!step) continue;
        if (arcs[i].condition) return std::nullopt;  // that depends
        return step;
      }
    }
    return std::nullopt;
  }

  std::vector<std::string> innermost(const Stack& stack) const {
    std::vector<std::string> names;
    for (const Level& level : stack)
      for (const StateIndex state : level.configuration)
        if (is_atomic(network(level), state))
          names.push_back(network(level).name + "." + network(level).states[state].name);
    return names;
  }

  void add(Stack stack, std::size_t before, Move by) {
    if (!seen_.insert(stack).second) return;
    reached_.push_back({std::move(stack), before, std::move(by)});
  }

  std::vector<Move> way_to(std::size_t at) const {
    std::vector<Move> moves;
    for (; reached_[at].before != std::size_t(-1); at = reached_[at].before) moves.push_back(reached_[at].by);
    std::reverse(moves.begin(), moves.end());
    return moves;
  }

  // The longest first, so that what a path reaches on its way needs none of its own.
  Paths collect() const {
    Paths result;
    std::vector<std::pair<ArcId, ArcPath>> all;
    for (const auto& [id, found] : first_) {
      ArcPath path{way_to(found.first)};
      path.moves.push_back(found.second.move);
      complete(path, found.second.stack);
      all.emplace_back(id, std::move(path));
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return a.second.moves.size() > b.second.moves.size();
    });
    std::set<ArcId> covered;
    for (auto& [wanted, path] : all) {
      if (covered.count(wanted) > 0) continue;
      for (const Move& move : path.moves) covered.insert({move.network, move.source, move.arc});
      result.paths.push_back(std::move(path));
    }
    std::reverse(result.paths.begin(), result.paths.end());
    for (NetworkIndex n = 0; n < definition_.networks.size(); ++n)
      for (StateIndex s = 0; s < definition_.networks[n].states.size(); ++s) {
        const State& state = definition_.networks[n].states[s];
        if (state.type == StateType::history) continue;
        for (std::size_t i = 0; i < state.arcs.size(); ++i)
          if (covered.count({n, s, i}) == 0) result.unreached.push_back({n, s, i, {}, {}});
      }
    return result;
  }

  const Definition& definition_;
  std::vector<Reached> reached_;
  std::set<Stack> seen_;
  std::map<ArcId, std::pair<std::size_t, Step>> first_;  // the shortest way: from where, and how
};

}  // namespace

std::string event_for(const std::string& descriptor) {
  if (descriptor == "*") return "anything";
  return descriptor.ends_with(".*") ? descriptor.substr(0, descriptor.size() - 2) : descriptor;
}

Paths find_paths(const Definition& definition) {
  return Search(definition).run();
}

}  // namespace leasehold::fsm
