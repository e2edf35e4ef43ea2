#include "strategy.hpp"

#include <algorithm>
#include <array>

namespace leasehold::model {

namespace {

// Something that happens once in 2^n times; never if n is `never`.
class Odds {
 public:
  static constexpr unsigned never = 63;
  explicit Odds(unsigned n) : mask_(n == never ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1) {}
  bool operator()(std::uint64_t& bits) const noexcept {
    const bool is = mask_ != ~std::uint64_t{0} && (bits & mask_) == 0;
    bits = (bits >> 12) | (bits << 52);
    return is;
  }

 private:
  std::uint64_t mask_;
};

class Random final : public Strategy {
 public:
  explicit Random(std::uint64_t seed)
      : dice_(seed),
        by_priority_(dice_.chance(500)),
        switches_(dice_.one_of({1U, 2U, 3U, 5U, 7U})),
        shows_(dice_.one_of({0U, 1U, 3U, 6U, Odds::never})),
        times_(dice_.one_of({Odds::never, Odds::never, 10U, 6U})),
        wakes_(dice_.one_of({Odds::never, Odds::never, 9U, 6U})),
        weak_(dice_.one_of({Odds::never, 5U})),
        late_(!dice_.chance(200)) {
    reorders = dice_.chance(300);
    tick = dice_.one_of<Duration>({Duration(0), Duration(1), std::chrono::microseconds(20)});
    coarse =
        dice_.one_of<Duration>({Duration(1), std::chrono::milliseconds(1), std::chrono::milliseconds(4)});
    for (std::size_t i = 0; i < priorities_.size(); ++i) priorities_[i] = 1000 + dice_.below(1000);
    const std::size_t changes = 1 + dice_.below(4);
    const std::size_t horizon = std::size_t{1} << (5 + dice_.below(8));
    for (std::size_t i = 0; i < changes; ++i) changes_.push_back(dice_.below(horizon));
    std::sort(changes_.rbegin(), changes_.rend());
  }

  Decision decide(const Moment& moment) override {
    std::uint64_t bits = dice_.draw();
    Decision decision{moment.running, shows_(bits), times_(bits), wakes_(bits)};
    if (by_priority_) {
      bool change = moment.woken;
      while (!changes_.empty() && changes_.back() <= moment.step) {
        changes_.pop_back();
        priorities_[moment.running] = --lowest_;
        change = true;
      }
      if (change) decision.next = pick(moment.able);
    } else if (switches_(bits)) {
      decision.next = pick(moment.able);
    }
    return decision;
  }

  std::size_t pick(const Able& able) override {
    if (!by_priority_) return able[dice_.below(able.size())];
    return *std::max_element(able.begin(), able.end(),
                             [&](std::size_t a, std::size_t b) { return priorities_[a] < priorities_[b]; });
  }

  bool delays_store() override { return late_; }
  bool fails_weakly() override {
    std::uint64_t bits = dice_.draw();
    return weak_(bits);
  }
  std::size_t below(std::size_t n) override { return dice_.below(n); }

 private:
  Dice dice_;
  const bool by_priority_;
  const Odds switches_, shows_, times_, wakes_, weak_;
  const bool late_;
  std::array<std::size_t, 16> priorities_{};
  std::size_t lowest_ = 1000;
  std::vector<std::uint64_t> changes_;  // the next one last
};

}  // namespace

std::unique_ptr<Strategy> random_strategy(std::uint64_t seed) {
  return std::make_unique<Random>(seed);
}

// Goes on in the same way as in the last run up to the last choice that was not the last of its options.
bool Exhaustive::next_run() {
  depth_ = deviations_ = 0;
  while (!path_.empty() && path_.back().taken + 1 == path_.back().options) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().taken;
  return true;
}

std::size_t Exhaustive::choose(std::size_t options) {
  if (options < 2) return 0;
  if (depth_ == path_.size()) path_.push_back({options, 0});
  return path_[depth_++].taken;
}

Strategy::Decision Exhaustive::decide(const Moment& moment) {
  Decision decision{moment.running};
  alone_ = moment.able.size() == 1;
  if (deviations_ == bound_) return decision;
  const std::size_t others = moment.able.size() - 1;
  const std::size_t taken = choose(1 + others + (moment.timed ? 1 : 0));
  if (taken == 0) return decision;
  ++deviations_;
  if (taken > others) {
    decision.time = true;
  } else {
    std::size_t at = taken - 1;
    if (moment.able[at] >= moment.running) ++at;
    decision.next = moment.able[at];
  }
  return decision;
}

bool Exhaustive::delays_store() {
  if (deviations_ == bound_ || alone_ || choose(2) == 0) return false;
  ++deviations_;
  return true;
}

}  // namespace leasehold::model
