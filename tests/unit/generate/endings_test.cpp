// How generated machines end, and begin inside: final states with data and exits, actions of `initial`.

#include "compare.hpp"
#include "finals.hpp"

using namespace leasehold::fsm::test;

TEST_CASE("final states tell their data and are left, and `initial` acts, as in YAML") {
  compare<finals::Machine>(
      "finals.yaml", {"work", "work", "deep", "next", "next", "again", "back", "reset", "told", "close"},
      600);
}
