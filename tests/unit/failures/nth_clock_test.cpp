#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>

#include "scenario.hpp"

using namespace leasehold;
using namespace leasehold::failures;

namespace {

enum class Trouble { wakes_for_nothing, cannot_park, goes_back };

// The steady clock, of which one call goes wrong.
class TroubledClock final : public Clock {
 public:
  explicit TroubledClock(Trouble trouble) : trouble_(trouble) {}

  time_point now() const noexcept override {
    const bool back = trouble_ == Trouble::goes_back && nth();
    return steady_->now() - (back ? std::chrono::hours(1) : std::chrono::hours(0));
  }
  bool park(std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline) override {
    if (trouble_ == Trouble::wakes_for_nothing && nth()) return true;
    if (trouble_ == Trouble::cannot_park && nth()) throw std::runtime_error("no futex");
    return steady_->park(word, expected, deadline);
  }
  void unpark(std::atomic<std::uint32_t>& word, int count) noexcept override { steady_->unpark(word, count); }

  mutable Nth nth;

 private:
  const Trouble trouble_;
  const std::shared_ptr<Clock> steady_ = Clock::steady();
};

// Every step-th call in turn, until there are no more. How often a thread parks is a matter of chance.
std::uint64_t each_in_turn(Trouble trouble, std::uint64_t step) {
  std::uint64_t n = 1;
  for (bool happened = true; happened; n += step) {
    CAPTURE(n);
    const auto clock = std::make_shared<TroubledClock>(trouble);
    Scenario scenario(clock);
    clock->nth.arm(n);
    scenario.play();
    happened = clock->nth.happened();
    clock->nth.disarm();
    const std::string wrong = scenario.verify();
    REQUIRE_MESSAGE(wrong.empty(), wrong);
  }
  return n;
}

}  // namespace

TEST_CASE("a wait that wakes for nothing goes on") {
  CHECK(each_in_turn(Trouble::wakes_for_nothing, 1) > 2);
}

TEST_CASE("a clock that cannot park costs nothing but a try") {
  CHECK(each_in_turn(Trouble::cannot_park, 1) > 2);
}

TEST_CASE("a clock that goes back for a moment loses nothing") {
  CHECK(each_in_turn(Trouble::goes_back, 7) >
        100);  // of some hundred calls; 7 is no divisor of the scenario's rhythm
}
