#pragma once

// Strategy: decides everything that is left open in a run of the model.

#include <leasehold/clock.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace leasehold::model {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 0x632be59bd9b4e019) {}
  std::uint64_t draw() noexcept {  // splitmix64
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t n) noexcept { return static_cast<std::size_t>(draw() % n); }
  bool chance(unsigned per_mille) noexcept { return draw() % 1000 < per_mille; }
  template <class T>
  T one_of(std::initializer_list<T> values) noexcept {
    return values.begin()[below(values.size())];
  }

 private:
  std::uint64_t state_;
};

class Strategy {
 public:
  using Able = std::vector<std::size_t>;  // the numbers of those who can go on, ascending

  // What happens before a step, beside the step.
  struct Moment {
    const Able& able;  // the one that runs is among them
    std::size_t running;
    std::uint64_t step;
    bool woken;  // somebody has been since the last one
    bool timed;  // somebody waits until some time
  };
  struct Decision {
    std::size_t next;         // who goes on
    bool show_store = false;  // one that is late becomes visible
    bool time = false;        // some passes
    bool wake = false;        // somebody wakes for no reason
  };

  virtual ~Strategy() = default;
  virtual Decision decide(const Moment& moment) = 0;
  virtual std::size_t pick(const Able& able) = 0;  // the one that ran cannot go on
  virtual bool delays_store() = 0;                 // shows it later
  virtual bool fails_weakly() = 0;                 // a compare_exchange_weak that need not fail
  virtual std::size_t below(std::size_t n) = 0;    // for what matters less

  bool reorders = false;  // late stores may be shown in another order
  Duration tick{};        // at most so much time passes with each look at the clock
  Duration coarse{1};     // the step of the coarse clock
};

// Switches, shows stores late and lets time pass at random, how often being drawn too; every second one keeps
// to priorities that change a few times (probabilistic concurrency testing), which finds what takes a few
// switches at the wrong moments among many steps.
std::unique_ptr<Strategy> random_strategy(std::uint64_t seed);

// Every run in which at most `bound` things happen that need not: a switch away from one who could go on, a
// store that is late, a deadline that passes meanwhile. Call next_run() after each run.
class Exhaustive final : public Strategy {
 public:
  explicit Exhaustive(std::size_t bound) : bound_(bound) {}

  bool next_run();  // false: that was the last
  Decision decide(const Moment& moment) override;
  std::size_t pick(const Able& able) override { return able[choose(able.size())]; }
  bool delays_store() override;
  bool fails_weakly() override { return false; }
  std::size_t below(std::size_t) override { return 0; }

 private:
  struct Choice {
    std::size_t options;
    std::size_t taken;
  };
  std::size_t choose(std::size_t options);

  const std::size_t bound_;
  std::vector<Choice> path_;
  std::size_t depth_ = 0;
  std::size_t deviations_ = 0;
  bool alone_ = false;  // nobody else could go on at the last step
};

}  // namespace leasehold::model
