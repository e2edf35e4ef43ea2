#include "testing/paths.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace leasehold::fsm {

namespace {

constexpr std::size_t most_situations = 20'000;
constexpr std::size_t most_by_itself = 100;

struct Reached {
  Situation situation;
  std::size_t before = std::size_t(-1);  // index of what it was reached from
  Move by = {};
};

class Search {
 public:
  explicit Search(const Definition& definition) : definition_(definition), simulation_(definition) {}

  Paths run() {
    add({simulation_.start()});
    for (std::size_t at = 0; at < reached_.size() && reached_.size() < most_situations; ++at) expand(at);
    return collect();
  }

 private:
  struct First {  // the shortest way: from where, and how
    std::size_t before;
    Move move;
    Situation situation;
  };

  void expand(std::size_t at) {
    for (auto& [move, situation] : simulation_.next(Situation(reached_[at].situation))) {
      for (const ArcId& arc : move.arcs) first_.try_emplace(arc, First{at, move, situation});
      add({std::move(situation), at, std::move(move)});
    }
  }

  void add(Reached reached) {
    if (seen_.insert(reached.situation).second) reached_.push_back(std::move(reached));
  }

  std::vector<Move> way_to(std::size_t at) const {
    std::vector<Move> moves;
    for (; reached_[at].before != std::size_t(-1); at = reached_[at].before) moves.push_back(reached_[at].by);
    std::reverse(moves.begin(), moves.end());
    return moves;
  }

  // What the machine does by itself afterwards if no condition holds that needs data.
  void complete(std::vector<Move>& moves, Situation situation) const {
    for (std::size_t i = 0; i < most_by_itself; ++i) {
      auto all = simulation_.next(situation);
      const auto next = std::find_if(all.begin(), all.end(),
                                     [](const auto& one) { return one.first.by_itself() && one.first.sure; });
      if (next == all.end()) return;
      moves.push_back(std::move(next->first));
      situation = std::move(next->second);
    }
  }

  // The longest first, so that what a path reaches on its way needs none of its own.
  Paths collect() const {
    Paths result;
    std::vector<ArcPath> all;
    for (const auto& [arc, found] : first_) {
      ArcPath path{arc, way_to(found.before)};
      path.moves.push_back(found.move);
      complete(path.moves, found.situation);
      all.push_back(std::move(path));
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.moves.size() > b.moves.size(); });
    std::set<ArcId> covered;
    for (ArcPath& path : all) {
      if (covered.count(path.wanted) > 0) continue;
      for (const Move& move : path.moves) covered.insert(move.arcs.begin(), move.arcs.end());
      result.paths.push_back(std::move(path));
    }
    std::reverse(result.paths.begin(), result.paths.end());
    for (NetworkIndex n = 0; n < definition_.networks.size(); ++n)
      for (StateIndex s = 0; s < definition_.networks[n].states.size(); ++s)
        for (std::size_t i = 0; i < definition_.networks[n].states[s].arcs.size(); ++i)
          if (covered.count({n, s, i}) == 0) result.unreached.push_back({n, s, i});
    return result;
  }

  const Definition& definition_;
  const Simulation simulation_;
  std::vector<Reached> reached_;
  std::set<Situation> seen_;
  std::map<ArcId, First> first_;
};

}  // namespace

Paths find_paths(const Definition& definition) {
  return Search(definition).run();
}

}  // namespace leasehold::fsm
