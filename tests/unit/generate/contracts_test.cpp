// Generated machines keep their contracts, and notice where they do not.

#include "contracts.hpp"
#include "checked_run.hpp"
#include "compare.hpp"

using namespace leasehold::fsm::test;

TEST_CASE("contracts and validations are asked where and when they are in YAML") {
  compare<contracts::Machine>("contracts.yaml",
                              {"work", "work", "odd", "count", "next", "next", "back", "reset"}, 600);
}

TEST_CASE("a run by itself keeps its contracts as in YAML") {
  compare<checked_run::Machine>("checked_run.yaml", {}, 300);
}
