#include <doctest/doctest.h>

#include <budget.hpp>

#include "world.hpp"

using namespace leasehold;
using namespace leasehold::model;

namespace {

Scheduler& scheduler() {
  static Scheduler& only = *new Scheduler;
  return only;
}

Outcome run(std::uint64_t seed) {
  const auto strategy = random_strategy(seed);
  return run(scheduler(), *strategy, make_plan(seed));
}

}  // namespace

TEST_CASE(
    "whatever threads do, and whenever, nothing is lent twice, nothing is lost and nobody waits for "
    "nothing") {
  test::Budget budget(10s);
  std::uint64_t steps = 0;
  while (const auto seed = budget.next()) {
    CAPTURE(*seed);
    Outcome outcome = run(*seed);
    steps += outcome.steps;
    REQUIRE_MESSAGE(outcome.failure.empty(), "seed ", *seed, ": ", outcome.failure, "\n",
                    test::Budget::replay(*seed));
  }
  MESSAGE(budget.told(), ", ", steps, " steps");
}
